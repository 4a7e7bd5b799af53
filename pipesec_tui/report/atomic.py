"""Writing a report to a file: whole, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO


class ReportError(Exception):
    """A report can't be written; the message is one line for the user."""


def write_atomic(path: Path, render: Callable[[TextIO], None]) -> None:
    """Call ``render`` with a stream and put what it wrote in place of ``path``.

    The text goes to a file beside it, is synced, and takes the name only when it is complete: a reader sees the old
    report or the new one, and a failure leaves nothing behind. A link is replaced, not followed. What isn't a regular
    file (a terminal, a pipe, /dev/null) is written to as it is. Raises ReportError where the system refuses; what
    ``render`` raises passes through.
    """
    try:
        if _is_device(path):
            with path.open("w", encoding="utf-8", newline="") as stream:
                render(stream)
            return
        _replace(path, render)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}") from error


def _replace(path: Path, render: Callable[[TextIO], None]) -> None:
    beside = path.parent / f".pipesec-{secrets.token_hex(8)}.tmp"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            render(stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; not every file system lets a folder be synced, and the content is safe already."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_device(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
