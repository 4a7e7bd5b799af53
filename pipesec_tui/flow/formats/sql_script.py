"""SQL scripts: a file is one stage."""

from __future__ import annotations

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.sql import accesses


def read(path: str, content: bytes) -> Extraction:
    """Tables and files that a script reads and writes, and the scripts that it includes."""
    draft = Draft(path)
    stage = draft.stage(language="sql", code=path)
    add_sql(draft, stage, content.decode("utf-8-sig", "replace"), 1)
    return draft.done()


def add_sql(draft: Draft, stage: str, text: str, line: int, dialect: str | None = None) -> None:
    """Adds what SQL that begins at a line of the file reads and writes to a stage."""
    told = accesses(text, dialect)
    for access in told.accesses:
        draft.access(stage, access.dataset, access.kind, line + access.line, access.certainty, api="sql")
    for include in told.includes:
        draft.run(stage, include.text, line + include.line)
    for problem in told.problems:
        draft.problem(problem)
