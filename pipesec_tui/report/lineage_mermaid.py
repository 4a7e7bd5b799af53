"""Lineage as a Mermaid flowchart."""

from __future__ import annotations

from typing import TextIO

from pipesec_tui.model.lineage import Certainty, EdgeKind, Lineage, NodeKind
from pipesec_tui.report.escape import terminal_safe

_SHAPES = {
    NodeKind.SOURCE: ("([", "])"), NodeKind.DATASET: ("[(", ")]"), NodeKind.STAGE: ("[", "]"),
    NodeKind.SINK: ("[[", "]]"), NodeKind.SERVICE: ("{{", "}}"),
}  # fmt: skip
_ENTITIES = {ord(char): f"#{ord(char)};" for char in '"#;<>&`{}[]()|\\'}


def write(lineage: Lineage, stream: TextIO) -> None:
    """A flowchart from left to right. Dotted lines are inferred ones. Ids are numbers: names are the target's text."""
    stream.write("flowchart LR\n")
    ids = {node.id: f"n{number}" for number, node in enumerate(lineage.nodes)}
    pipelines: dict[str | None, list[str]] = {}
    for node in lineage.nodes:
        before, after = _SHAPES[node.kind]
        label = mermaid_safe(node.name)
        pipelines.setdefault(node.pipeline, []).append(f'{ids[node.id]}{before}"{label}"{after}:::{node.kind.value}')
    for number, (pipeline, lines) in enumerate(sorted(pipelines.items(), key=lambda each: each[0] or "")):
        if pipeline is not None:
            stream.write(f'  subgraph p{number}["{mermaid_safe(pipeline)}"]\n')
        stream.writelines(f"    {line}\n" for line in lines)
        if pipeline is not None:
            stream.write("  end\n")
    for edge in lineage.edges:
        if edge.source in ids and edge.target in ids:
            arrow = "-.->" if edge.certainty is Certainty.INFERRED or edge.kind is EdgeKind.CALLS else "-->"
            stream.write(f"  {ids[edge.source]} {arrow} {ids[edge.target]}\n")
    stream.write("  classDef source stroke:#c60\n  classDef sink stroke:#06c\n  classDef stage stroke-width:2px\n")


def mermaid_safe(text: str) -> str:
    """Text for the inside of a quoted label, without a meaning of its own."""
    return terminal_safe(text[:200]).translate(_ENTITIES)
