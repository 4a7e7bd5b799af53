"""Revisions of a repository: naming them, reading their files, and what was renamed between two.

Reads refs and objects alone. The repository's configuration, attributes, filters and hooks are never read, so that
nothing in it can make anything run. Alternates (``objects/info/alternates``) are followed, since clones made with
``--reference`` are incomplete without; objects are verified against their names wherever they come from.
"""

from __future__ import annotations

import os
import re
import stat
import weakref
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.project.bounded import kind_of, read_bounded
from pipesec_tui.project.git_dir import GitDir, find_git_dir
from pipesec_tui.project.problems import printable

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import Commit, ObjectID, ShaFile, Tree

MAX_BLOB = 256 << 20
MAX_DEPTH = 100
MAX_ALTERNATES = 16
MAX_STEPS = 10_000
"""Commits that ``HEAD~n`` may go back."""

_STEP = re.compile(r"\^\{(?:commit)?\}|([~^])(\d{0,6})")
_HEX_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_REF_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""Where a short name is looked for, in git's order: gitrevisions(7)."""


class RevisionError(ValueError):
    """A revision can't be used; the message is one line that says why."""


class TreeFile(Struct, frozen=True):
    """A regular file of a revision; ``path`` as ``os.fsdecode`` gives it."""

    path: str
    object: str
    executable: bool


