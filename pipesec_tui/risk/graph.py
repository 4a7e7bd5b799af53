"""The data flow as adjacency: what the lineage found and what pipesec.toml declares, as one graph.

Data runs along the edges: from a dataset to the stage that reads it, from a stage to what it writes or calls.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping

from msgspec import Struct, structs

from pipesec_tui.model.lineage import Lineage, Node, NodeKind
from pipesec_tui.model.project import Project

_READ = (NodeKind.SOURCE, NodeKind.DATASET)
_WRITTEN = (NodeKind.SINK, NodeKind.DATASET)


class Graph(Struct, frozen=True):
    """Nodes by id, and the ids that data goes on to from each, without doubles, in the order of the edges."""

    nodes: Mapping[str, Node]
    following: Mapping[str, tuple[str, ...]]

    def reached(self, start: str) -> dict[str, str]:
        """All that data goes on to from a node, nearest first, each with the node that it comes from."""
        before: dict[str, str] = {}
        pending = deque([start])
        while pending:
            here = pending.popleft()
            for there in self.following.get(here, ()):
                if there not in before and there != start:
                    before[there] = here
                    pending.append(there)
        return before


class Reach(Struct, frozen=True):
    """How exposed a node is, 0 to 1, and the node that this comes from; None where it begins here."""

    weight: float
    before: str | None


def build(lineage: Lineage, project: Project) -> Graph:
    """The graph of a lineage together with the project's declarations. A declared source, dataset, stage or sink is the
    node of the same kind and name, or of the declared address; what has no node gets one."""
    nodes = {node.id: node for node in lineage.nodes}
    following: dict[str, dict[str, None]] = {}
    for edge in lineage.edges:
        _join(following, edge.source, edge.target)
    _declare(nodes, following, project)
    return Graph(nodes, {start: tuple(ends) for start, ends in following.items()})


def spread(graph: Graph, sources: Mapping[str, float], damping: Mapping[str, float]) -> dict[str, Reach]:
    """How exposed each node is that a source reaches: the largest product, over all ways to it, of the source's weight
    and the damping of the nodes passed. Where two ways are equal, the one with fewer steps and then the lesser name.

    sources -- weight of each source's node, 0 to 1
    damping -- factor below 1 of the nodes that let less through than they get; applies behind them, not in them

    This is Dijkstra's algorithm on products: no factor exceeds 1, so that a way never gains by going on.
    """
    found: dict[str, Reach] = {}
    pending: list[tuple[float, int, str, str | None]] = [(-weight, 0, node, None) for node, weight in sources.items()]
    heapq.heapify(pending)
    while pending:
        negative, steps, node, before = heapq.heappop(pending)
        if node in found:
            continue
        found[node] = Reach(-negative, before)
        onward = negative * damping.get(node, 1.0)
        for following in graph.following.get(node, ()):
            if following not in found:
                heapq.heappush(pending, (onward, steps + 1, following, node))
    return found


class _Names:
    """Which node a declaration means, by kind and name; makes those that are missing."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self._ids = {(node.kind, node.name): identifier for identifier, node in reversed(nodes.items())}

    def node(self, kind: NodeKind, name: str, *addresses: str | None) -> str:
        """The node of a kind with that name or, else, one of those addresses."""
        for known in (name, *addresses):
            if known is not None and (kind, known) in self._ids:
                return self._ids.setdefault((kind, name), self._ids[kind, known])
        identifier = f"{kind.value}:{name}"
        self.nodes.setdefault(identifier, Node(id=identifier, kind=kind, name=name))
        self._ids[kind, name] = identifier
        return identifier

    def either(self, name: str, kinds: tuple[NodeKind, ...]) -> str:
        """The node of that name of the first kind that has one, else a dataset."""
        known = (self._ids[kind, name] for kind in kinds if (kind, name) in self._ids)
        return next(known, None) or self.node(NodeKind.DATASET, name)


def _declare(nodes: dict[str, Node], following: dict[str, dict[str, None]], project: Project) -> None:
    names = _Names(nodes)
    for source in project.sources:
        identifier = names.node(NodeKind.SOURCE, source.name, source.uri, source.sample)
        if source.trust is not None:
            nodes[identifier] = structs.replace(nodes[identifier], trust=source.trust)
    for dataset in project.datasets:
        names.node(NodeKind.DATASET, dataset.name, dataset.path)
    for sink in project.sinks:
        names.node(NodeKind.SINK, sink.name)
    for stage in project.stages:
        identifier = names.node(NodeKind.STAGE, stage.name)
        for name in stage.reads:
            _join(following, names.either(name, _READ), identifier)
        for name in stage.writes:
            _join(following, identifier, names.either(name, _WRITTEN))
        for name in stage.uses:
            _join(following, identifier, names.node(NodeKind.SERVICE, name))
    for sink in project.sinks:
        for name in sink.reads:
            _join(following, names.either(name, _READ), names.node(NodeKind.SINK, sink.name))


def _join(following: dict[str, dict[str, None]], start: str, end: str) -> None:
    following.setdefault(start, {})[end] = None
