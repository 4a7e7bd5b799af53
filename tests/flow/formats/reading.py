"""What an extraction says, as short texts that tests compare."""

from __future__ import annotations

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats import extract
from pipesec_tui.model.lineage import EdgeKind

_SIGNS = {EdgeKind.READS: "<", EdgeKind.WRITES: ">", EdgeKind.CALLS: "!"}


def extracted(path: str, text: str) -> Extraction:
    found = extract(path, text.encode())
    assert found is not None
    return found


def flows(path: str, text: str) -> set[str]:
    """``stage line <dataset`` for each access; the stage without the path of its file."""
    return {
        f"{one.stage.removeprefix(path).lstrip('#')} {one.where.line} {_SIGNS[one.kind]}{one.dataset.uri}".strip()
        for one in extracted(path, text).accesses
    }


def runs(path: str, text: str) -> dict[str, int | None]:
    """Targets that are run, and the lines that say so."""
    return {one.target: one.where.line for one in extracted(path, text).runs}