class Repository:
    """A repository, for reading. Missing and broken objects raise RevisionError.

    Packs that were opened are closed with ``close`` or the end of a ``with``, at the latest with the object.
    """

    def __init__(self, git_dir: GitDir) -> None:
        self._dir = git_dir
        self._objects = os.path.join(git_dir.common, "objects")

    @cached_property
    def _store(self) -> DiskObjectStore:
        from dulwich.object_format import SHA1, SHA256
        from dulwich.object_store import DiskObjectStore

        _refuse_odd_stores(self._objects)
        head = self._dir.head() or ""
        object_format = SHA256 if len(head) == 64 else SHA1
        store = DiskObjectStore(self._objects, object_format=object_format, loose_object_size_limit=MAX_BLOB)
        weakref.finalize(self, store.close)
        return store

    def close(self) -> None:
        """Closes packs that were opened."""
        if "_store" in self.__dict__:
            self._store.close()

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def find(cls, root: Path) -> Repository | None:
        """The repository whose work tree holds a folder, or None."""
        git_dir = find_git_dir(str(root))
        return cls(git_dir) if git_dir else None

    @property
    def work_tree(self) -> Path:
        """The folder that is under version control."""
        return Path(self._dir.work_tree)

    def head(self) -> str | None:
        """The commit that is checked out, in hexadecimal; None before the first one."""
        return self._dir.head()

    def branch(self) -> str | None:
        """The branch that is checked out; None with a detached HEAD."""
        return self._dir.branch()

    def default_branch(self) -> str | None:
        """The branch that others are compared with: that of ``origin``, else ``main`` or ``master``, else the one that
        is checked out."""
        origin = self._dir.symbolic("refs/remotes/origin/HEAD")
        if origin is not None and origin.startswith("refs/remotes/origin/"):
            return origin.removeprefix("refs/remotes/origin/")
        for name in ("main", "master"):
            if self._dir.ref(f"refs/heads/{name}") is not None:
                return name
        return self.branch()

    def resolve(self, revision: str) -> str:
        """The commit that a revision names, in hexadecimal.

        Taken are ``HEAD``, branches, tags, remote branches, full refs, and the first four or more digits of a commit,
        each with any number of ``~n``, ``^``, ``^n`` and ``^{commit}`` behind.
        """
        at = min((i for i in (revision.find("~"), revision.find("^")) if i >= 0), default=len(revision))
        name, steps = revision[:at], revision[at:]
        commit = self._commit(self._named(name, revision))
        while steps:
            step = _STEP.match(steps)
            if step is None:
                raise RevisionError(f"{_quote(revision)} is not a revision")
            steps = steps[step.end() :]
            if step[1] == "~":
                count = int(step[2] or 1)
                if count > MAX_STEPS:
                    raise RevisionError(f"{_quote(revision)} goes back more than {MAX_STEPS} commits")
                for _ in range(count):
                    commit = self._parent(commit, 1, revision)
            elif step[1] == "^" and step[2] != "0":
                commit = self._parent(commit, int(step[2] or 1), revision)
        return commit.id.decode("ascii")

    def files(self, revision: str) -> Iterator[TreeFile]:
        """The regular files of a revision, in the order of its trees. Links and submodules are left out.

        Raises RevisionError at a name that no work tree may have (``..``, ``.git``).
        """
        return self._files(self._tree(revision), "", 0)

    def read(self, revision: str, path: str) -> bytes | None:
        """The content of a file in a revision; None where it has no such regular file."""
        tree = self._tree(revision)
        *folders, name = os.fsencode(path).split(b"/")
        from dulwich.objects import Blob, Tree

        for folder in folders:
            if folder not in tree:
                return None
            below = self._object(tree[folder][1]) if tree[folder][0] == 0o040000 else None
            if not isinstance(below, Tree):
                return None
            tree = below
        if name not in tree or tree[name][0] & 0o170000 != 0o100000:
            return None
        blob = self._object(tree[name][1])
        return bytes(blob.data) if isinstance(blob, Blob) else None

    def materialize(
        self, revision: str, dest: Path, *, max_files: int = 500_000, max_bytes: int = 8 << 30
    ) -> tuple[str, ...]:
        """Writes a revision's regular files below an empty folder, which is made where it is missing.

        Contents are written as they are stored, without filters or line-end conversion. Returns the paths written.
        Raises RevisionError, for a revision beyond the bounds too, and OSError where writing fails or ``dest`` isn't
        empty; what was written until then is left to the caller, who owns ``dest``.
        """
        from dulwich.objects import Blob

        dest.mkdir(parents=True, exist_ok=True)
        if any(dest.iterdir()):
            raise FileExistsError(f"{dest} is not empty")
        written: list[str] = []
        left = max_bytes
        for file in self.files(revision):
            blob = self._object(file.object.encode("ascii"))
            if not isinstance(blob, Blob):
                raise RevisionError(f"{_quote(revision)} has something that isn't a file at {_quote(file.path)}")
            content = blob.data
            left -= len(content)
            if len(written) >= max_files or left < 0:
                raise RevisionError(f"{_quote(revision)} has more than {max_files} files or {max_bytes >> 20} MB")
            # All folders on the way were made here: with links left out, none of them can lead outside.
            target = os.path.join(dest, file.path)
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            mode = 0o755 if file.executable else 0o644
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            written.append(file.path)
        return tuple(written)

    def renames(self, base: str, head: str, *, max_files: int = 200) -> dict[str, str]:
        """Files that have another path in ``head`` than in ``base``: old path to new path.

        Files of equal content are always matched; similar ones (60 % of their lines, dulwich's threshold) where at
        most ``max_files`` were added and as many deleted, since that is quadratic.
        """
        from dulwich.diff_tree import CHANGE_RENAME, RenameDetector

        old, new = self._tree(base), self._tree(head)
        try:
            changes = RenameDetector(self._store, max_files=max_files).changes_with_renames(old.id, new.id)
        except Exception as error:
            raise _broken(error) from None
        found = {}
        for change in changes:
            if change.type == CHANGE_RENAME and change.old and change.new and change.old.path and change.new.path:
                found[os.fsdecode(change.old.path)] = os.fsdecode(change.new.path)
        return found

    def _named(self, name: str, revision: str) -> ObjectID:
        from dulwich.objects import ObjectID

        for place in _REF_PLACES:
            # Files such as ``config`` lie where refs of one word do; those are written in capitals.
            if place == "{}" and not (name.startswith("refs/") or (name.isupper() and "/" not in name)):
                continue
            found = self._dir.ref(place.format(name)) if name else None
            if found is not None:
                return ObjectID(found.encode("ascii"))
        if _HEX_PREFIX.fullmatch(name.lower()):
            matches = self._starting_with(name.lower())
            if len(matches) == 1:
                return ObjectID(matches[0])
            if matches:
                raise RevisionError(f"{_quote(revision)} is the beginning of several commits; give more digits")
        raise RevisionError(f"no branch, tag or commit is called {_quote(name)}")

    def _starting_with(self, prefix: str) -> list[bytes]:
        """Commits and tags whose name starts so; all objects if there is just one."""
        from dulwich.objects import Commit, Tag

        try:
            found = [
                bytes(name)
                for _, name in zip(range(1000), self._store.iter_prefix(prefix.encode("ascii")), strict=False)
            ]
        except Exception as error:
            raise _broken(error) from None
        if len(found) < 2:
            return found
        return [name for name in found if isinstance(self._object(name), Commit | Tag)]

    def _commit(self, name: bytes) -> Commit:
        """A commit, through any annotated tags that lead to it."""
        from dulwich.objects import Commit, Tag

        for _ in range(MAX_DEPTH):
            found = self._object(name)
            if isinstance(found, Commit):
                return found
            if not isinstance(found, Tag):
                raise RevisionError(f"{name.decode('ascii', 'replace')} is a {found.type_name.decode()}, not a commit")
            name = found.object[1]
        raise RevisionError("a tag leads to too many other tags")

    def _parent(self, commit: Commit, number: int, revision: str) -> Commit:
        if number > len(commit.parents):
            raise RevisionError(f"{_quote(revision)} goes beyond the first commit")
        try:
            return self._commit(commit.parents[number - 1])
        except RevisionError as error:
            if os.path.lexists(os.path.join(self._dir.common, "shallow")):
                raise RevisionError(f"{_quote(revision)} is not in this shallow clone; fetch more of it") from None
            raise error

    def _tree(self, revision: str) -> Tree:
        from dulwich.objects import Tree

        tree = self._object(self._commit(self.resolve(revision).encode("ascii")).tree)
        if not isinstance(tree, Tree):
            raise RevisionError(f"{_quote(revision)} has no tree")
        return tree

    def _files(self, tree: Tree, above: str, depth: int) -> Iterator[TreeFile]:
        from dulwich.objects import Tree

        if depth > MAX_DEPTH:
            raise RevisionError(f"folders are nested more than {MAX_DEPTH} deep at {_quote(above)}")
        for name, mode, sha in tree.iteritems():
            if _is_forbidden(name):
                raise RevisionError(
                    f"a tree holds a name that no work tree may have: {_quote(above + os.fsdecode(name))}"
                )
            path = above + os.fsdecode(name)
            if mode == 0o040000:
                below = self._object(sha)
                if not isinstance(below, Tree):
                    raise RevisionError(f"{_quote(path)} is not a folder")
                yield from self._files(below, f"{path}/", depth + 1)
            elif mode & 0o170000 == 0o100000:
                yield TreeFile(path, sha.decode("ascii"), bool(mode & 0o100))

    def _object(self, name: bytes) -> ShaFile:
        from dulwich.objects import Commit, ObjectID, Tag, Tree

        self._refuse_odd(name)
        store = self._store
        try:
            found = store[ObjectID(name)]
            # dulwich puts off parsing; a broken object is to be told here.
            if isinstance(found, Tree):
                found.items()
            elif isinstance(found, Commit | Tag):
                _ = found.parents if isinstance(found, Commit) else found.object
        # What dulwich raises at missing and damaged objects is not documented and has no common ancestor.
        except Exception as error:
            raise _broken(error, name) from None
        return found

    def _refuse_odd(self, name: bytes) -> None:
        """A FIFO in an object's place would block whoever opens it."""
        text = name.decode("ascii", "replace")
        try:
            mode = os.lstat(os.path.join(self._objects, text[:2], text[2:])).st_mode
        except OSError:
            return
        if mode & 0o170000 != 0o100000:
            raise RevisionError(f"object {text} is {kind_of(mode)}")


