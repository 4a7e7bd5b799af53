"""Digests of files that did not change since they were last read, by what the file system says of them.

What is remembered is trusted only if size, times and inode are the same, and if the file had come to rest when it was
read: one that was written within ``RACY_NS`` of being read could have changed again without its time telling (git's
"racily clean" rule, Documentation/technical/racy-git.adoc, with a margin for file systems that count in seconds).
"""

from __future__ import annotations

import contextlib
import os
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import msgspec

from pipesec_tui.home import home
from pipesec_tui.project.bounded import read_bounded, replace_file

RACY_NS = 2_000_000_000
_MAX_FILE = 256 << 20
_VERSION = 1

Row: TypeAlias = tuple[int, int, int, int, bytes]
"""Size, mtime_ns, ctime_ns, inode and digest."""


class _Stored(msgspec.Struct, array_like=True):
    version: int
    key: bytes
    rows: dict[str, Row]


class StatCache:
    """One project's digests, in one file of the state directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = b""
        self._known: dict[str, Row] = {}
        self._next: dict[str, Row] = {}

    @classmethod
    def of(cls, root: Path) -> StatCache:
        """The cache of a project."""
        name = blake2b(os.fsencode(Path(root).absolute()), digest_size=16).hexdigest()
        return cls(home() / "cache" / "inventory" / f"{name}.msgpack")

    def open(self, key: bytes) -> None:
        """Reads what is remembered. Digests made with another installation key, and a file that can't be read or isn't
        a cache, are as none: it is only a cache."""
        self._key = blake2b(b"stat-cache", key=key, digest_size=16).digest()
        self._known, self._next = {}, {}
        with contextlib.suppress(OSError, msgspec.DecodeError):
            stored = msgspec.msgpack.decode(read_bounded(self._path, _MAX_FILE), type=_Stored)
            if stored.version == _VERSION and stored.key == self._key:
                self._known = stored.rows

    def get(self, path: str, status: os.stat_result) -> str | None:
        """The digest of a file in hexadecimal, if it is the one that was read."""
        row = self._known.get(path)
        if row is None or row[:4] != (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino):
            return None
        self._next[path] = row
        return row[4].hex()

    def put(self, path: str, status: os.stat_result, digest: str, read_ns: int) -> None:
        """Remembers a digest of a file whose reading began at ``read_ns`` (nanoseconds since the epoch)."""
        if max(status.st_mtime_ns, status.st_ctime_ns) < read_ns - RACY_NS:
            row = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, bytes.fromhex(digest))
            self._next[path] = row

    def close(self) -> None:
        """Stores what was asked for or put since ``open``; what was not is forgotten."""
        if self._next != self._known:
            stored = _Stored(_VERSION, self._key, self._next)
            with contextlib.suppress(OSError):
                replace_file(self._path, msgspec.msgpack.encode(stored))
