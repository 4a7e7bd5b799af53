"""What a repository tracks: the names in its index, read with dulwich's parser and checked here.

Format: gitformat-index(5).
"""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.project.bounded import read_bounded, reason_of

if TYPE_CHECKING:
    from dulwich.object_format import ObjectFormat

_MAX_INDEX = 512 << 20
_GITLINK = 0o160000
_TREE = 0o040000
_SKIP_WORKTREE = 0x4000


class IndexProblem(ValueError):
    """The index can't be read; the message says why, for a person."""


class Tracked(Struct, frozen=True):
    """Paths below a folder that the index names, relative to it, as ``os.fsdecode`` gives them.

    files      -- files and links
    submodules -- folders that are commits of another repository
    folders    -- all folders on the way to those
    unchecked  -- files and folders that a sparse checkout leaves out
    """

    files: frozenset[str] = frozenset()
    submodules: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()


def read_tracked(git_dir: str, prefix: str) -> Tracked:
    """What the index in ``git_dir`` names below ``prefix`` (empty, or with a slash at its end).

    A repository without an index tracks nothing yet. Raises IndexProblem.
    """
    try:
        content = read_bounded(os.path.join(git_dir, "index"), _MAX_INDEX)
    except FileNotFoundError:
        return Tracked()
    except OSError as error:
        raise IndexProblem(f"git's index can't be read: {reason_of(error)}") from None
    return _parse(content, prefix)


def _parse(content: bytes, prefix: str) -> Tracked:
    from dulwich.index import read_cache_entry, read_index_header

    files: set[str] = set()
    submodules: set[str] = set()
    unchecked: set[str] = set()
    object_format, trailer = _object_format(content)
    stream = BytesIO(content)
    try:
        version, count = read_index_header(stream)
        name = b""
        for _ in range(count):
            entry = read_cache_entry(stream, version, name, object_format)
            name = entry.name
            if stream.tell() > len(content) - trailer:
                raise ValueError("cut short")
            path = os.fsdecode(name)
            if not path.startswith(prefix):
                continue
            path = path[len(prefix) :]
            if entry.mode & 0o170000 == _GITLINK:
                submodules.add(path)
            elif entry.mode & 0o170000 != _TREE:
                files.add(path)
            if entry.extended_flags & _SKIP_WORKTREE:
                unchecked.add(path)
        extensions = _extensions(content[stream.tell() : len(content) - trailer])
    # dulwich's parser trusts its input: what a broken one makes it raise is not documented.
    except Exception as error:
        raise IndexProblem(f"git's index is damaged ({type(error).__name__})") from None
    if b"link" in extensions:
        raise IndexProblem("git's index is split; `git update-index --no-split-index` joins it")
    return Tracked(
        files=frozenset(files),
        submodules=frozenset(submodules),
        folders=frozenset(_folders(files | submodules)),
        unchecked=frozenset(unchecked),
    )


def _folders(paths: set[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found


def _object_format(content: bytes) -> tuple[ObjectFormat, int]:
    """SHA-1 or SHA-256, told by which of them the index ends with, and its length.

    An index may end with zeros instead (``index.skipHash``); that is taken for SHA-1. Raises IndexProblem.
    """
    from dulwich.object_format import SHA1, SHA256

    for object_format, name in ((SHA1, "sha1"), (SHA256, "sha256")):
        length = object_format.oid_length
        if hashlib.new(name, content[:-length], usedforsecurity=False).digest() == content[-length:]:
            return object_format, length
    if len(content) > 20 and content[-20:] == bytes(20):
        return SHA1, 20
    raise IndexProblem("git's index is damaged (its checksum does not match)")


def _extensions(content: bytes) -> set[bytes]:
    """The signatures of what stands behind the entries."""
    found, at = set(), 0
    while at + 8 <= len(content):
        found.add(content[at : at + 4])
        at += 8 + int.from_bytes(content[at + 4 : at + 8], "big")
    return found
