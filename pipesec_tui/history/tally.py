"""Counting findings without reading them."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from pipesec_tui.history.reading import Row
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.severity import Severity

_SEVERITY = {severity.rank: severity for severity in Severity}


class Count(Struct, frozen=True, kw_only=True):
    """How many findings of an assessment are alike in all of this. ``is_new``: none was there before."""

    area: Area
    severity: Severity
    status: FindingStatus
    is_new: bool
    not_assessed: bool
    findings: int


class TrendPoint(Struct, frozen=True):
    """Open findings of one assessment, by severity."""

    assessment: str
    started_at: str
    open: dict[Severity, int]


def tally(connection: sqlite3.Connection, row: Row) -> tuple[Count, ...]:
    """An assessment's findings, counted."""
    rows = connection.execute(
        "SELECT area, severity, status, first_seq = ?2 AND began = 'new', not_assessed IS NOT NULL, count(*) "
        "FROM version WHERE branch_id = ?1 AND first_seq <= ?2 AND (last_seq IS NULL OR last_seq >= ?2) "
        "GROUP BY 1, 2, 3, 4, 5",
        (row.branch_key, row.seq),
    )
    return tuple(
        Count(
            area=Area(area), severity=_SEVERITY[severity], status=FindingStatus(status), is_new=bool(is_new),
            not_assessed=bool(carried), findings=count,
        )
        for area, severity, status, is_new, carried, count in rows
    )  # fmt: skip


def trend(connection: sqlite3.Connection, row: Row, length: int) -> tuple[TrendPoint, ...]:
    """The last ``length`` assessments of the branch up to this one, the earliest first."""
    before = connection.execute(
        "SELECT uid, started_at, seq FROM assessment WHERE branch_id = ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
        (row.branch_key, row.seq, length),
    ).fetchall()
    points = []
    for uid, started_at, seq in reversed(before):
        rows = connection.execute(
            "SELECT severity, count(*) FROM version WHERE branch_id = ?1 AND first_seq <= ?2 "
            "AND (last_seq IS NULL OR last_seq >= ?2) AND status = 'open' GROUP BY severity",
            (row.branch_key, seq),
        )
        points.append(TrendPoint(uid, started_at, {_SEVERITY[rank]: count for rank, count in rows}))
    return tuple(points)


def worst(connection: sqlite3.Connection, row: Row) -> dict[str, tuple[Severity, int]]:
    """The worst severity and the number of open findings in each file that has any."""
    rows = connection.execute(
        "SELECT path, max(severity), count(*) FROM version WHERE branch_id = ?1 AND first_seq <= ?2 "
        "AND (last_seq IS NULL OR last_seq >= ?2) AND status = 'open' AND path IS NOT NULL GROUP BY path",
        (row.branch_key, row.seq),
    )
    return {path: (_SEVERITY[rank], count) for path, rank, count in rows}
