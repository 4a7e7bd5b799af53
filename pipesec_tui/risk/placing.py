"""Which part of the data flow a finding concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Lineage, Node, NodeKind
from pipesec_tui.model.project import Project
from pipesec_tui.risk.graph import Graph

_CODE = frozenset({".py", ".sh", ".sql", ".R", ".r", ".scala", ".java", ".ipynb", ".js", ".pl"})

IMPORTED_IN = "imported_in"
"""Evidence of a finding on a package: the files or stages that import it."""


class Places:
    """Nodes of the graph by what a finding says of its place."""

    def __init__(self, graph: Graph, lineage: Lineage, project: Project) -> None:
        self._nodes = graph.nodes
        self._stages = {node.name: key for key, node in graph.nodes.items() if node.kind is NodeKind.STAGE}
        self._in_file: dict[str, dict[str, None]] = {}
        self._data_at: dict[tuple[str, int], str] = {}
        for key, path in (*_declared(project, self._stages), *_seen(graph, lineage)):
            self._in_file.setdefault(path, {})[key] = None
        for edge in lineage.edges:
            for end in (edge.source, edge.target):
                node = graph.nodes.get(end)
                if node is not None and node.kind is NodeKind.DATASET:
                    for where in edge.where:
                        if where.line is not None:
                            self._data_at.setdefault((where.path, where.line), node.name)

    def of(self, finding: Finding) -> tuple[str, ...]:
        """Ids of the nodes that a finding concerns: the one that its asset or place names, the stages whose code its
        file is, or the stages that import its package. None of them for what concerns the whole project."""
        if finding.location.stage in self._stages:
            return (self._stages[finding.location.stage],)
        if finding.asset in self._nodes:
            return (finding.asset,)
        if finding.location.path in self._in_file:
            return tuple(self._in_file[finding.location.path])
        importers = finding.evidence.get(IMPORTED_IN)
        if not isinstance(importers, list):
            return ()
        named = (name for name in importers if isinstance(name, str))
        found = [self._in_file.get(name) or ([self._stages[name]] if name in self._stages else []) for name in named]
        return tuple(dict.fromkeys(key for keys in found for key in keys))

    def dataset(self, finding: Finding) -> str | None:
        """Name of the dataset that is read or written on the lines of a finding, where one is."""
        at = finding.location
        if at.dataset is not None or at.path is None or at.start_line is None or not self._data_at:
            return at.dataset
        # A finding may claim any number of lines; a statement has few.
        last = min(at.end_line or at.start_line, at.start_line + 100)
        lines = ((at.path, line) for line in range(at.start_line, last + 1))
        return next((self._data_at[line] for line in lines if line in self._data_at), None)


def _declared(project: Project, stages: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Stages with the files that their commands name."""
    for stage in project.stages:
        for argument in stage.run:
            path = PurePosixPath(stage.cwd, argument)
            if path.suffix in _CODE:
                yield stages[stage.name], str(path)


def _seen(graph: Graph, lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Stages with the files in which they, and what they read and write, were found."""
    for node in lineage.nodes:
        if node.kind is NodeKind.STAGE:
            yield from ((node.id, where.path) for where in node.where)
    for edge in lineage.edges:
        for end in (edge.source, edge.target):
            node_at_end: Node | None = graph.nodes.get(end)
            if node_at_end is not None and node_at_end.kind is NodeKind.STAGE:
                yield from ((end, where.path) for where in edge.where)
