"""Where each stage stands in the data flow: what reaches it, and what it reaches."""

from __future__ import annotations

from math import log2

from msgspec import Struct

from pipesec_tui.model.lineage import Lineage, Node, NodeKind, Trust
from pipesec_tui.model.project import Project
from pipesec_tui.risk.graph import Graph, build, spread
from pipesec_tui.risk.weights import (
    FULL_REACH,
    MOST_BLAST,
    SHIELDED,
    TRUST,
    UNKNOWN_TRUST,
    VALIDATED,
)

MAX_NAMED = 20
"""Sinks and datasets that a finding names; more are counted in its factor, not listed."""


class Standing(Struct, frozen=True, kw_only=True):
    """A node's place in the data flow.

    exposure   -- factor, ``SHIELDED`` to 1
    blast      -- factor, 1 to 1 + ``MOST_BLAST``
    upstream   -- nodes from the source to here, both ends included; here alone where no source reaches it
    downstream -- nodes behind here on the way to the sink that most depends on, or to the farthest dataset
    validated  -- stages on the way here that validate
    sinks      -- names of the sinks reached, the most depended on first
    datasets   -- how many datasets are reached
    reaches    -- names of sinks, then datasets, at most ``MAX_NAMED``
    exposures  -- what depends on the sinks reached
    """

    exposure: float
    blast: float
    upstream: tuple[Node, ...]
    downstream: tuple[Node, ...]
    validated: tuple[str, ...]
    sinks: tuple[str, ...]
    datasets: int
    reaches: tuple[str, ...]
    exposures: tuple[str, ...]

    @property
    def trust(self) -> Trust | None:
        """Who can put data into the source that reaches here."""
        return self.upstream[0].trust

    @property
    def exposed(self) -> bool:
        """Whether a known source reaches here."""
        return is_source(self.upstream[0])

    @property
    def weight(self) -> float:
        """What the place alone makes of a finding."""
        return self.exposure * self.blast


class Standings:
    """Standings of one assessment's nodes, each worked out once."""

    def __init__(self, lineage: Lineage, project: Project) -> None:
        self.graph: Graph = build(lineage, project)
        self._exposures = {sink.name: sink.exposures for sink in project.sinks}
        self._validating = _validating(self.graph, project)
        sources = {key: _trust(node) for key, node in self.graph.nodes.items() if is_source(node)}
        self._reach = spread(self.graph, sources, dict.fromkeys(self._validating, VALIDATED))
        self._known: dict[str, Standing] = {}

    def of(self, node: str) -> Standing:
        """The standing of a node of the graph. Raises KeyError where there is none."""
        if node not in self._known:
            self._known[node] = self._standing(node)
        return self._known[node]

    def _standing(self, node: str) -> Standing:
        nodes = self.graph.nodes
        way = self._way_here(node)
        behind = self.graph.reached(node)
        sinks = [key for key in behind if nodes[key].kind is NodeKind.SINK]
        sinks.sort(key=lambda key: (-len(self._exposures.get(nodes[key].name, ())), nodes[key].name))
        datasets = [key for key in behind if nodes[key].kind is NodeKind.DATASET]
        onward = sinks[0] if sinks else datasets[-1] if datasets else None
        exposures = [name for key in sinks for name in self._exposures.get(nodes[key].name, ())]
        names = dict.fromkeys(nodes[key].name for key in (*sinks, *datasets))
        reach = len(datasets) + len(sinks) + len(exposures)
        return Standing(
            exposure=SHIELDED + (1 - SHIELDED) * (self._reach[node].weight if node in self._reach else 0.0),
            blast=1 + MOST_BLAST * min(1.0, log2(1 + reach) / log2(1 + FULL_REACH)),
            upstream=tuple(nodes[key] for key in way),
            downstream=tuple(nodes[key] for key in _way_on(behind, node, onward)),
            validated=tuple(nodes[key].name for key in way[:-1] if key in self._validating),
            sinks=tuple(nodes[key].name for key in sinks),
            datasets=len(datasets),
            reaches=tuple(names)[:MAX_NAMED],
            exposures=tuple(dict.fromkeys(exposures)),
        )

    def _way_here(self, node: str) -> list[str]:
        way = [node]
        while (here := self._reach.get(way[-1])) is not None and here.before is not None:
            way.append(here.before)
        return way[::-1]


def is_source(node: Node) -> bool:
    """Whether data comes in here: a source, or whatever the lineage gave a trust."""
    return node.kind is NodeKind.SOURCE or node.trust is not None


def _trust(node: Node) -> float:
    return UNKNOWN_TRUST if node.trust is None else TRUST[node.trust]


def _validating(graph: Graph, project: Project) -> frozenset[str]:
    """Stages that hold their data against something: they declare a quarantine for what they refuse, or write a dataset
    that declares a schema."""
    held = {dataset.name for dataset in project.datasets if dataset.schema is not None}
    names = {stage.name for stage in project.stages if stage.quarantine is not None or held.intersection(stage.writes)}
    return frozenset(key for key, node in graph.nodes.items() if node.kind is NodeKind.STAGE and node.name in names)


def _way_on(before: dict[str, str], start: str, end: str | None) -> list[str]:
    way: list[str] = []
    while end is not None and end != start:
        way.append(end)
        end = before[end]
    return way[::-1]
