"""Which assessment a command means, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.operations.errors import UsageError


@contextmanager
def open_history() -> Iterator[History]:
    """The history; what goes wrong with it is one line for the user."""
    try:
        with History.open() as history:
            yield history
    except HistoryError as error:
        raise UsageError(str(error)) from None


def known_rules() -> dict[str, RuleSpec]:
    """Rules of all plugins that may be asked without running one that a third party wrote."""
    from pipesec_tui.plugin.registry import discover

    return discover(run_third_party=False).rules()


def project_key(root: Path) -> str:
    """Under which name the history keeps a project: that of pipesec.toml, else its folder."""
    from pipesec_tui.project import config
    from pipesec_tui.project.problems import FileProblems

    try:
        return config.load(root).info.name or str(root.resolve())
    except FileProblems:
        return str(root.resolve())


def load_named(name: str, project: Path) -> Assessment:
    """The assessment that a name stands for: an id or its beginning, ``latest``, ``latest~1``, or a document's file."""
    from pipesec_tui.operations.baseline import read_document

    if Path(name).is_file():
        return read_document(Path(name))
    key = project_key(project)
    with open_history() as history:
        if name == "latest" and not history.assessments(key, limit=1):
            raise UsageError(f"{key} was not assessed yet: run `pipesec assess` first")
        return history.load(name, project=key)
