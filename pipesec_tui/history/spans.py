"""From when to when findings were open."""

from __future__ import annotations

import sqlite3
from itertools import groupby

from msgspec import Struct

from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.severity import Severity


class Span(Struct, frozen=True, kw_only=True):
    """A time in which a finding was open. Times are ISO 8601, of the assessments that saw it come and go.

    severity -- as it was last
    ended    -- None while it is open
    fixed    -- it ended because the weakness is gone, not by a decision or with its file
    """

    finding: str
    severity: Severity
    began: str
    ended: str | None
    fixed: bool


_SEVERITIES = {severity.rank: severity for severity in Severity}


def open_spans(connection: sqlite3.Connection, project: str, branch: str | None) -> tuple[Span, ...]:
    """All spans of a branch's findings, by finding and time."""
    rows = connection.execute(
        "SELECT f.uid, f.first_seen, v.severity, v.status, v.ended, s.started_at, e.started_at FROM version v "
        "JOIN finding f ON f.id = v.finding_id JOIN branch b ON b.id = v.branch_id "
        "JOIN project p ON p.id = b.project_id "
        "JOIN assessment s ON s.id = (SELECT a.id FROM assessment a WHERE a.branch_id = v.branch_id "
        "  AND a.seq >= v.first_seq ORDER BY a.seq LIMIT 1) "
        "LEFT JOIN assessment e ON e.id = (SELECT a.id FROM assessment a WHERE a.branch_id = v.branch_id "
        "  AND a.seq > v.last_seq ORDER BY a.seq LIMIT 1) "
        "WHERE p.name = ? AND b.name = ? ORDER BY f.uid, v.first_seq, v.id",
        (project, branch or ""),
    )
    spans: list[Span] = []
    for finding, versions in groupby(rows, key=lambda row: str(row[0])):
        began: str | None = None
        for index, (_, first_seen, rank, status, ended, start, end) in enumerate(versions):
            severity = _SEVERITIES[rank]
            if status != FindingStatus.OPEN.value:
                began = None
                continue
            if began is None:
                # What other branches saw earlier was open then already.
                began = min(start, first_seen) if index == 0 else start
            gone = ended in ("fixed", "removed")
            span = Span(finding=finding, severity=severity, began=began, ended=end, fixed=ended == "fixed")
            if spans and spans[-1].finding == finding and spans[-1].began == began:
                spans.pop()
            spans.append(span)
            if gone:
                began = None
    return tuple(spans)
