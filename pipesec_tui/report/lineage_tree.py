"""Lineage as a tree of text: pipelines, their stages, what each reads, writes and calls."""

from __future__ import annotations

from typing import TextIO

from pipesec_tui.model.lineage import Edge, EdgeKind, Lineage, Node, NodeKind
from pipesec_tui.report.escape import terminal_safe

_ARROW = {EdgeKind.READS: "◀ reads ", EdgeKind.WRITES: "▶ writes", EdgeKind.CALLS: "◆ calls "}
_ORDER = list(EdgeKind)


def write(lineage: Lineage, stream: TextIO) -> None:
    """A pipeline's stages stand in the order in which data passes through them, as far as there is one."""
    nodes = {node.id: node for node in lineage.nodes}
    counts = ", ".join(
        f"{sum(node.kind is kind for node in lineage.nodes)} {kind.value}s" for kind in NodeKind
    )  # fmt: skip
    stream.write(f"{counts}, {len(lineage.edges)} edges\n")
    edges = edges_by_stage(lineage)
    pipelines: dict[str, list[Node]] = {}
    for stage in in_order(lineage):
        pipelines.setdefault(stage.pipeline or "", []).append(stage)
    for pipeline in sorted(pipelines):
        stream.write(f"\n{terminal_safe(pipeline or 'pipeline')}\n")
        for stage in pipelines[pipeline]:
            stream.write(f"  {terminal_safe(stage.name)}{_where(stage)}\n")
            for edge in sorted(
                edges.get(stage.id, ()), key=lambda each: (_ORDER.index(each.kind), each.source, each.target)
            ):
                other = nodes.get(edge.target if edge.source == stage.id else edge.source)
                if other is not None:
                    stream.write(f"    {_ARROW[edge.kind]} {_end(other)}  [{edge.certainty.value}]\n")
    ends = [node for node in lineage.nodes if node.kind is NodeKind.SINK and not edges_to_stage(lineage, node.id)]
    if ends:
        stream.write("\nsinks\n")
        for sink in ends:
            fed = [nodes[edge.source].name for edge in lineage.edges if edge.target == sink.id and edge.source in nodes]
            stream.write(f"  {terminal_safe(sink.name)} ◀ {terminal_safe(', '.join(sorted(fed)))}\n")


def edges_by_stage(lineage: Lineage) -> dict[str, list[Edge]]:
    """Edges by the stage at one of their ends."""
    stages = {node.id for node in lineage.nodes if node.kind is NodeKind.STAGE}
    found: dict[str, list[Edge]] = {}
    for edge in lineage.edges:
        for end in {edge.source, edge.target} & stages:
            found.setdefault(end, []).append(edge)
    return found


def edges_to_stage(lineage: Lineage, sink: str) -> bool:
    """Whether a stage writes a sink itself."""
    return any(edge.target == sink and edge.kind is not EdgeKind.READS for edge in lineage.edges)


def in_order(lineage: Lineage) -> list[Node]:
    """Stages so that writers stand before readers; those in a circle by their names."""
    stages = {node.id: node for node in lineage.nodes if node.kind is NodeKind.STAGE}
    writers: dict[str, set[str]] = {}
    for edge in lineage.edges:
        if edge.source in stages:
            writers.setdefault(edge.target, set()).add(edge.source)
    before: dict[str, set[str]] = {id: set() for id in stages}
    for edge in lineage.edges:
        if edge.target in stages and edge.kind is EdgeKind.READS:
            before[edge.target] |= writers.get(edge.source, set()) - {edge.target}
    ordered: list[Node] = []
    waiting = sorted(stages, key=lambda id: (stages[id].pipeline or "", id))
    done: set[str] = set()
    while waiting:
        ready = [id for id in waiting if before[id] <= done] or waiting[:1]
        ordered.extend(stages[id] for id in ready)
        done.update(ready)
        waiting = [id for id in waiting if id not in done]
    return ordered


def _end(node: Node) -> str:
    trust = f", {node.trust.value}" if node.trust is not None else ""
    return f"{terminal_safe(node.name)} ({node.kind.value}{trust})"


def _where(node: Node) -> str:
    lines = [where for where in node.where if where.line is not None]
    return f"  {terminal_safe(lines[0].path)}:{lines[0].line}" if lines else ""
