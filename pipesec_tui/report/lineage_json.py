"""Lineage as JSON: ``pipesec.lineage/1``."""

from __future__ import annotations

from typing import TextIO

from pipesec_tui.model.lineage import Lineage, LineageDocument
from pipesec_tui.report.document import pretty


def write(lineage: Lineage, stream: TextIO) -> None:
    """The document, two spaces a level."""
    stream.write(pretty(LineageDocument(nodes=lineage.nodes, edges=lineage.edges), 0))
    stream.write("\n")
