"""What a check said, gathered: the unit that the cache keeps and the engine assembles findings from."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from pipesec_tui.model.assessment import DataVersion
from pipesec_tui.model.asset import file_urn
from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.events import ComponentSeen, Covered, DataUsed, Frame, LineageSeen, Observed, Volatile
from pipesec_tui.model.lineage import Edge, Lineage, Node
from pipesec_tui.model.observation import Observation

TRANSIENT = "timeout"
"""A coverage reason that begins so says nothing about the content: such a result is not kept in the cache."""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a check said, of one file or of the whole project."""

    observations: tuple[Observation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    components: tuple[Component, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    data: DataVersion | None = None
    volatile: bool = False

    @property
    def cacheable(self) -> bool:
        """It would come out the same another time."""
        return not self.volatile and not any(row.reason and row.reason.startswith(TRANSIENT) for row in self.coverage)


class ResultBuilder:
    """Gathers frames into a ``Result``. The worst word on an asset counts."""

    def __init__(self) -> None:
        self._observations: list[Observation] = []
        self._coverage: dict[str, Coverage] = {}
        self._components: dict[tuple[str, str | None], Component] = {}
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._data: DataVersion | None = None
        self._volatile = False

    def add(self, frame: Frame) -> None:
        if isinstance(frame, Observed):
            self._observations.append(frame.observation)
        elif isinstance(frame, Covered):
            self.cover(frame.coverage)
        elif isinstance(frame, ComponentSeen):
            self._components.setdefault((frame.component.purl, frame.component.found_in), frame.component)
        elif isinstance(frame, LineageSeen):
            self._add_lineage(frame.lineage)
        elif isinstance(frame, DataUsed):
            self._data = frame.data
        elif isinstance(frame, Volatile):
            self._volatile = True

    def add_result(self, result: Result) -> None:
        """Add what another builder, or the cache, holds."""
        self._observations += result.observations
        for row in result.coverage:
            self.cover(row)
        for component in result.components:
            self._components.setdefault((component.purl, component.found_in), component)
        self._add_lineage(Lineage(nodes=result.nodes, edges=result.edges))
        self._data = result.data or self._data

    def cover(self, row: Coverage) -> None:
        known = self._coverage.get(row.asset)
        if known is None or _WEIGHT[row.status] >= _WEIGHT[known.status]:
            self._coverage[row.asset] = row

    def covered(self, asset: str) -> bool:
        return asset in self._coverage

    def build(self) -> Result:
        return Result(
            observations=tuple(self._observations),
            coverage=tuple(self._coverage.values()),
            components=tuple(self._components.values()),
            nodes=tuple(self._nodes.values()),
            edges=tuple(self._edges),
            data=self._data,
            volatile=self._volatile,
        )

    def by_file(self, paths: Iterable[str]) -> dict[str, Result]:
        """The result split by file, for those of ``paths`` that have a coverage row; what belongs to no single file of
        them is in none."""
        parts = {path: ResultBuilder() for path in paths if self.covered(file_urn(path))}
        for observation in self._observations:
            if observation.location.path in parts:
                parts[observation.location.path]._observations.append(observation)
        for asset, row in self._coverage.items():
            kind, _, path = asset.partition(":")
            if kind == "file" and path in parts:
                parts[path].cover(row)
        for component in self._components.values():
            if component.found_in in parts:
                parts[component.found_in]._components[component.purl, component.found_in] = component
        for node in self._nodes.values():
            if node.where and node.where[0].path in parts:
                parts[node.where[0].path]._nodes[node.id] = node
        for edge in self._edges:
            if edge.where and edge.where[0].path in parts:
                parts[edge.where[0].path]._edges.append(edge)
        for part in parts.values():
            part._data, part._volatile = self._data, self._volatile
        return {path: part.build() for path, part in parts.items()}

    def _add_lineage(self, lineage: Lineage) -> None:
        for node in lineage.nodes:
            self._nodes.setdefault(node.id, node)
        self._edges += lineage.edges


_WEIGHT = {status: index for index, status in enumerate(CoverageStatus)}
