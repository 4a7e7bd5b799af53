"""Ids of assessments, and the ways to name one."""

from __future__ import annotations

import re
import secrets
import sqlite3
import time

from pipesec_tui.history.errors import HistoryError

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_LATEST = re.compile(r"latest(?:~(\d{1,9}))?")


def new_assessment_id() -> str:
    """``A-`` and 16 characters: the time in milliseconds, so that ids sort, then 30 drawn bits. After UUIDv7."""
    number = (time.time_ns() // 1_000_000 << 30) | secrets.randbits(30)
    return "A-" + "".join(_DIGITS[number >> shift & 31] for shift in range(75, -1, -5))


def resolve(connection: sqlite3.Connection, name: str, project: str | None, branch: str | None) -> int:
    """The number of the finished assessment that ``name`` stands for: an id, the beginning of only one id, ``latest``,
    or ``latest~2`` for the one two before. ``project`` and ``branch`` narrow all but a whole id.

    Raises ``HistoryError`` where there is none, several, or one that did not finish.
    """
    exact = connection.execute("SELECT id, state FROM assessment WHERE uid = ?", (name,)).fetchone()
    if exact is not None:
        return _finished(name, exact)
    where, values = _within(project, branch)
    latest = _LATEST.fullmatch(name)
    if latest is not None:
        found = connection.execute(
            f"SELECT a.id FROM {where} AND a.seq IS NOT NULL ORDER BY a.started_at DESC, a.id DESC LIMIT 1 OFFSET ?",  # noqa: S608  constant
            (*values, int(latest[1] or 0)),
        ).fetchone()
        if found is None:
            raise HistoryError(f"there is no assessment {name!r} in the history yet; `pipesec history` lists them")
        return int(found[0])
    matches = connection.execute(
        f"SELECT a.id, a.state, a.uid FROM {where} AND substr(a.uid, 1, ?) = ? LIMIT 2",  # noqa: S608  constant
        (*values, len(name), name),
    ).fetchall()
    if not matches or not name:
        raise HistoryError(f"there is no assessment {name!r} in the history; `pipesec history` lists them")
    if len(matches) > 1:
        raise HistoryError(f"several assessments begin with {name!r} ({matches[0][2]}, {matches[1][2]}, …); give more")
    return _finished(matches[0][2], matches[0][:2])


def _within(project: str | None, branch: str | None) -> tuple[str, list[str]]:
    where = "assessment a JOIN branch b ON b.id = a.branch_id JOIN project p ON p.id = b.project_id WHERE 1"
    values = []
    for column, value in (("p.name", project), ("b.name", branch)):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    return where, values


def _finished(name: str, found: tuple[int, str]) -> int:
    key, state = found
    if state in ("running", "interrupted"):
        raise HistoryError(
            f"assessment {name} {'still runs' if state == 'running' else 'was interrupted'}: no findings"
        )
    return key
