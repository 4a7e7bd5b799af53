"""Comparing two assessments that the user names."""

from __future__ import annotations

from pathlib import Path

from pipesec_tui.history.comparison import compare
from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.operations.baseline import latest_finished, read_document
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import default_branch


def compare_named(history: History, root: Path, project: str, base: str | None, head: str | None) -> Comparison:
    """Compare what two names stand for: an assessment's id, or a document's file.

    HEAD defaults to the project's latest assessment and BASE to the one before it. Raises UsageError.
    """
    if base is None:
        if head is not None and Path(head).is_file():
            raise UsageError("name the base too: a file has no assessment before it")
        latest = history.load(head or "latest", project=project)
        info = latest.assessment
        before = latest_finished(history, project, info.branch, default_branch(root), before=info.id)
        if before is None:
            raise UsageError(
                f"{latest.assessment.id} is the first assessment here: there is nothing to compare it with"
            )
        return history.compare(before, latest.assessment.id)
    if not Path(base).is_file() and not (head is not None and Path(head).is_file()):
        return history.compare(base, head or "latest", project=project)
    return compare(_read(history, project, base), _read(history, project, head or "latest"))


def _read(history: History, project: str, name: str) -> Assessment:
    return read_document(Path(name)) if Path(name).is_file() else history.load(name, project=project)
