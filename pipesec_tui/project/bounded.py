"""Reading and replacing files next to a hostile project: bounded, never through a link, never blocking."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A link is refused, and a FIFO that took a file's place does not block."""


class NotReadable(OSError):
    """Something that isn't a regular file, or is too large; the message says which."""


def open_regular(path: str | os.PathLike[str]) -> tuple[int, os.stat_result]:
    """A file descriptor of a regular file and its status. Raises OSError; ``NotReadable`` for anything else there."""
    descriptor = os.open(path, OPEN_FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotReadable(f"is {kind_of(status.st_mode)}, not a file")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def read_bounded(path: str | os.PathLike[str], limit: int) -> bytes:
    """A regular file's content. Raises OSError; ``NotReadable`` where it has more than ``limit`` bytes."""
    descriptor, status = open_regular(path)
    with os.fdopen(descriptor, "rb") as stream:
        if status.st_size > limit:
            raise NotReadable(f"is larger than {megabytes(limit)}")
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise NotReadable(f"is larger than {megabytes(limit)}")
    return content


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Puts a file in place whole or not at all. Raises OSError and leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def kind_of(mode: int) -> str:
    """What a mode's file type is called: ``a FIFO``, ``a socket`` …"""
    return _KINDS.get(stat.S_IFMT(mode), "something unknown")


_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a directory",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


def megabytes(size: int) -> str:
    """A limit as people write it."""
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size} bytes"


def reason_of(error: OSError) -> str:
    """An OSError without its number and path: ``Permission denied``."""
    return error.strerror or str(error)
