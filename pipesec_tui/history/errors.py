"""What can go wrong with the history, each in one line that says what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HistoryError(Exception):
    """The history cannot be read or written. Its text is one line: what, where, what next."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into ``HistoryError``. Nothing has been stored where it is raised."""
    try:
        yield
    except sqlite3.Error as error:
        raise HistoryError(_why(error, path)) from error
    except OSError as error:
        raise HistoryError(_why_system(error, path)) from error


def _why(error: sqlite3.Error, path: Path) -> str:
    text = " ".join(str(error).split())
    lower = text.lower()
    if "disk is full" in lower:
        return f"no room left to store the assessment in {path}; nothing was stored: free some space and assess again"
    if "locked" in lower or "busy" in lower:
        return f"the history {path} is in use by another pipesec; wait for it to end, then try again"
    if "readonly" in lower or "read-only" in lower:
        return f"the history {path} may not be written; make it and its folder writable, or set PIPESEC_HOME"
    if "malformed" in lower or "not a database" in lower or "corrupt" in lower:
        return f"the history {path} is damaged ({text}); move it away, or put back a copy made by `pipesec db backup`"
    if "unable to open" in lower:
        return f"the history {path} cannot be opened; check that its folder exists and may be written"
    if "disk i/o" in lower:
        return f"the history {path} could not be read or written ({text}); check the disk and the room on it"
    return f"the history {path} could not be used: {text}"


def _why_system(error: OSError, path: Path) -> str:
    where = error.filename or path
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no room left for {where}; nothing was stored: free some space and assess again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where} may not be written; make it writable, or set PIPESEC_HOME"
    return f"{where} could not be used: {error.strerror or error}"
