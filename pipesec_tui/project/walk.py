"""One walk over a project's folders: what is there, what is ignored, and what can't be looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.project.bounded import kind_of, reason_of
from pipesec_tui.project.git_dir import is_git_dir
from pipesec_tui.project.git_index import Tracked
from pipesec_tui.project.ignoring import IgnoreFile, is_ignored, read_ignore_file
from pipesec_tui.project.paths import shown_path

MAX_COUNTED = 10_000
"""Files in an ignored folder are counted up to here: enough to tell a cache from a virtual environment."""

IGNORED = "ignored by .gitignore"


class Found:
    """A regular file: its path relative to the project as ``os`` has it, and its status."""

    __slots__ = ("path", "status")

    def __init__(self, path: str, status: os.stat_result) -> None:
        self.path = path
        self.status = status


class _Tree(Struct, frozen=True):
    """What is walked at once: see ``Walk.folder``."""

    start: str
    base: str
    tracked: Tracked


class _Folder(Struct, frozen=True):
    """A folder to walk: its path below the tree's start, the .gitignore files on the way, and whether they ignore it,
    so that only tracked files in it count."""

    below: str
    ignores: tuple[IgnoreFile, ...]
    hidden: bool


class Walk:
    """Walks folders that belong to one project; ``files``, ``links`` and ``rows`` grow.

    root      -- absolute path of the project; all paths are relative to it
    max_files -- the walk ends after so many directory entries, and ``cut`` says so
    """

    def __init__(self, root: str, max_files: int) -> None:
        self.files: list[Found] = []
        self.links: list[str] = []
        self.rows: list[Coverage] = []
        self.notes: dict[str, str] = {}
        self.seen: set[str] = set()
        self.cut = False
        self._root = root
        self._left = max_files

    def folder(self, start: str, base: str, tracked: Tracked, ignores: tuple[IgnoreFile, ...]) -> None:
        """Walks one folder.

        start   -- path of the folder relative to the project, empty or with a slash at its end
        base    -- path of the folder as .gitignore files on the way to it see it, empty or with a slash at its end
        tracked -- what git tracks in it, relative to it
        ignores -- .gitignore files above it
        """
        tree = _Tree(start, base, tracked)
        pending = [_Folder("", ignores, hidden=False)]
        while pending and not self.cut:
            pending += self._one(tree, pending.pop())

    def _one(self, tree: _Tree, folder: _Folder) -> Iterator[_Folder]:
        """Takes one folder's files, and gives the folders in it that are to be walked."""
        here = tree.start + folder.below
        entries = self._entries(here)
        # Where a folder is ignored, git does not read the .gitignore files in it.
        active = folder.ignores if folder.hidden else self._with_own(here, tree.base + folder.below, entries, folder)
        untracked = 0
        for entry in entries:
            if self._left <= 0:
                self.cut = True
                break
            self._left -= 1
            path = folder.below + entry.name
            if entry.name == ".git" and is_git_dir(entry.path):
                if folder.below:
                    self.row(here, CoverageStatus.OK, "a repository of its own, walked as a plain folder")
            elif entry.is_dir(follow_symlinks=False):
                hidden = folder.hidden or is_ignored(tree.base + path, True, active)
                if path in tree.tracked.submodules:
                    # The .gitignore files above a submodule are another repository's.
                    yield _Folder(f"{path}/", (), hidden=False)
                elif not hidden or path in tree.tracked.folders:
                    yield _Folder(f"{path}/", active, hidden=hidden)
                elif folder.hidden:
                    untracked += self._count(entry.path)
                else:
                    self._ignored_folder(f"{tree.start}{path}/", self._count(entry.path))
            elif path in tree.tracked.files:
                self.seen.add(tree.start + path)
                self._take(tree.start + path, entry)
            elif folder.hidden:
                untracked += 1
            elif is_ignored(tree.base + path, False, active):
                self.row(tree.start + path, CoverageStatus.SKIPPED, IGNORED)
            else:
                self._take(tree.start + path, entry)
        if untracked:
            self._ignored_folder(here, untracked)

    def row(self, path: str, status: CoverageStatus, reason: str | None = None, count: int | None = None) -> None:
        """Says something of a file, or of a folder where the path ends with a slash."""
        asset = f"{'dir' if path.endswith('/') else 'file'}:{shown_path(path)[0]}"
        self.rows.append(Coverage(check=INVENTORY, asset=asset, status=status, reason=reason, count=count))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:
                return list(islice(entries, self._left + 1))
        except OSError as error:
            self.row(folder or "./", CoverageStatus.FAILED, f"can't be listed: {reason_of(error)}")
            return []

    def _with_own(
        self, here: str, base: str, entries: list[os.DirEntry[str]], folder: _Folder
    ) -> tuple[IgnoreFile, ...]:
        """The .gitignore files that hold in a folder: those above, and its own if it has one."""
        if not any(entry.name == ".gitignore" for entry in entries):
            return folder.ignores
        own, refused = read_ignore_file(os.path.join(self._root, here), base)
        if refused:
            self.notes[f"{here}.gitignore"] = (
                f"{refused} of its patterns are not honored: more wildcards than can be matched safely, or no pattern"
            )
        return (*folder.ignores, own) if own else folder.ignores

    def _take(self, path: str, entry: os.DirEntry[str]) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.row(path, CoverageStatus.FAILED, f"can't be read: {reason_of(error)}")
            return
        if stat.S_ISREG(status.st_mode):
            self.files.append(Found(path, status))
        elif stat.S_ISLNK(status.st_mode):
            self.links.append(path)
        else:
            self.row(path, CoverageStatus.SKIPPED, f"{kind_of(status.st_mode)}, which is never opened")

    def _ignored_folder(self, path: str, count: int) -> None:
        many = " (that many files or more)" if count >= MAX_COUNTED else ""
        self.row(path, CoverageStatus.SKIPPED, IGNORED + many, count)

    def _count(self, folder: str) -> int:
        """How many entries that aren't folders lie below a folder, at most ``MAX_COUNTED``."""
        count = 0
        for _ in _below(folder):
            count += 1
            if count >= MAX_COUNTED:
                break
        return count


def _below(folder: str) -> Iterator[os.DirEntry[str]]:
    pending = [folder]
    steps = 0
    while pending and steps < MAX_COUNTED:
        steps += 1
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        yield entry
        except OSError:
            continue
