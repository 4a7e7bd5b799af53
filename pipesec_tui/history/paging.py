"""Findings for a list on screen: a screenful at a time, sorted and filtered by the database."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from pipesec_tui.history.reading import Row
from pipesec_tui.history.rows import FROM_STORED, STORED, read_stored
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity

Key: TypeAlias = str | int | float


class Sort(Enum):
    """By what a list is sorted; the worst comes first, and texts from A."""

    SEVERITY = "severity"
    PRIORITY = "priority"
    RULE = "rule"
    PATH = "path"
    STATUS = "status"


_ORDER: dict[Sort, tuple[str, ...]] = {
    Sort.SEVERITY: ("-v.severity", "-coalesce(v.priority, -1.0)", "coalesce(v.path, '')", "coalesce(v.line, 0)"),
    Sort.PRIORITY: ("-coalesce(v.priority, -1.0)", "-v.severity", "coalesce(v.path, '')", "coalesce(v.line, 0)"),
    Sort.RULE: ("v.rule", "coalesce(v.path, '')", "coalesce(v.line, 0)"),
    Sort.PATH: ("coalesce(v.path, '')", "coalesce(v.line, 0)", "v.rule"),
    Sort.STATUS: ("v.status", "-v.severity", "coalesce(v.path, '')", "coalesce(v.line, 0)"),
}


_QUICK_ORDER: dict[Sort, tuple[str, ...]] = {
    Sort.SEVERITY: ("v.severity DESC", "v.priority DESC", "v.id"),
    Sort.PRIORITY: ("v.priority DESC", "v.severity DESC", "v.id"),
    Sort.STATUS: ("v.status", "v.severity DESC", "v.id"),
}
"""For listings, which nothing continues: numbers of rows, in the order of the document, instead of comparing paths."""


class FindingFilter(Struct, frozen=True, kw_only=True):
    """Which findings a list shows. Empty tuples let all through.

    rules    -- parts of rule ids, any of which will do; ``paths`` are beginnings of paths
    began    -- how the finding came to be as it is *in this assessment*: new, changed, reopened
    words    -- each is looked for in rule, path, title and message; ``PS-…`` is the beginning of an id
    decided  -- decisions on findings, by id, that count although the history does not hold them yet
    text     -- is looked for in rule, path and id alone
    """

    severities: tuple[Severity, ...] = ()
    areas: tuple[Area, ...] = ()
    statuses: tuple[FindingStatus, ...] = ()
    rules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    began: tuple[str, ...] = ()
    not_assessed: bool | None = None
    words: tuple[str, ...] = ()
    decided: tuple[tuple[str, FindingStatus], ...] = ()
    text: str = ""


class Cursor(Struct, frozen=True):
    """Where a page ended: the sort key of its last finding. Good for the same sort and filter only."""

    keys: tuple[Key, ...]


class Listed(Struct, frozen=True):
    """A finding in a list. ``match_pass`` above 5 with ``doubtful``: it was recognized by weak evidence, and a decision
    on what it was before awaits confirmation."""

    finding: Finding
    match_pass: int | None
    doubtful: bool


class FindingPage(Struct, frozen=True, kw_only=True):
    """``total`` counts all that the filter lets through; ``following`` is None on the last page."""

    findings: tuple[Listed, ...]
    total: int
    following: Cursor | None


def page(
    connection: sqlite3.Connection, row: Row, sort: Sort, where: FindingFilter, after: Cursor | None, limit: int
) -> FindingPage:
    """A page of an assessment's findings. No cursor is held open: the next page is found by its key."""
    if limit < 1:
        raise ValueError(f"a page holds at least one finding, not {limit}")
    order = (*_ORDER[sort], "f.uid")
    conditions, values = _wanted(row, where)
    total = connection.execute(
        f"SELECT count(*) FROM version v JOIN finding f ON f.id = v.finding_id WHERE {' AND '.join(conditions)}",  # noqa: S608  constants
        values,
    ).fetchone()[0]
    if after is not None:
        conditions.append(f"({', '.join(order)}) > ({', '.join('?' * len(order))})")
        values.extend(after.keys)
    keys = ", ".join(order)
    # The keys of the page first, so that no text or body is read for what is sorted away.
    picked = connection.execute(
        f"SELECT v.id, {keys} FROM version v JOIN finding f ON f.id = v.finding_id "  # noqa: S608  constants
        f"WHERE {' AND '.join(conditions)} ORDER BY {keys} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    shown = picked[:limit]
    marks = ",".join("?" * len(shown))
    stored = {
        one.version_id: one
        for one in read_stored(
            connection.execute(f"SELECT {STORED} FROM {FROM_STORED} WHERE v.id IN ({marks})", [r[0] for r in shown])  # noqa: S608  marks
        )
    }
    found = [stored[key] for key, *_ in shown]
    return FindingPage(
        findings=tuple(Listed(one.finding, one.match_pass, one.doubt is not None) for one in found),
        total=total,
        following=Cursor(tuple(shown[-1][1:])) if len(picked) > limit else None,
    )


def listing(connection: sqlite3.Connection, row: Row, sort: Sort, where: FindingFilter) -> array[int]:
    """The row numbers of all findings that a filter lets through, in order: 8 bytes each, for a list that is scrolled
    anywhere. ``listed`` reads them back. Numbers stay good as long as the assessment is kept."""
    conditions, values = _wanted(row, where)
    join = "JOIN finding f ON f.id = v.finding_id" if "f.uid" in " ".join(conditions) else ""
    order = ", ".join(_QUICK_ORDER.get(sort, (*_ORDER[sort], "v.id")))
    found = connection.execute(
        f"SELECT v.id FROM version v {join} WHERE {' AND '.join(conditions)} ORDER BY {order}",  # noqa: S608  constants
        values,
    )
    return array("q", [key for (key,) in found])


def listed(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, Listed]:
    """Findings by the numbers that ``listing`` gave; what was forgotten meanwhile is left out."""
    marks = ",".join("?" * len(keys))
    rows = connection.execute(f"SELECT {STORED} FROM {FROM_STORED} WHERE v.id IN ({marks})", list(keys))  # noqa: S608  marks
    return {one.version_id: Listed(one.finding, one.match_pass, one.doubt is not None) for one in read_stored(rows)}


def _wanted(row: Row, where: FindingFilter) -> tuple[list[str], list[Key]]:
    conditions = ["v.branch_id = ?", "v.first_seq <= ?", "(v.last_seq IS NULL OR v.last_seq >= ?)"]
    values: list[Key] = [row.branch_key, row.seq, row.seq]
    _narrow(where, conditions, values)
    if where.began:
        conditions.append(f"v.first_seq = ? AND v.began IN ({','.join('?' * len(where.began))})")
        values.extend((row.seq, *where.began))
    return conditions, values


def _narrow(where: FindingFilter, conditions: list[str], values: list[Key]) -> None:
    chosen: tuple[tuple[str, list[Key]], ...] = (
        ("v.severity", [severity.rank for severity in where.severities]),
        ("v.area", [area.value for area in where.areas]),
    )
    for column, wanted in chosen:
        if wanted:
            conditions.append(f"{column} IN ({','.join('?' * len(wanted))})")
            values.extend(wanted)
    _narrow_status(where, conditions, values)
    if where.rules:
        conditions.append("(" + " OR ".join(["instr(v.rule, ?) > 0"] * len(where.rules)) + ")")
        values.extend(where.rules)
    if where.paths:
        conditions.append("(" + " OR ".join(["substr(v.path, 1, ?) = ?"] * len(where.paths)) + ")")
        values.extend(value for path in where.paths for value in (len(path), path))
    for word in where.words:
        _narrow_word(word, conditions, values)
    if where.not_assessed is not None:
        conditions.append(f"v.not_assessed IS {'NOT NULL' if where.not_assessed else 'NULL'}")
    if where.text:
        conditions.append("instr(lower(v.rule || ' ' || coalesce(v.path, '') || ' ' || f.uid), ?) > 0")
        values.append(where.text.lower())


def _narrow_status(where: FindingFilter, conditions: list[str], values: list[Key]) -> None:
    if not where.statuses:
        return
    stored = f"v.status IN ({','.join('?' * len(where.statuses))})"
    statuses = [status.value for status in where.statuses]
    if not where.decided:
        conditions.append(stored)
        values.extend(statuses)
        return
    wanted = [name for name, status in where.decided if status in where.statuses]
    decided = [name for name, _ in where.decided]
    marks, all_marks = ",".join("?" * len(wanted)), ",".join("?" * len(decided))
    conditions.append(f"((f.uid NOT IN ({all_marks}) AND {stored}) OR f.uid IN ({marks}))")
    values.extend((*decided, *statuses, *wanted))


def _narrow_word(word: str, conditions: list[str], values: list[Key]) -> None:
    """Look for a word in rule, path, title and message; one that begins as ids do is the beginning of an id.

    A text is stored packed, title and message in clear. ``instr`` of two texts compares bytes as they are, so that a
    packed text need not be valid; ``lower`` leaves all but ASCII alone, on both sides.
    """
    if word[:3].upper() == "PS-":
        conditions.append("substr(f.uid, 1, ?) = ?")
        values.extend((len(word), "PS-" + word[3:].lower()))
        return
    conditions.append(
        "(instr(lower(v.rule), lower(?)) > 0 OR instr(lower(v.path), lower(?)) > 0 OR instr("
        "(SELECT lower(CAST(t.body AS TEXT)) FROM text t WHERE t.id = v.text_id), lower(?)) > 0)"
    )
    values.extend((word, word, word))
