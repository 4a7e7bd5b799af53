"""Finding a git repository and reading its HEAD and refs, without git and without its configuration.

The `git` command runs what a repository's configuration tells it to (``core.fsmonitor``, filters, hooks), so that it is
never used on a project. Formats: gitrepository-layout(5), git-pack-refs(1).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec import Struct

from pipesec_tui.project.bounded import read_bounded

_MAX_REF = 4096
_MAX_PACKED_REFS = 64 << 20
_MAX_HOPS = 5
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BAD_REF = re.compile(r"(?:^|/)\.|\.\.|//|[\x00-\x20~^:?*\[\\\x7f]|/$|\.lock$")


class GitDir(Struct, frozen=True, kw_only=True):
    """Where a repository is. All paths are absolute.

    work_tree -- the folder that `.git` is in
    path      -- of HEAD and index; may lie outside the project (a worktree's), and is only ever read
    common    -- of refs and objects; the same as ``path`` but in a worktree
    """

    work_tree: str
    path: str
    common: str

    def head(self) -> str | None:
        """The commit that is checked out, in hexadecimal; None before the first one."""
        return self.ref("HEAD")

    def branch(self) -> str | None:
        """The branch that is checked out, without ``refs/heads/``; None with a detached HEAD."""
        target = self.symbolic("HEAD") or ""
        return target.removeprefix("refs/heads/") if target.startswith("refs/heads/") else None

    def symbolic(self, name: str) -> str | None:
        """The ref that a symbolic ref names, None for one that isn't symbolic."""
        text = self._read(name)
        if text is None or not text.startswith("ref:"):
            return None
        target = text[4:].strip()
        return target if target.startswith("refs/") and not _BAD_REF.search(target) else None

    def ref(self, name: str) -> str | None:
        """The object that a ref (``HEAD``, ``refs/heads/main``) leads to, in hexadecimal, or None."""
        for _ in range(_MAX_HOPS):
            text = self._read(name)
            if text is None:
                return self.packed_refs().get(name)
            if not text.startswith("ref:"):
                return text if _HEX.fullmatch(text) else None
            target = self.symbolic(name)
            if target is None:
                return None
            name = target
        return None

    def packed_refs(self) -> dict[str, str]:
        """The refs in ``packed-refs``; none where that file is absent or can't be read."""
        try:
            content = read_bounded(os.path.join(self.common, "packed-refs"), _MAX_PACKED_REFS)
        except OSError:
            return {}
        refs = {}
        for line in content.decode("utf-8", "replace").splitlines():
            value, _, name = line.partition(" ")
            if _HEX.fullmatch(value) and not _BAD_REF.search(name):
                refs[name] = value
        return refs

    def _read(self, name: str) -> str | None:
        if _BAD_REF.search(name):
            return None
        for folder in dict.fromkeys((self.path, self.common)):
            try:
                return read_bounded(os.path.join(folder, name), _MAX_REF).decode("utf-8", "replace").strip()
            except OSError:
                continue
        return None


def find_git_dir(root: str) -> GitDir | None:
    """The repository whose work tree holds a folder; None where there is none, or one without a HEAD."""
    folder = str(Path(root).absolute())
    while True:
        found = _git_dir_in(folder)
        if found is not None or os.path.lexists(os.path.join(folder, ".git")):
            return found
        above = str(Path(folder).parent)
        if above == folder:
            return None
        folder = above


def is_git_dir(path: str) -> bool:
    """Whether something called `.git` is a repository's, or a file that leads to one."""
    if Path(path).is_dir():
        return any(os.path.lexists(os.path.join(path, name)) for name in ("HEAD", "objects", "refs"))
    try:
        return read_bounded(path, _MAX_REF).startswith(b"gitdir:")
    except OSError:
        return False


def _git_dir_in(folder: str) -> GitDir | None:
    path = os.path.join(folder, ".git")
    if not Path(path).is_dir():
        try:
            text = os.fsdecode(read_bounded(path, _MAX_REF)).strip()
        except OSError:
            return None
        if not text.startswith("gitdir:"):
            return None
        path = os.path.normpath(os.path.join(folder, text[len("gitdir:") :].strip()))
    if "\0" in path or not Path(path, "HEAD").is_file():
        return None
    common = path
    try:
        line = os.fsdecode(read_bounded(os.path.join(path, "commondir"), _MAX_REF)).strip()
        if line and "\0" not in line:
            common = os.path.normpath(os.path.join(path, line))
    except OSError:
        pass
    return GitDir(work_tree=folder, path=path, common=common)
