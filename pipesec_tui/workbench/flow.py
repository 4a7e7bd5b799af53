"""The data flow for the screen: its graph, and a drawing of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from msgspec import Struct

from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind
from pipesec_tui.model.project import Project
from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.wording import line

LARGEST = 300
"""Nodes that are drawn; more make a drawing that nobody could read."""

SIGNS = {
    NodeKind.SOURCE: "▷", NodeKind.DATASET: "▤", NodeKind.STAGE: "⚙", NodeKind.SINK: "◼", NodeKind.SERVICE: "☁",
}  # fmt: skip


class Flow(Struct, frozen=True, kw_only=True):
    """A graph with its risk. ``declared``: nothing but pipesec.toml says so."""

    lineage: Lineage
    risk: dict[str, tuple[Severity, int]]
    declared: bool = False

    def following(self, node: str) -> list[str]:
        """Where data goes from a node."""
        return [end for start, end in self.arrows() if start == node]

    def arrows(self) -> list[tuple[str, str]]:
        """All edges in the direction of the data: a stage that reads a dataset stands behind it."""
        return list(dict.fromkeys(direction(edge) for edge in self.lineage.edges))

    def label(self, node: Node) -> str:
        """A node in a few words; its risk is a letter and a count."""
        risk = self.risk.get(node.id)
        told = f" {risk[0].value[0].upper()}{risk[1]}" if risk else ""
        return f"{SIGNS[node.kind]} {line(node.name, 40)}{told}"

    def around(self, node: str) -> Flow:
        """What a node gets its data from and what its data reaches."""
        kept = {node} | reached(node, self.arrows()) | reached(node, [(b, a) for a, b in self.arrows()])
        nodes = tuple(each for each in self.lineage.nodes if each.id in kept)
        edges = tuple(edge for edge in self.lineage.edges if edge.source in kept and edge.target in kept)
        return Flow(lineage=Lineage(nodes=nodes, edges=edges), risk=self.risk, declared=self.declared)


def direction(edge: Edge) -> tuple[str, str]:
    """From where to where data goes. An edge of kind ``reads`` may be given either way round: a stage never feeds what
    it reads."""
    reads_backwards = edge.kind is EdgeKind.READS and edge.source.startswith("stage:")
    return (edge.target, edge.source) if reads_backwards else (edge.source, edge.target)


def reached(start: str, arrows: Iterable[tuple[str, str]]) -> set[str]:
    """All that can be reached along arrows."""
    following: dict[str, list[str]] = {}
    for a, b in arrows:
        following.setdefault(a, []).append(b)
    found: set[str] = set()
    pending = [start]
    while pending:
        for end in following.get(pending.pop(), ()):
            if end not in found:
                found.add(end)
                pending.append(end)
    return found


def declared(project: Project) -> Lineage:
    """The flow that pipesec.toml declares."""
    nodes: dict[str, Node] = {}
    for source in project.sources:
        name = source.name
        nodes[name] = Node(id=f"source:{name}", kind=NodeKind.SOURCE, name=name, trust=source.trust)
    for dataset in project.datasets:
        nodes[dataset.name] = Node(id=f"dataset:{dataset.name}", kind=NodeKind.DATASET, name=dataset.name)
    for service in project.services:
        nodes[f"service {service.name}"] = Node(id=f"service:{service.name}", kind=NodeKind.SERVICE, name=service.name)
    edges: list[Edge] = []

    def data(name: str) -> str:
        node = nodes.setdefault(name, Node(id=f"dataset:{name}", kind=NodeKind.DATASET, name=name))
        return node.id

    def edge(source: str, target: str, kind: EdgeKind) -> None:
        edges.append(Edge(source=source, target=target, kind=kind, certainty=Certainty.DECLARED))

    stages = []
    for stage in project.stages:
        node = Node(id=f"stage:{stage.name}", kind=NodeKind.STAGE, name=stage.name, pipeline=stage.pipeline)
        stages.append(node)
        for name in stage.reads:
            edge(data(name), node.id, EdgeKind.READS)
        for name in stage.writes:
            edge(node.id, data(name), EdgeKind.WRITES)
        for name in stage.uses:
            if f"service {name}" in nodes:
                edge(node.id, f"service:{name}", EdgeKind.CALLS)
    for sink in project.sinks:
        node = Node(id=f"sink:{sink.name}", kind=NodeKind.SINK, name=sink.name)
        stages.append(node)
        for name in sink.reads:
            edge(data(name), node.id, EdgeKind.WRITES)
    return Lineage(nodes=(*nodes.values(), *stages), edges=tuple(edges))


def risks(
    lineage: Lineage, by_path: Mapping[str, tuple[Severity, int]], paths: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[Severity, int]]:
    """The worst open finding and the number of them at each node, by the files that it lies in."""
    found = {}
    for node in lineage.nodes:
        files = {where.path for where in node.where} | set(paths.get(node.id, ()))
        here = [by_path[path] for path in files if path in by_path]
        if here and node.kind is NodeKind.STAGE:
            found[node.id] = (max(severity for severity, _ in here), sum(count for _, count in here))
    return found


def drawn(flow: Flow, sideways: bool = False) -> str | None:
    """The flow as a drawing in text, or None where it is empty or too large to read."""
    nodes = {node.id: node for node in flow.lineage.nodes}
    if not nodes or len(nodes) > LARGEST:
        return None
    from io import StringIO

    hook = sys.excepthook
    from netext import ConsoleGraph
    from netext._core import LayoutDirection, SugiyamaLayout
    from netext.edge_rendering.modes import EdgeSegmentDrawingMode
    from netext.edge_routing.modes import EdgeRoutingMode
    from netext.properties.arrow_tips import ArrowTip
    from rich.console import Console

    sys.excepthook = hook  # netext puts rich's in its place on import
    console = Console(file=StringIO(), width=10_000, color_system=None, force_terminal=False, legacy_windows=False)
    drawing = {
        "$end-arrow-tip": ArrowTip.ARROW, "$edge-segment-drawing-mode": EdgeSegmentDrawingMode.BOX_ROUNDED,
        "$edge-routing-mode": EdgeRoutingMode.ORTHOGONAL,
    }  # fmt: skip
    graph = ConsoleGraph(
        nodes={name: {"$content-renderer": _labeled(flow.label(node))} for name, node in nodes.items()},
        edges=[(a, b, drawing) for a, b in flow.arrows() if a in nodes and b in nodes],
        layout_engine=SugiyamaLayout(LayoutDirection.LEFT_RIGHT if sideways else LayoutDirection.TOP_DOWN),
        console=console,
    )
    console.print(graph)
    assert isinstance(console.file, StringIO)
    lines = [row.rstrip() for row in console.file.getvalue().splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def _labeled(label: str) -> object:
    from rich.text import Text

    def render(*_: object) -> Text:
        return Text(label)

    return render
