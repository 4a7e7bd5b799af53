"""The data flow: nodes, edges and how sure they are."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct, field


class NodeKind(Enum):
    SOURCE = "source"
    DATASET = "dataset"
    STAGE = "stage"
    SINK = "sink"
    SERVICE = "service"


class EdgeKind(Enum):
    READS = "reads"
    WRITES = "writes"
    CALLS = "calls"


class Certainty(Enum):
    """How an edge was established, from a declaration to a run that was watched."""

    DECLARED = "declared"
    LITERAL = "literal"
    FOLDED = "folded"
    BOUND = "bound"
    INFERRED = "inferred"
    OBSERVED = "observed"


class Trust(Enum):
    """Who can put data into a source."""

    UNTRUSTED = "untrusted"
    PARTNER = "partner"
    INTERNAL = "internal"


class Where(Struct, frozen=True):
    """Evidence for a node or an edge: a line in a file."""

    path: str
    line: int | None = None


class Node(Struct, frozen=True, kw_only=True):
    """A node's ``id`` is its URN: ``dataset:s3://bucket/key``."""

    id: str
    kind: NodeKind
    name: str
    pipeline: str | None = None
    trust: Trust | None = None
    where: tuple[Where, ...] = ()


class Edge(Struct, frozen=True, kw_only=True):
    """Data or a call going from one node to another, both named by id."""

    source: str = field(name="from")
    target: str = field(name="to")
    kind: EdgeKind
    where: tuple[Where, ...] = ()
    certainty: Certainty


class Lineage(Struct, frozen=True, kw_only=True):
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


class LineageDocument(Struct, frozen=True, kw_only=True):
    """``pipesec.lineage/1``."""

    schema: str = "pipesec.lineage/1"
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
