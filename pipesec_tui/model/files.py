"""The inventory of a project's files: what there is to look at."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.coverage import Coverage


class FileEntry(Struct, frozen=True, kw_only=True):
    """One regular file of the project.

    path     -- relative to the project, with ``/``; bytes that are not UTF-8 are written as ``\\xNN``
    raw      -- the name's bytes, where ``path`` could not carry them
    size     -- bytes
    mtime_ns -- time of the last change, nanoseconds since the epoch
    digest   -- BLAKE2b-128 of the content, keyed with this installation's key so that it says nothing elsewhere
    mode     -- permission bits
    """

    path: str
    raw: bytes | None = None
    size: int
    mtime_ns: int
    digest: str
    mode: int = 0o644


class Inventory(Struct, frozen=True, kw_only=True):
    """All files of an assessment, found once, in the order of their paths.

    root     -- absolute path of the project
    files    -- what checks are given
    coverage -- a row of check ``inventory`` for every file: ``ok``, or left out and why
    commit   -- of the checked-out revision, where there is a repository
    branch   -- checked out, where there is one
    """

    root: str
    files: tuple[FileEntry, ...]
    coverage: tuple[Coverage, ...]
    commit: str | None = None
    branch: str | None = None
