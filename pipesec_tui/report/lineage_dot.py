"""Lineage in Graphviz's language."""

from __future__ import annotations

from typing import TextIO

from pipesec_tui.model.lineage import Certainty, Lineage, NodeKind
from pipesec_tui.report.escape import terminal_safe

_SHAPES = {
    NodeKind.SOURCE: "cds", NodeKind.DATASET: "cylinder", NodeKind.STAGE: "box", NodeKind.SINK: "folder",
    NodeKind.SERVICE: "hexagon",
}  # fmt: skip


def write(lineage: Lineage, stream: TextIO) -> None:
    """A digraph, a cluster for each pipeline."""
    stream.write("digraph lineage {\n  rankdir=LR;\n  node [fontname=Helvetica];\n")
    pipelines: dict[str, list[str]] = {}
    for node in lineage.nodes:
        line = f"{quoted(node.id)} [label={quoted(node.name)}, shape={_SHAPES[node.kind]}];"
        pipelines.setdefault(node.pipeline or "", []).append(line)
    for number, pipeline in enumerate(sorted(pipelines)):
        if pipeline:
            stream.write(f"  subgraph cluster_{number} {{\n    label={quoted(pipeline)};\n")
        stream.writelines(f"    {line}\n" for line in pipelines[pipeline])
        if pipeline:
            stream.write("  }\n")
    for edge in lineage.edges:
        style = ", style=dashed" if edge.certainty is Certainty.INFERRED else ""
        stream.write(f"  {quoted(edge.source)} -> {quoted(edge.target)} [label={edge.kind.value}{style}];\n")
    stream.write("}\n")


def quoted(text: str) -> str:
    """A quoted identifier: nothing inside of it is markup or an escape."""
    return '"' + terminal_safe(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
