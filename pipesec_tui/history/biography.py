"""What became of one finding over time."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from pipesec_tui.history.rows import FROM_STORED, STORED, read_stored
from pipesec_tui.model.finding import Finding


class FindingEvent(Struct, frozen=True, kw_only=True):
    """A turn in a finding's life.

    assessment -- the first one after the turn, with when it began (``at``) and its branch
    outcome    -- new, branched (first seen on this branch, known from another), changed, not_assessed, reopened; fixed
                  or removed
    reason     -- a ``Reason``, where there is one
    finding    -- as it then was; as it last was where it went
    """

    assessment: str
    at: str
    project: str
    branch: str | None
    outcome: str
    reason: str | None
    match_pass: int | None
    finding: Finding


def finding_events(connection: sqlite3.Connection, finding: str, project: str | None) -> tuple[FindingEvent, ...]:
    """All turns in the life of the finding with an id, in every branch, by time."""
    rows = connection.execute(
        f"SELECT {STORED}, p.name, b.name, v.began, v.ended, v.ended_reason, "  # noqa: S608  constants
        "s.uid, s.started_at, e.uid, e.started_at "
        f"FROM {FROM_STORED} JOIN branch b ON b.id = v.branch_id JOIN project p ON p.id = b.project_id "
        "JOIN assessment s ON s.id = (SELECT a.id FROM assessment a WHERE a.branch_id = v.branch_id "
        "  AND a.seq >= v.first_seq ORDER BY a.seq LIMIT 1) "
        "LEFT JOIN assessment e ON e.id = (SELECT a.id FROM assessment a WHERE a.branch_id = v.branch_id "
        "  AND a.seq > v.last_seq ORDER BY a.seq LIMIT 1) "
        "WHERE f.uid = ? AND (? IS NULL OR p.name = ?) ORDER BY v.id",
        (finding, project, project),
    ).fetchall()
    events: list[FindingEvent] = []
    for row in rows:
        *stored, name, branch, began, ended, ended_reason, uid, at, end_uid, end_at = row
        one = read_stored([tuple(stored)])[0]
        event = FindingEvent(
            assessment=uid, at=at, project=name, branch=branch or None, outcome=began,
            reason=one.finding.not_assessed, match_pass=one.match_pass, finding=one.finding,
        )  # fmt: skip
        events.append(event)
        if ended in ("fixed", "removed") and end_uid is not None:
            events.append(
                FindingEvent(
                    assessment=end_uid, at=end_at, project=name, branch=branch or None, outcome=ended,
                    reason=ended_reason, match_pass=None, finding=one.finding,
                )
            )  # fmt: skip
    return tuple(sorted(events, key=lambda event: (event.at, event.assessment)))
