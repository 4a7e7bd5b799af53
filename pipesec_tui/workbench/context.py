"""What all views know: whose assessments, which one is looked at, what was decided since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.model.project import Policy, Project
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.project import config
from pipesec_tui.project.problems import FileProblems

if TYPE_CHECKING:
    from pipesec_tui.history.store import Record


class Context(Struct, frozen=True, kw_only=True):
    """One moment's view of a project.

    records  -- its assessments, the latest first, also those that run or were interrupted
    current  -- the finished one that is looked at; None where there is none yet
    decided  -- decisions in the triage file that count today, by finding; the history learns of them with the next
                assessment
    problems -- lines on what could not be read
    """

    root: Path
    key: str
    name: str
    project: Project = Project()
    records: tuple[Record, ...] = ()
    current: Record | None = None
    decided: dict[str, TriageEntry] = {}
    problems: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        return self.project.policy

    @property
    def finished(self) -> tuple[Record, ...]:
        """The assessments that can be looked at, the latest first."""
        return tuple(record for record in self.records if record.findings is not None)

    @property
    def is_latest(self) -> bool:
        """Whether the assessment that is looked at is the latest."""
        return self.current is not None and self.finished[:1] == (self.current,)


def look(root: Path, wanted: str | None = None) -> Context:
    """Read it all; ``wanted`` is the id of the assessment to look at, the latest where it is None or gone. Raises
    HistoryError."""
    from pipesec_tui.history.store import History
    from pipesec_tui.operations.triage import decisions  # in the thread: the first frame needs none of it

    problems: list[str] = []
    root = root.resolve()
    project = Project()
    try:
        project = config.load(root)
    except FileProblems as error:
        problems.append(str(error).splitlines()[0])
    key = project.info.name or str(root)
    with History.open() as history:
        records = history.assessments(key)
    finished = [record for record in records if record.findings is not None]
    current = next((record for record in finished if record.id == wanted), finished[0] if finished else None)
    decided: dict[str, TriageEntry] = {}
    try:
        decided = decisions(root)
    except UsageError as error:
        problems.append(str(error).splitlines()[0])
    return Context(
        root=root, key=key, name=project.info.name or root.name or "project", project=project, records=records,
        current=current, decided=decided, problems=tuple(problems),
    )  # fmt: skip
