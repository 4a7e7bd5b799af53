"""What a manifest says: dependencies, indexes, includes, and the lines that could not be read."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class ManifestKind(Enum):
    """What a file's word on a version is worth. ``REQUIREMENTS`` are installed as they stand, ``INPUT`` is compiled
    into requirements first, ``CONSTRAINTS`` only bound what others ask for, ``INSTALLED`` was found in an
    environment."""

    REQUIREMENTS = "requirements"
    INPUT = "input"
    CONSTRAINTS = "constraints"
    PROJECT = "project"
    LOCK = "lock"
    INSTALLED = "installed"


class Origin(Enum):
    """Where a package is taken from."""

    INDEX = "index"
    VCS = "version control"
    URL = "a URL"
    LOCAL = "a local path"


class Dependency(Struct, frozen=True, kw_only=True):
    """One package that a manifest names.

    name      -- as it is written; key is its normalized form (PEP 503), "" where the line gives no name
    version   -- exactly pinned, else None
    specifier -- as written, "" for none
    hashes    -- pinned to at least one digest
    line      -- in the manifest, from 1
    direct    -- asked for by the project itself; None where the manifest can't tell
    requires  -- keys of the packages that it needs in turn
    reference -- where it comes from, for other origins than an index; may hold credentials, so never shown raw
    commit    -- the reference names a full commit, which can't be moved
    """

    name: str
    key: str
    version: str | None = None
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str | None = None
    hashed: bool = False
    line: int = 1
    direct: bool | None = None
    groups: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    origin: Origin = Origin.INDEX
    reference: str | None = None
    commit: bool = False


class Problem(Struct, frozen=True):
    """Something in a manifest that could not be read, and where."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class IndexUse(Enum):
    """How a manifest refers to a package index."""

    MAIN = "main"
    EXTRA = "extra"
    TRUSTED_HOST = "trusted host"


class PackageIndex(Struct, frozen=True):
    """A package index, or a host whose certificate is not checked."""

    use: IndexUse
    url: str
    line: int


class Include(Struct, frozen=True):
    """``-r`` or ``-c``: another file, as written, relative to the one that names it."""

    path: str
    line: int
    constraint: bool


class Manifest(Struct, frozen=True, kw_only=True):
    """All that one file says. ``path`` is relative to the project, with ``/``."""

    path: str
    kind: ManifestKind
    dependencies: tuple[Dependency, ...] = ()
    problems: tuple[Problem, ...] = ()
    indexes: tuple[PackageIndex, ...] = ()
    includes: tuple[Include, ...] = ()


class MalformedManifest(Exception):
    """A manifest that can't be read at all; the text is one line that says where and why."""
