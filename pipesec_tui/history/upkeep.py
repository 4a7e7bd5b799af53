"""Looking after the history's file: is it sound, copies of it, and forgetting what is old."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import msgspec

from pipesec_tui.history.connection import transaction
from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.pieces import piece_ids
from pipesec_tui.history.reading import follow
from pipesec_tui.history.schema import APPLICATION_ID, SCHEMA_VERSION

_MOST_ERRORS = 20
_LISTS = ("coverage", "components", "nodes", "edges")

_MUST_BE_EMPTY = {
    "a finding has two versions at once on one branch": """
        SELECT 1 FROM (SELECT branch_id, finding_id, first_seq, lag(coalesce(last_seq, 9e15)) OVER (
          PARTITION BY branch_id, finding_id ORDER BY first_seq, id) AS before FROM version)
        WHERE before >= first_seq""",
    "a version begins after the last assessment of its branch": """
        SELECT 1 FROM version v WHERE first_seq > coalesce(
          (SELECT max(seq) FROM assessment a WHERE a.branch_id = v.branch_id), 0)""",
    "an assessment's count of findings is not that of its versions": """
        SELECT 1 FROM assessment a WHERE a.seq IS NOT NULL AND a.findings <> (
          SELECT count(*) FROM version v WHERE v.branch_id = a.branch_id AND v.first_seq <= a.seq
          AND (v.last_seq IS NULL OR v.last_seq >= a.seq))""",
    "a finding's version is on a branch of another project": """
        SELECT 1 FROM version v JOIN branch b ON b.id = v.branch_id JOIN finding f ON f.id = v.finding_id
        WHERE b.project_id <> f.project_id""",
}


def check(connection: sqlite3.Connection) -> list[str]:
    """What is wrong, a line for each."""
    wrong: list[str] = []
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        wrong.append("the file does not carry pipesec's mark (application_id)")
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        wrong.append("the schema is not of this version of pipesec")
    told = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_MOST_ERRORS})")]
    wrong += [line for line in told if line != "ok"]
    if wrong:
        return wrong
    for table, key, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_ERRORS):
        wrong.append(f"row {key} of {table} points to a row of {parent} that isn't there")
    for what, query in _MUST_BE_EMPTY.items():
        if connection.execute(f"{query} LIMIT 1").fetchone() is not None:
            wrong.append(what)
    pieces = {key for (key,) in connection.execute("SELECT id FROM piece")}
    if not _used_pieces(connection) <= pieces:
        wrong.append("an assessment's coverage, components or lineage lacks a piece")
    return wrong


def backup(connection: sqlite3.Connection, dest: Path) -> None:
    """A compact copy, under its name only once it is whole and on disk."""
    if dest.exists():
        raise HistoryError(f"{dest} exists already; name another file, or move it away")
    dest.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = dest.with_name(f".{dest.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(part, dest)  # unlike a rename, this never replaces what came there meanwhile
        except FileExistsError:
            raise HistoryError(f"{dest} exists already; name another file, or move it away") from None
        except OSError:  # a filesystem without hard links
            part.rename(dest)
    finally:
        part.unlink(missing_ok=True)


def prune(connection: sqlite3.Connection, *, keep: int | None, older_than: str | None) -> int:
    """Forget assessments that neither limit keeps, and what only they knew. See ``History.prune``."""
    if keep is None and older_than is None:
        return 0
    removed = 0
    with transaction(connection):
        for (branch,) in connection.execute("SELECT id FROM branch").fetchall():
            rows = connection.execute(
                "SELECT id, seq, started_at, renames FROM assessment WHERE branch_id = ? AND seq IS NOT NULL "
                "ORDER BY seq DESC",
                (branch,),
            ).fetchall()
            gone = [
                row for row in rows[max(keep or 1, 1) :] if older_than is None or row[2] < older_than
            ]  # fmt: skip
            if gone:
                _collapse(connection, branch, rows, {row[0] for row in gone})
                removed += len(gone)
        stale = "state = 'interrupted'" + (" AND started_at < ?" if older_than is not None else "")
        connection.execute(f"DELETE FROM assessment WHERE {stale}", () if older_than is None else (older_than,))  # noqa: S608  constant
        if removed:
            _forget_unused(connection)
    if removed:
        connection.execute("VACUUM")
    return removed


def drop_spools(connection: sqlite3.Connection, folder: Path) -> None:
    """Remove spools that no assessment names."""
    named = {name for (name,) in connection.execute("SELECT spool FROM assessment WHERE spool IS NOT NULL")}
    for path in folder.glob("*.msgpack") if folder.is_dir() else ():
        if path.name not in named:
            path.unlink(missing_ok=True)


def _collapse(
    connection: sqlite3.Connection, branch: int, rows: list[tuple[int, int, str, bytes]], gone: set[int]
) -> None:
    """Take assessments out of a branch. Numbers keep their gaps, so versions that reach a kept one stay as they are;
    the moves of files on the way are told by the next one that stays."""
    decoder = msgspec.msgpack.Decoder(dict[str, str])
    moved: dict[str, str] = {}
    for key, _, _, renames in reversed(rows):
        moved = follow(moved, decoder.decode(renames))
        if key not in gone:
            connection.execute("UPDATE assessment SET renames = ? WHERE id = ?", (msgspec.msgpack.encode(moved), key))
            moved = {}
    connection.executemany("DELETE FROM assessment WHERE id = ?", [(key,) for key in gone])
    connection.execute(
        "DELETE FROM version WHERE branch_id = ?1 AND NOT EXISTS (SELECT 1 FROM assessment a WHERE a.branch_id = ?1 "
        "AND a.seq >= first_seq AND (last_seq IS NULL OR a.seq <= last_seq))",
        (branch,),
    )


def _forget_unused(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM finding WHERE id NOT IN (SELECT finding_id FROM version)")
    connection.execute("DELETE FROM text WHERE id NOT IN (SELECT text_id FROM version)")
    used = _used_pieces(connection)
    unused = [(key,) for (key,) in connection.execute("SELECT id FROM piece").fetchall() if key not in used]
    connection.executemany("DELETE FROM piece WHERE id = ?", unused)


def _used_pieces(connection: sqlite3.Connection) -> set[int]:
    used: set[int] = set()
    for row in connection.execute(f"SELECT {', '.join(_LISTS)} FROM assessment WHERE seq IS NOT NULL"):  # noqa: S608  constant
        for names in row:
            used.update(piece_ids(names))
    return used
