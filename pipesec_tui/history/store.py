"""The history: every assessment of every project, in one SQLite file in the user's state directory."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import msgspec

from pipesec_tui.history import upkeep
from pipesec_tui.history.biography import FindingEvent, finding_events
from pipesec_tui.history.connection import connect, transaction
from pipesec_tui.history.errors import HistoryError, explained
from pipesec_tui.history.naming import new_assessment_id, resolve
from pipesec_tui.history.paging import Cursor, FindingFilter, FindingPage, Listed, Sort, listed, listing, page
from pipesec_tui.history.process import ProcessMark, is_dead, this_process
from pipesec_tui.history.reading import Reader, Record, State
from pipesec_tui.history.recording import Recording
from pipesec_tui.history.spans import Span, open_spans
from pipesec_tui.history.spool import Spool
from pipesec_tui.history.tally import Count, TrendPoint, tally, trend, worst
from pipesec_tui.home import home
from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.severity import Severity
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.pause import without_gc

_encoder = msgspec.msgpack.Encoder()
_infos = msgspec.msgpack.Decoder(AssessmentInfo)


class History:
    """An open history. Everything raises ``HistoryError``, one line, where the file cannot be read or written.

    A connection belongs to the thread that opened it; several histories on one file, in threads or processes, are fine.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path | None = None) -> History:
        """Open the history, ``history.sqlite`` in pipesec's home where no path is given, and make it where there is
        none. Assessments whose process has died become interrupted."""
        path = path if path is not None else home() / "history.sqlite"
        history = cls(connect(path), path)
        try:
            history._mark_interrupted()
        except BaseException:
            history.close()
            raise
        return history

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(
        self,
        project: str,
        branch: str | None,
        *,
        default_branch: str | None,
        commit: str | None,
        started_at: str,
        pipesec: str,
    ) -> Recording:
        """Say that an assessment runs. ``default_branch`` is what a branch without history is compared with."""
        uid = new_assessment_id()
        info = AssessmentInfo(
            id=uid, project=project, branch=branch, status=AssessmentStatus.INTERRUPTED, started_at=started_at,
            finished_at=None, commit=commit, pipesec=pipesec,
        )  # fmt: skip
        mark = this_process()
        with explained(self.path):
            spool = Spool(self._spools / f"{uid}.msgpack")
            try:
                with transaction(self._connection):
                    project_key = self._key("project", "name = ?", (project,), "INSERT INTO project(name) VALUES (?)")
                    branch_key = self._branch(project_key, branch)
                    default_key = (
                        None if default_branch in (None, branch) else self._branch(project_key, default_branch)
                    )
                    key = self._connection.execute(
                        "INSERT INTO assessment(uid, branch_id, state, started_at, head, host, boot, pid, pid_started, "
                        "spool) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                        (
                            uid, branch_key, started_at, _encoder.encode(info), mark.host, mark.boot, mark.pid,
                            mark.started, spool.path.name,
                        ),
                    ).fetchone()[0]  # fmt: skip
            except BaseException:
                spool.close()
                spool.path.unlink(missing_ok=True)
                raise
        return Recording(
            self._connection, self.path, key=key, uid=uid, project=project, branch=branch, project_key=project_key,
            branch_key=branch_key, default_key=default_key, spool=spool,
        )  # fmt: skip

    def assessments(
        self, project: str | None = None, branch: str | None = None, limit: int | None = None
    ) -> tuple[Record, ...]:
        """Assessments, the latest first, also those that run or were interrupted."""
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT a.uid, a.state, a.findings, a.head FROM assessment a JOIN branch b ON b.id = a.branch_id "
                "JOIN project p ON p.id = b.project_id WHERE (?1 IS NULL OR p.name = ?1) "
                "AND (?2 IS NULL OR b.name = ?2) ORDER BY a.started_at DESC, a.id DESC LIMIT ?3",
                (project, branch, -1 if limit is None else limit),
            ).fetchall()
        return tuple(_record(*row) for row in rows)

    def latest(self, project: str, branch: str | None) -> Assessment | None:
        """The last finished assessment of a branch (None for a project without branches), if there is one."""
        with self._reading() as reader:
            found = self._connection.execute(
                "SELECT b.id FROM branch b JOIN project p ON p.id = b.project_id WHERE p.name = ? AND b.name = ?",
                (project, branch or ""),
            ).fetchone()
            row = reader.latest(found[0]) if found is not None else None
            return None if row is None else reader.assessment(row)

    def load(self, name: str, *, project: str | None = None, branch: str | None = None) -> Assessment:
        """An assessment as it was stored. ``name`` is an id, the beginning of one, ``latest`` or ``latest~N``."""
        with self._reading() as reader:
            return reader.assessment(reader.row(resolve(self._connection, name, project, branch)))

    def compare(self, base: str, head: str, *, project: str | None = None, branch: str | None = None) -> Comparison:
        """Two assessments, named as in ``load``, held against each other as ``comparison.compare`` does."""
        with self._reading() as reader:
            keys = [resolve(self._connection, name, project, branch) for name in (base, head)]
            return reader.compare(reader.row(keys[0]), reader.row(keys[1]))

    def finding_history(self, finding: str, *, project: str | None = None) -> tuple[FindingEvent, ...]:
        """What became of a finding over time, the earliest first; empty where no project has it."""
        with explained(self.path):
            return finding_events(self._connection, finding, project)

    def spans(self, project: str, branch: str | None) -> tuple[Span, ...]:
        """From when to when each finding of a branch was open; one that came back has several spans."""
        with explained(self.path):
            return open_spans(self._connection, project, branch)

    def page(
        self,
        name: str,
        *,
        sort: Sort = Sort.SEVERITY,
        where: FindingFilter | None = None,
        after: Cursor | None = None,
        limit: int = 100,
        project: str | None = None,
    ) -> FindingPage:
        """Some findings of an assessment for a list on screen; ``after`` is ``FindingPage.following``."""
        with self._reading() as reader:
            row = reader.row(resolve(self._connection, name, project, None))
            return page(self._connection, row, sort, where or FindingFilter(), after, limit)

    def outline(self, name: str, *, project: str | None = None) -> Assessment:
        """An assessment without its findings: its head, coverage, components and lineage. Named as in ``load``."""
        with self._reading() as reader:
            return reader.assessment(reader.row(resolve(self._connection, name, project, None)), [])

    def tally(self, name: str, *, project: str | None = None) -> tuple[Count, ...]:
        """An assessment's findings, counted by area, severity, status and whether they are new."""
        with self._reading() as reader:
            return tally(self._connection, reader.row(resolve(self._connection, name, project, None)))

    def trend(self, name: str, length: int, *, project: str | None = None) -> tuple[TrendPoint, ...]:
        """Open findings by severity in the last ``length`` assessments of the branch up to this one, in order."""
        with self._reading() as reader:
            return trend(self._connection, reader.row(resolve(self._connection, name, project, None)), length)

    def worst(self, name: str, *, project: str | None = None) -> dict[str, tuple[Severity, int]]:
        """By path: the worst severity of an assessment's open findings there, and how many there are."""
        with self._reading() as reader:
            return worst(self._connection, reader.row(resolve(self._connection, name, project, None)))

    def listing(
        self, name: str, *, sort: Sort = Sort.SEVERITY, where: FindingFilter | None = None, project: str | None = None
    ) -> array[int]:
        """Row numbers of an assessment's findings in order, for a list that is scrolled anywhere; see ``listed``."""
        with self._reading() as reader:
            row = reader.row(resolve(self._connection, name, project, None))
            return listing(self._connection, row, sort, where or FindingFilter())

    def listed(self, keys: Sequence[int]) -> dict[int, Listed]:
        """Findings by the row numbers that ``listing`` gave, at most some hundreds at a time."""
        with explained(self.path):
            return listed(self._connection, keys)

    def triage(self, project: str) -> tuple[TriageEntry, ...]:
        """All decisions that were ever recorded for a project, in the order in which they were."""
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT t.body FROM triage t JOIN project p ON p.id = t.project_id WHERE p.name = ? ORDER BY t.id",
                (project,),
            ).fetchall()
        decoder = msgspec.msgpack.Decoder(TriageEntry)
        return tuple(decoder.decode(body) for (body,) in rows)

    def check(self) -> list[str]:
        """What is wrong with the file, a line for each; empty where it is sound."""
        with explained(self.path):
            return upkeep.check(self._connection)

    def backup(self, dest: Path) -> None:
        """Write a copy to ``dest``, whole or not at all. Raises ``HistoryError`` where something is there already."""
        with explained(dest):
            upkeep.backup(self._connection, dest)

    def prune(self, *, keep: int | None = None, older_than: str | None = None) -> int:
        """Forget assessments: all but the last ``keep`` of each branch that also began before ``older_than``
        (ISO 8601), where given. The last of a branch always stays. Returns how many went."""
        with explained(self.path):
            pruned = upkeep.prune(self._connection, keep=keep, older_than=older_than)
            upkeep.drop_spools(self._connection, self._spools)
            return pruned

    def move(self, dest: Path) -> None:
        """Move the history to another file, and close it here. The file it was is gone only once the copy is whole."""
        with explained(dest):
            upkeep.backup(self._connection, dest)
        with explained(self.path):
            self.close()
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @property
    def _spools(self) -> Path:
        return self.path.with_name(self.path.name + ".spool")

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        reader = Reader(self._connection)
        with explained(self.path), without_gc(), reader.snapshot():
            yield reader

    def _branch(self, project_key: int, branch: str | None) -> int:
        values = (project_key, branch or "")
        return self._key(
            "branch", "project_id = ? AND name = ?", values, "INSERT INTO branch(project_id, name) VALUES (?, ?)"
        )

    def _key(self, table: str, where: str, values: tuple[object, ...], insert: str) -> int:
        found = self._connection.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()  # noqa: S608  constant
        if found is None:
            found = self._connection.execute(f"{insert} RETURNING id", values).fetchone()
        key: int = found[0]
        return key

    def _mark_interrupted(self) -> None:
        with explained(self.path):
            running = self._connection.execute(
                "SELECT id, host, boot, pid, pid_started FROM assessment WHERE state = 'running'"
            ).fetchall()
            dead = [(key,) for key, *mark in running if is_dead(ProcessMark(*mark))]
            if dead:
                with transaction(self._connection):
                    self._connection.executemany(
                        "UPDATE assessment SET state = 'interrupted' WHERE id = ? AND state = 'running'", dead
                    )


def _record(uid: str, state: str, findings: int | None, head: bytes) -> Record:
    info = _infos.decode(head)
    return Record(
        id=uid, project=info.project, branch=info.branch, state=State(state), started_at=info.started_at,
        finished_at=info.finished_at, commit=info.commit, pipesec=info.pipesec, findings=findings,
    )  # fmt: skip


__all__ = [
    "Count", "Cursor", "FindingEvent", "FindingFilter", "FindingPage", "History", "HistoryError", "Listed", "Record",
    "Recording", "Sort", "Span", "State", "TrendPoint",
]  # fmt: skip
