"""Recording an assessment: said to be running at once, spooled meanwhile, stored in one transaction at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import structs

from pipesec_tui.history.adoption import Adopted, Adopter
from pipesec_tui.history.comparison import document_order
from pipesec_tui.history.connection import transaction
from pipesec_tui.history.errors import HistoryError, explained
from pipesec_tui.history.pieces import store_rows
from pipesec_tui.history.reading import Reader
from pipesec_tui.history.spool import Spool
from pipesec_tui.history.triage import apply_triage
from pipesec_tui.history.writing import Begin, End, VersionWriter
from pipesec_tui.model.assessment import Assessment, AssessmentStatus
from pipesec_tui.model.events import Event
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.pause import without_gc

_encoder = msgspec.msgpack.Encoder()


class Recording:
    """An assessment that is under way. Comes from ``History.begin``; ``finish`` or ``interrupt`` ends it.

    id -- of the assessment, as it will be in its document
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, *, key: int, uid: str, project: str, branch: str | None,
        project_key: int, branch_key: int, default_key: int | None, spool: Spool,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._path = path
        self.id = uid
        self._key = key
        self._project, self._branch = project, branch
        self._project_key, self._branch_key, self._default_key = project_key, branch_key, default_key
        self._spool = spool

    def spool(self, event: Event) -> None:
        """Keep an event on disk; what a finished check said survives a crash. Raises ``HistoryError``."""
        with explained(self._path):
            self._spool.write(event)

    def finish(
        self,
        assessment: Assessment,
        *,
        triage: Sequence[TriageEntry] | None = None,
        renames: Mapping[str, str] | None = None,
        baseline: Assessment | None = None,
        today: date | None = None,
    ) -> Assessment:
        """Store the assessment and return it as stored: with the ids and times of findings that were there before, and
        with what was not looked at again carried over.

        triage   -- all decisions that are written down: what isn't among them no longer holds. None where nobody asked;
                   then decisions pass on from the assessment before
        renames  -- paths in the assessment before, and what they are called now
        baseline -- a document that stands for the assessment before where there is none: on a fresh machine
        today    -- the day by which decisions expire; that of the assessment's start where left out

        Raises ``HistoryError`` where it cannot be stored; the history is then as it was, and ``finish`` may be tried
        again.
        """
        day = today or date.fromisoformat(assessment.assessment.started_at[:10])
        with explained(self._path), without_gc():
            with transaction(self._connection):
                stored = self._store(assessment, triage, renames, baseline, day)
            with suppress(OSError):  # it is stored: a spool that can't be closed or removed is no failure
                self._spool.close()
                self._spool.path.unlink()
        return stored

    def interrupt(self) -> None:
        """Give the assessment up. It stays listed as interrupted, and its spool stays for whoever wants to look."""
        with explained(self._path):
            with suppress(OSError):  # on a full disk, what could not be flushed is lost
                self._spool.close()
            self._connection.execute(
                "UPDATE assessment SET state = 'interrupted' WHERE id = ? AND state = 'running'", (self._key,)
            )

    def _store(
        self,
        assessment: Assessment,
        triage: Sequence[TriageEntry] | None,
        renames: Mapping[str, str] | None,
        baseline: Assessment | None,
        today: date,
    ) -> Assessment:
        connection = self._connection
        state = connection.execute("SELECT state FROM assessment WHERE id = ?", (self._key,)).fetchone()
        if state is None or state[0] != "running":
            raise HistoryError(f"assessment {self.id} has ended already ({state[0] if state else 'removed'})")
        reader = Reader(connection)
        previous = own = reader.latest(self._branch_key)
        if previous is None and self._default_key is not None:
            previous = reader.latest(self._default_key)
        seq = own.seq + 1 if own is not None else 1

        status = assessment.assessment.status
        info = structs.replace(
            assessment.assessment, id=self.id, branch=self._branch,
            status=AssessmentStatus.INCOMPLETE if status is AssessmentStatus.INTERRUPTED else status,
        )  # fmt: skip
        head = structs.replace(assessment, assessment=info)
        adopter = Adopter(connection, self._project_key, self._branch_key, inherit=triage is None, today=today)
        adoption = adopter.adopt(head, previous, renames, baseline)
        doubts = {one.finding.id: one.doubt for one in adoption.findings if one.doubt is not None}
        head = structs.replace(head, findings=tuple(one.finding for one in adoption.findings))
        if triage:
            head = apply_triage(head, triage, today, doubts=doubts).assessment

        begins, ends = _versions(adoption.findings, head.findings, same_branch=own is not None)
        writer = VersionWriter(connection, self._project_key, self._branch_key, seq)
        if own is not None:
            writer.end([*adoption.ends, *ends], own.seq)
        writer.begin(begins)
        self._store_triage(triage or (), info.started_at)
        connection.execute(
            "UPDATE assessment SET seq = ?, state = ?, started_at = ?, finished_at = ?, head = ?, findings = ?, "
            "renames = ?, coverage = ?, components = ?, nodes = ?, edges = ?, "
            "host = NULL, boot = NULL, pid = NULL, pid_started = NULL, spool = NULL WHERE id = ?",
            (
                seq, info.status.value, info.started_at, info.finished_at, _encoder.encode(info), len(head.findings),
                _encoder.encode(adoption.renames), store_rows(connection, head.coverage),
                store_rows(connection, head.components), store_rows(connection, head.lineage.nodes),
                store_rows(connection, head.lineage.edges), self._key,
            ),
        )  # fmt: skip
        return structs.replace(head, findings=document_order(head.findings))

    def _store_triage(self, entries: Sequence[TriageEntry], seen_at: str) -> None:
        """Decisions that are new are added; none is ever changed or taken away."""
        rows = []
        for entry in entries:
            body = _encoder.encode(entry)
            gap = entry.gap
            rows.append(
                (
                    self._project_key, self._key, blake2b(body, digest_size=16).digest(), entry.finding,
                    gap.check if gap else None, gap.asset if gap else None, entry.state.value, entry.reason,
                    entry.until, entry.actor, entry.at, seen_at, body,
                )
            )  # fmt: skip
        self._connection.executemany(
            "INSERT INTO triage(project_id, assessment_id, digest, finding, check_id, asset, state, reason, until, "
            "actor, at, recorded_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT(project_id, digest) DO NOTHING",
            rows,
        )


def _versions(
    adopted: Sequence[Adopted], findings: Sequence[Finding], *, same_branch: bool
) -> tuple[list[Begin], list[End]]:
    """Which versions begin and end: none where a finding is on this branch what it was before."""
    begins: list[Begin] = []
    ends: list[End] = []
    for one, finding in zip(adopted, findings, strict=True):
        old = one.old
        # A decision made since the doubt came up settles it.
        doubt = None if one.doubt is not None and finding.triage is not None else one.doubt
        if old is not None and same_branch:
            if finding == old.finding and doubt == old.doubt:
                continue
            ends.append(End(old.version_id, one.began, None))
        begins.append(Begin(finding, one.key, one.began, one.match_pass, doubt))
    return begins, ends
