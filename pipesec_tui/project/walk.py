"""One walk over a project's folders: what is there, what is ignored, and what can't be looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

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
        tracked_folders: set[str] | None = None
        # A folder's path below ``start``, the .gitignore files on the way to it, and whether they ignore it.
        pending: list[tuple[str, tuple[IgnoreFile, ...], bool]] = [("", ignores, False)]
        while pending and not self.cut:
            below, active, hidden = pending.pop()
            entries = self._entries(start + below)
            if not hidden:
                active = self._with_own(start + below, base + below, entries, active)
            untracked = 0
            for entry in entries:
                path = below + entry.name
                if self._left <= 0:
                    self.cut = True
                    break
                self._left -= 1
                if entry.name == ".git" and is_git_dir(entry.path):
                    if below:
                        self.row(
                            f"{start}{below}", CoverageStatus.OK, "a repository of its own, walked as a plain folder"
                        )
                    continue
                if path in tracked.submodules and entry.is_dir(follow_symlinks=False):
                    # The .gitignore files above a submodule are another repository's.
                    pending.append((f"{path}/", (), False))
                elif entry.is_dir(follow_symlinks=False):
                    is_hidden = hidden or (bool(active) and is_ignored(base + path, True, active))
                    if is_hidden:
                        if tracked_folders is None:
                            tracked_folders = _folders(tracked)
                        if path not in tracked_folders:
                            if hidden:
                                untracked += self._count(entry.path)
                            else:
                                self._ignored_folder(f"{start}{path}/", self._count(entry.path))
                            continue
                    pending.append((f"{path}/", active, is_hidden))
                elif path in tracked.files:
                    self.seen.add(start + path)
                    self._take(start + path, entry)
                elif hidden:
                    untracked += 1
                elif active and is_ignored(base + path, False, active):
                    self.row(start + path, CoverageStatus.SKIPPED, IGNORED)
                else:
                    self._take(start + path, entry)
            if untracked:
                self._ignored_folder(start + below, untracked)

    def row(self, path: str, status: CoverageStatus, reason: str | None = None, count: int | None = None) -> None:
        """Says something of a file, or of a folder where the path ends with a slash."""
        asset = f"{'dir' if path.endswith('/') else 'file'}:{shown_path(path)[0]}"
        self.rows.append(Coverage(check=INVENTORY, asset=asset, status=status, reason=reason, count=count))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:
                return list(entries)
        except OSError as error:
            self.row(folder or "./", CoverageStatus.FAILED, f"can't be listed: {reason_of(error)}")
            return []

    def _with_own(
        self, folder: str, base: str, entries: list[os.DirEntry[str]], active: tuple[IgnoreFile, ...]
    ) -> tuple[IgnoreFile, ...]:
        """The .gitignore files that hold in a folder: those above, and its own if it has one."""
        if not any(entry.name == ".gitignore" for entry in entries):
            return active
        own, refused = read_ignore_file(os.path.join(self._root, folder), base)
        if refused:
            self.notes[f"{folder}.gitignore"] = (
                f"{refused} of its patterns are not honored: more wildcards than can be matched safely, or no pattern"
            )
        return (*active, own) if own else active

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


def _folders(tracked: Tracked) -> set[str]:
    """All folders on the way to tracked files."""
    found: set[str] = set()
    for path in (*tracked.files, *(f"{path}/" for path in tracked.submodules)):
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found
