"""What reading the functions gives: how data goes from place to place, the sources and the sinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipesec_tui.flow.taint.values import Env, Labels, Node, Trace

MAX_EDGES = 2_000_000


class Edge(NamedTuple):
    """Data goes on from ``origin`` to ``target``. ``mask``: families that it is harmless for behind that. ``site``: the
    call that is entered, where the target is a parameter."""

    origin: Node
    mask: int
    target: Node
    path: str
    trace: Trace | None
    site: str = ""


class Source(NamedTuple):
    path: str
    line: int
    kind: str
    what: str
    function: str


class Sink(NamedTuple):
    """A call that does harm; lines count from 1."""

    path: str
    line: int
    end_line: int
    family: str
    what: str
    symbol: str
    function: str


class Site(NamedTuple):
    """A call of a function of the project."""

    path: str
    line: int
    caller: str
    callee: str


@dataclass(slots=True)
class Facts:
    """Grows while functions are read.

    live        -- variables of modules and of outer functions that something may come into
    reads       -- datasets that are read, by path and line
    module_envs -- what variables of modules are
    field_types -- types of attributes, by class and name
    """

    edges: list[Edge] = field(default_factory=list)
    sources: dict[Node, Source] = field(default_factory=dict)
    sinks: dict[Node, Sink] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    live: set[tuple[str, str]] = field(default_factory=set)
    reads: Mapping[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    writes: Mapping[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    module_envs: dict[str, Env] = field(default_factory=dict)
    field_types: dict[tuple[str, str], str] = field(default_factory=dict)
    cut: int = 0

    def emit(self, labels: Labels, target: Node, path: str, line: int, what: str, site: str = "", bit: int = 0) -> None:
        """What has these labels goes to ``target``, unless it is harmless for ``bit``."""
        for (origin, mask), trace in labels.items():
            if bit and mask & bit:
                continue
            if len(self.edges) >= MAX_EDGES:
                self.cut += 1
                return
            self.edges.append(Edge(origin, mask, target, path, Trace(trace, line, what) if what else trace, site))
