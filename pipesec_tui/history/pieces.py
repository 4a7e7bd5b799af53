"""Long lists (coverage, components, lineage) stored so that what two assessments share is stored once.

A list is cut into pieces where the content says so, hence a row that comes or goes changes one or two pieces and the
order stays. Source of the idea: content-defined chunking, as in rsync-like backup tools.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T", bound=Struct)

_MEAN = 64
"""A piece ends at a row whose checksum divides by this: pieces have as many rows in the mean."""
_MOST = 512

_encoder = msgspec.msgpack.Encoder()
_ids = msgspec.msgpack.Decoder(list[int])


def store_rows(connection: sqlite3.Connection, rows: Sequence[Struct]) -> bytes:
    """Store what is new of a list; the answer names its pieces in order."""
    ids: list[int] = []
    for body in _cut(rows):
        digest = blake2b(body, digest_size=16).digest()
        known = connection.execute("SELECT id FROM piece WHERE digest = ?", (digest,)).fetchone()
        if known is None:
            made = connection.execute(
                "INSERT INTO piece(digest, body) VALUES (?, ?) RETURNING id", (digest, zlib.compress(body, 1))
            )
            known = made.fetchone()
        ids.append(known[0])
    return _encoder.encode(ids)


def piece_ids(names: bytes) -> list[int]:
    """The ids in an answer of ``store_rows``."""
    return _ids.decode(names)


class RowReader(Generic[T]):
    """Reads lists of one kind back; pieces that two lists share are decoded once."""

    def __init__(self, connection: sqlite3.Connection, kind: type[T]) -> None:
        self._connection = connection
        self._decoder = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
        self._known: dict[int, list[T]] = {}

    def read(self, names: bytes | None) -> tuple[T, ...]:
        rows: list[T] = []
        for piece in piece_ids(names) if names is not None else ():
            known = self._known.get(piece)
            if known is None:
                body = self._connection.execute("SELECT body FROM piece WHERE id = ?", (piece,)).fetchone()[0]
                known = self._known[piece] = self._decoder.decode(zlib.decompress(body))
            rows.extend(known)
        return tuple(rows)


def _cut(rows: Sequence[Struct]) -> list[bytes]:
    """Rows as msgpack arrays of some 64 each."""
    pieces: list[bytes] = []
    start = 0
    for index, row in enumerate(rows):
        ends = zlib.crc32(_encoder.encode(row)) % _MEAN == 0
        if ends or index - start + 1 == _MOST or index == len(rows) - 1:
            pieces.append(_encoder.encode(rows[start : index + 1]))
            start = index + 1
    return pieces
