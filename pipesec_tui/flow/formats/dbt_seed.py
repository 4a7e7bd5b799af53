"""dbt's seeds: a CSV file that is loaded as the table of its name."""

from __future__ import annotations

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import table
from pipesec_tui.model.lineage import EdgeKind


def read(path: str, content: bytes) -> Extraction:
    """A stage that reads the file and writes the table."""
    draft = Draft(path)
    stage = draft.stage(f"seed {draft.stem}", key=path, language="dbt")
    draft.access(stage, path, EdgeKind.READS, 1, api="dbt seed")
    draft.access(stage, table(draft.stem), EdgeKind.WRITES, 1, api="dbt seed")
    return draft.done()
