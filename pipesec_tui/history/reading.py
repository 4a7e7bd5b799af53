"""Reading assessments back, and comparing two of one branch by what changed between them alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from typing import TypeAlias

import msgspec
from msgspec import Struct

from pipesec_tui.history.comparison import Weighing, both_looked, compare, document_order
from pipesec_tui.history.pieces import RowReader
from pipesec_tui.history.rows import FROM_STORED, STORED, Stored, read_stored
from pipesec_tui.model.assessment import Assessment, AssessmentInfo
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Edge, Lineage, Node


class State(Enum):
    """How far an assessment came. ``RUNNING`` and ``INTERRUPTED`` ones have no findings to read."""

    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


class Record(Struct, frozen=True, kw_only=True):
    """An assessment in a list. ``findings`` is their number; None where it did not finish."""

    id: str
    project: str
    branch: str | None
    state: State
    started_at: str
    finished_at: str | None
    commit: str | None
    pipesec: str
    findings: int | None


class Row(Struct, frozen=True):
    """An assessment as its row holds it."""

    key: int
    branch_key: int
    seq: int
    count: int
    info: AssessmentInfo
    renames: dict[str, str]
    coverage: bytes
    components: bytes
    nodes: bytes
    edges: bytes


_infos = msgspec.msgpack.Decoder(AssessmentInfo)
_renames = msgspec.msgpack.Decoder(dict[str, str])

Span: TypeAlias = tuple[int, int, int]


class Reader:
    """Reads from one connection. A reader sees one state of the history for as long as it is used."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read within comes from one moment, whatever another process stores meanwhile."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @cached_property
    def _coverage(self) -> RowReader[Coverage]:
        return RowReader(self._connection, Coverage)

    @cached_property
    def _components(self) -> RowReader[Component]:
        return RowReader(self._connection, Component)

    @cached_property
    def _nodes(self) -> RowReader[Node]:
        return RowReader(self._connection, Node)

    @cached_property
    def _edges(self) -> RowReader[Edge]:
        return RowReader(self._connection, Edge)

    def row(self, key: int) -> Row:
        """A finished assessment's row, by its number."""
        got = self._connection.execute(
            "SELECT id, branch_id, seq, findings, head, renames, coverage, components, nodes, edges "
            "FROM assessment WHERE id = ? AND seq IS NOT NULL",
            (key,),
        ).fetchone()
        key, branch, seq, count, head, renames, *lists = got
        return Row(key, branch, seq, count, _infos.decode(head), _renames.decode(renames), *lists)

    def latest(self, branch_key: int) -> Row | None:
        """The last finished assessment of a branch."""
        got = self._connection.execute(
            "SELECT id FROM assessment WHERE branch_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1", (branch_key,)
        ).fetchone()
        return None if got is None else self.row(got[0])

    def alive(self, row: Row) -> list[Stored]:
        """The findings of an assessment, in no order."""
        return self._stored(
            "v.branch_id = ? AND v.first_seq <= ? AND (v.last_seq IS NULL OR v.last_seq >= ?)",
            (row.branch_key, row.seq, row.seq),
        )

    def assessment(self, row: Row, findings: list[Stored] | None = None) -> Assessment:
        """An assessment whole; ``findings`` where they have been read already."""
        stored = self.alive(row) if findings is None else findings
        return self._document(row, document_order(one.finding for one in stored))

    def _document(self, row: Row, findings: tuple[Finding, ...]) -> Assessment:
        return Assessment(
            assessment=row.info,
            findings=findings,
            coverage=self._coverage.read(row.coverage),
            components=self._components.read(row.components),
            lineage=Lineage(nodes=self._nodes.read(row.nodes), edges=self._edges.read(row.edges)),
        )

    def compare(self, base: Row, head: Row) -> Comparison:
        """What became of the findings of ``base`` in ``head``: what ``comparison.compare`` says of their documents.

        For a later assessment of the same branch only what changed in between is read.
        """
        if base.branch_key != head.branch_key or base.seq > head.seq:
            return compare(self.assessment(base), self.assessment(head))
        renames = self._renames_between(base, head)
        then, now = both_looked(self._document(base, ()), self._document(head, ()), renames)
        weigh = Weighing(base.info, head.info, then, now)
        a, b, branch = base.seq, head.seq, base.branch_key
        born = self._stored(
            "v.branch_id = ? AND v.first_seq > ? AND v.first_seq <= ? AND (v.last_seq IS NULL OR v.last_seq >= ?)",
            (branch, a, b, b),
        )
        ended = self._stored(
            "v.branch_id = ? AND v.last_seq >= ? AND v.last_seq < ? AND v.first_seq <= ?", (branch, a, b, a)
        )
        gaps = self._stored(
            "v.branch_id = ? AND v.not_assessed IS NOT NULL AND v.first_seq <= ? "
            "AND (v.last_seq IS NULL OR v.last_seq >= ?)",
            (branch, a, b),
        )
        passes = self._weakest_passes(branch, a, b)
        before = {one.finding_id: one for one in ended}
        in_order = {one.finding.id: one for one in [*born, *gaps]}
        for finding in document_order(one.finding for one in in_order.values()):
            one = in_order[finding.id]
            old = before.pop(one.finding_id, None)
            if old is not None:
                weigh.matched(old.finding, finding, passes.get(one.finding_id, 1))
            elif one.version_id in {gap.version_id for gap in gaps}:
                weigh.matched(finding, finding, 1)
            else:
                weigh.unmatched(finding)
        for finding in document_order(one.finding for one in before.values()):
            weigh.gone(finding)
        weigh.unchanged(head.count - len(in_order))
        return weigh.comparison()

    def _weakest_passes(self, branch: int, a: int, b: int) -> dict[int | None, int]:
        return dict(
            self._connection.execute(
                "SELECT finding_id, max(match_pass) FROM version WHERE branch_id = ? AND first_seq > ? "
                "AND first_seq <= ? AND match_pass IS NOT NULL GROUP BY finding_id",
                (branch, a, b),
            )
        )

    def _renames_between(self, base: Row, head: Row) -> dict[str, str]:
        steps = self._connection.execute(
            "SELECT renames FROM assessment WHERE branch_id = ? AND seq > ? AND seq <= ? ORDER BY seq",
            (base.branch_key, base.seq, head.seq),
        )
        moved: dict[str, str] = {}
        for (packed,) in steps:
            moved = follow(moved, _renames.decode(packed))
        return moved

    def _stored(self, where: str, values: tuple[int, ...]) -> list[Stored]:
        return read_stored(
            self._connection.execute(f"SELECT {STORED} FROM {FROM_STORED} WHERE {where}", values)  # noqa: S608  constant
        )


def follow(first: dict[str, str], then: dict[str, str]) -> dict[str, str]:
    """Two steps of moved paths as one."""
    both = {old: then.get(new, new) for old, new in first.items()}
    reached = set(first.values())
    return {**{old: new for old, new in then.items() if old not in reached}, **both}
