"""A piece to look at: a file, or what lies in one."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from msgspec import Struct

from pipesec_artifacts.weakness import MAX_IN_MEMORY, Exhausted, Inspection, metered

HEAD = 1_024
"""Bytes that a format is recognized by."""


class Part(Struct, frozen=True, kw_only=True):
    """``name`` decides what it claims to be; ``member`` is its path within the file, empty for the file itself.

    open     -- gives a new stream from the start
    size     -- bytes, None where only reading tells
    seekable -- whether the stream can be read from its end
    packed   -- bytes that it is expanded from, None where it isn't compressed
    """

    name: str
    member: str
    open: Callable[[], BinaryIO]
    size: int | None = None
    seekable: bool = False
    packed: int | None = None
    depth: int = 0

    def stream(self, inspection: Inspection) -> io.BufferedReader:
        """A new stream whose bytes are counted."""
        return metered(self.open(), inspection, self.packed)

    def head(self, inspection: Inspection) -> bytes:
        """The first bytes."""
        with self.stream(inspection) as stream:
            return stream.read(HEAD)

    def whole(self, inspection: Inspection) -> BinaryIO:
        """A stream that can be read from its end; held in memory where it is compressed. Raises Exhausted where it is
        too large for that."""
        if self.seekable:
            return self.open()
        with self.stream(inspection) as stream:
            content = stream.read(MAX_IN_MEMORY + 1)
        if len(content) > MAX_IN_MEMORY:
            raise Exhausted(f"larger than {MAX_IN_MEMORY >> 20} MiB and compressed: not looked at")
        return io.BytesIO(content)