def _refuse_odd_stores(objects: str) -> None:
    """Raises RevisionError for what dulwich would not come back from: a FIFO or a device in the place of a pack or a
    list of alternates, which it would open, and alternates in a circle, which it would follow."""
    pending, seen = [objects], 0
    while pending:
        store = pending.pop()
        seen += 1
        if seen > MAX_ALTERNATES:
            raise RevisionError(f"git's objects have more than {MAX_ALTERNATES} alternates, or these lead in a circle")
        for folder in ("info", "pack"):
            _refuse_odd_files(os.path.join(store, folder))
        try:
            lines = os.fsdecode(read_bounded(os.path.join(store, "info/alternates"), 1 << 16)).splitlines()
        except OSError:
            continue
        pending += [os.path.join(store, line) for line in lines if line and not line.startswith("#")]


def _refuse_odd_files(folder: str) -> None:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                mode = entry.stat().st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise RevisionError(f"{printable(entry.name)} among git's objects is {kind_of(mode)}")
    except OSError:
        return


def _broken(error: Exception, name: bytes = b"") -> RevisionError:
    what = f"object {name.decode('ascii', 'replace')}" if name else "an object"
    if isinstance(error, KeyError):
        return RevisionError(f"{what} is missing from the repository; fetch it again")
    return RevisionError(f"{what} is damaged ({type(error).__name__}: {printable(str(error))})")


def _is_forbidden(name: bytes) -> bool:
    return name.lower() in (b"", b".", b"..", b".git") or b"/" in name or b"\0" in name


def _quote(text: str) -> str:
    return f'"{printable(text)}"'
