"""Writing findings' versions: new texts, findings and versions in bulk, and the end of those that are over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipesec_tui.history.rows import COLUMNS, columns_of, text_digest, text_of
from pipesec_tui.model.finding import Finding

_CHUNK = 500


class Begin(NamedTuple):
    """A version that begins. ``key`` is the finding's number; None where the finding is new to the project."""

    finding: Finding
    key: int | None
    began: str
    match_pass: int | None
    doubt: str | None


class End(NamedTuple):
    """A version that ends, and why."""

    version: int
    ended: str
    reason: str | None


class VersionWriter:
    """Writes what an assessment, number ``seq`` of a branch, changes."""

    def __init__(self, connection: sqlite3.Connection, project_key: int, branch_key: int, seq: int) -> None:
        self._connection = connection
        self._project, self._branch, self._seq = project_key, branch_key, seq

    def end(self, ends: Iterable[End], last_seq: int) -> None:
        """End versions; ``last_seq`` is the last assessment that had them."""
        self._connection.executemany(
            "UPDATE version SET last_seq = ?, ended = ?, ended_reason = ? WHERE id = ?",
            ((last_seq, one.ended, one.reason, one.version) for one in ends),
        )

    def begin(self, begins: Sequence[Begin]) -> None:
        """Begin versions, with their findings and texts where those are new."""
        texts = self._texts([text_of(one.finding) for one in begins])
        keys = self._findings(begins)
        branch, seq = self._branch, self._seq
        self._connection.executemany(
            f"INSERT INTO version(branch_id, first_seq, finding_id, text_id, began, match_pass, doubt, {COLUMNS}) "  # noqa: S608  constant
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (branch, seq, key, text, one.began, one.match_pass, one.doubt, *columns_of(one.finding))
                for one, key, text in zip(begins, keys, texts, strict=True)
            ),
        )

    def _findings(self, begins: Sequence[Begin]) -> list[int]:
        following = self._next("finding")
        keys: list[int] = []
        new: list[tuple[int, int, str, str | None]] = []
        for one in begins:
            key = one.key
            if key is None:
                key, following = following, following + 1
                new.append((key, self._project, one.finding.id, one.finding.first_seen))
            keys.append(key)
        self._connection.executemany("INSERT INTO finding(id, project_id, uid, first_seen) VALUES (?, ?, ?, ?)", new)
        return keys

    def _texts(self, bodies: Sequence[bytes]) -> list[int]:
        digests = [text_digest(body) for body in bodies]
        following = self._next("text")
        known = self._known_texts(digests) if following > 1 else {}
        new: list[tuple[int, bytes, bytes]] = []
        keys: list[int] = []
        for digest, body in zip(digests, bodies, strict=True):
            key = known.get(digest)
            if key is None:
                key = known[digest] = following
                following += 1
                new.append((key, digest, body))
            keys.append(key)
        self._connection.executemany("INSERT INTO text(id, digest, body) VALUES (?, ?, ?)", new)
        return keys

    def _known_texts(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        known: dict[bytes, int] = {}
        wanted = list(dict.fromkeys(digests))
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(some))
            known.update(self._connection.execute(f"SELECT digest, id FROM text WHERE digest IN ({marks})", some))  # noqa: S608  marks
        return known

    def _next(self, table: str) -> int:
        found: int = self._connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]  # noqa: S608  constant
        return found
