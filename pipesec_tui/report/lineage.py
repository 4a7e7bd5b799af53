"""The formats of a lineage, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from pipesec_tui.model.lineage import Lineage
from pipesec_tui.report import lineage_dot, lineage_json, lineage_mermaid, lineage_openlineage, lineage_tree

LINEAGE_FORMATS: dict[str, Callable[[Lineage, TextIO], None]] = {
    "tree": lineage_tree.write,
    "json": lineage_json.write,
    "mermaid": lineage_mermaid.write,
    "dot": lineage_dot.write,
    "openlineage": lineage_openlineage.write,
}
"""Each writes a lineage to a stream; the same lineage gives the same text."""
