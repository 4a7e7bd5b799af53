"""One inventory of a project's files for all checks of an assessment, and a row for whatever is left out of it.

In a git work tree these are the tracked files, and the untracked ones that no .gitignore ignores; elsewhere all that no
.gitignore ignores. Nothing else can hide a file: neither the repository's configuration nor its ``info/exclude`` is
read, and no folder is left out for its name but `.git` itself. Links are never followed, and what isn't a regular file
is never opened.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.files import FileEntry, Inventory
from pipesec_tui.project.bounded import megabytes, open_regular, reason_of
from pipesec_tui.project.git_dir import GitDir, find_git_dir
from pipesec_tui.project.git_index import IndexProblem, Tracked, read_tracked
from pipesec_tui.project.ignoring import IgnoreFile, is_ignored, read_ignore_file
from pipesec_tui.project.installation_key import installation_key
from pipesec_tui.project.paths import shown_path
from pipesec_tui.project.stat_cache import StatCache
from pipesec_tui.project.walk import Walk

_CHUNK = 1 << 20


def take(
    root: Path,
    *,
    extra_roots: Sequence[str] = (),
    cache: StatCache | None = None,
    max_file: int = 64 << 20,
    max_files: int = 500_000,
) -> Inventory:
    """All files of a project.

    extra_roots -- other folders that belong to it (``[project] roots``), relative to ``root``: their files enter as
                   ``../infra/main.tf``. Absolute ones, and those that hold the project, are refused with a row: a
                   project must not make pipesec read all of a disk. The caller decides whether to trust the rest
    cache       -- digests from earlier times, read and stored again; None reads every file
    max_file    -- bytes; larger files are rows, not entries
    max_files   -- entries of folders; behind that the walk ends, and the summary row says so

    Raises OSError where ``root`` isn't a folder or the installation's key can't be kept.
    """
    top = os.path.realpath(root)
    if not Path(top).is_dir():
        raise NotADirectoryError(f"{root} is not a folder")
    walk = Walk(top, max_files)
    gaps: list[str] = []
    git_dir = _walk_root(walk, top, "", gaps)
    for extra in extra_roots:
        _walk_extra(walk, top, extra, gaps)
    files = _digested(walk, top, cache, max_file)
    _explain_links(walk, top, {file.path for file in files})
    if walk.cut:
        gaps.append(f"more than {max_files} entries; what lies behind them was not looked at")
    rows = [*walk.rows, *(_ok_row(file.path, walk.notes.get(file.path)) for file in files)]
    rows.sort(key=lambda row: row.asset.partition(":")[2])
    return Inventory(
        root=top,
        files=tuple(files),
        coverage=(_summary(len(files), gaps, rows), *rows),
        commit=git_dir.head() if git_dir else None,
        branch=git_dir.branch() if git_dir else None,
    )


def _walk_root(walk: Walk, folder: str, start: str, gaps: list[str]) -> GitDir | None:
    """Walks a folder that is a root; ``start`` is its path relative to the project, empty or with a slash."""
    git_dir = find_git_dir(folder)
    if git_dir is None:
        walk.folder(start, "", Tracked(), ())
        return None
    below = os.path.relpath(folder, git_dir.work_tree)
    base = "" if below == "." else f"{below}/"
    try:
        tracked = read_tracked(git_dir.path, base)
    except IndexProblem as problem:
        gaps.append(f"{problem}, so that files it tracks may be left out as ignored")
        tracked = Tracked()
    walk.folder(start, base, tracked, _ignores_above(git_dir.work_tree, base))
    if not walk.cut:
        _missing(walk, folder, start, tracked)
    return git_dir


def _ignores_above(work_tree: str, base: str) -> tuple[IgnoreFile, ...]:
    """The .gitignore files of the folders above one. Where they ignore the very folder that is asked for, they do not
    count."""
    above: tuple[IgnoreFile, ...] = ()
    parts = base.split("/")[:-1]
    for depth in range(len(parts)):
        folder = "".join(f"{part}/" for part in parts[:depth])
        own, _ = read_ignore_file(os.path.join(work_tree, folder), folder)
        above = (*above, own) if own else above
        if is_ignored(f"{folder}{parts[depth]}", True, above):
            return ()
    return above


def _missing(walk: Walk, folder: str, start: str, tracked: Tracked) -> None:
    """Rows for what git tracks and the walk did not meet."""
    for path in tracked.files:
        if start + path in walk.seen:
            continue
        if path in tracked.unchecked:
            why = "tracked, but left out of the working tree by a sparse checkout"
        elif os.path.lexists(os.path.join(folder, path)):
            why = "tracked, but not to be reached as a file: behind a link, or in a folder that can't be listed"
        else:
            why = "tracked, but missing from the working tree"
        walk.row(start + path, CoverageStatus.SKIPPED, why)
    for path in tracked.submodules:
        if not os.path.lexists(os.path.join(folder, path, ".git")):
            walk.row(f"{start}{path}/", CoverageStatus.SKIPPED, "submodule that is not checked out")


def _walk_extra(walk: Walk, top: str, extra: str, gaps: list[str]) -> None:
    if "\0" in extra or Path(extra).is_absolute():
        gaps.append(f"root {extra!r} is not a path relative to the project, and was not looked at")
        return
    folder = os.path.realpath(os.path.join(top, extra))
    start = os.path.relpath(folder, top) + "/"
    if folder == top or folder.startswith(top + os.sep):
        return
    if top.startswith(folder.rstrip(os.sep) + os.sep):
        gaps.append(f"root {extra!r} holds the project itself, and was not looked at; name the folders it needs")
    elif not Path(folder).is_dir():
        walk.row(start, CoverageStatus.FAILED, "a root of the project, but no such folder")
    else:
        _walk_root(walk, folder, start, gaps)


def _digested(walk: Walk, top: str, cache: StatCache | None, max_file: int) -> list[FileEntry]:
    """The files that were found with their digests, in the order of their paths; rows for those that can't be read."""
    key = installation_key()
    if cache is not None:
        cache.open(key)
    entries = []
    for found in walk.files:
        if found.status.st_size > max_file:
            walk.row(found.path, CoverageStatus.SKIPPED, f"larger than {megabytes(max_file)}")
            continue
        path, raw = shown_path(found.path)
        status = found.status
        digest = cache.get(path, status) if cache is not None else None
        if digest is None:
            read_ns = time.time_ns()
            try:
                digest, status = _digest(os.path.join(top, found.path), key, max_file)
            except OSError as error:
                walk.row(found.path, CoverageStatus.FAILED, f"can't be read: {reason_of(error)}")
                continue
            if cache is not None:
                cache.put(path, status, digest, read_ns)
        entries.append(
            FileEntry(
                path=path,
                raw=raw,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                digest=digest,
                mode=status.st_mode & 0o7777,
            )
        )
    if cache is not None:
        cache.close()
    entries.sort(key=lambda entry: entry.path)
    return entries


def _digest(path: str, key: bytes, max_file: int) -> tuple[str, os.stat_result]:
    """The keyed BLAKE2b-128 of a file's first ``max_file`` bytes (it may have grown), and its status."""
    descriptor, status = open_regular(path)
    hasher = blake2b(digest_size=16, key=key)
    left = max_file
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
            hasher.update(chunk)
            left -= len(chunk)
    return hasher.hexdigest(), status


def _explain_links(walk: Walk, top: str, assessed: set[str]) -> None:
    """A row for every link, once it is known what is assessed."""
    folders: set[str] | None = None
    for link in walk.links:
        target = os.path.realpath(os.path.join(top, link))
        inside = target == top or target.startswith(top + os.sep)
        name = shown_path(os.path.relpath(target, top))[0]
        if not inside and name not in assessed:
            why = "link out of the project"
        elif name in assessed:
            why = f"link to {name}, which is assessed itself"
        elif not Path(target).exists():
            why = "link to nothing, or to itself"
        else:
            if folders is None:
                folders = {path[:at] for path in assessed for at, c in enumerate(path) if c == "/"} | {"."}
            known = name in folders
            why = f"link to {name}, which is {'assessed itself' if known else 'not among the assessed files'}"
        walk.row(link, CoverageStatus.SKIPPED, why)


def _ok_row(path: str, note: str | None) -> Coverage:
    return Coverage(check=INVENTORY, asset=f"file:{path}", status=CoverageStatus.OK, reason=note)


def _summary(count: int, gaps: list[str], rows: list[Coverage]) -> Coverage:
    """One row for the project: partial where anything of it could not be looked at."""
    failed = sum(row.status is CoverageStatus.FAILED for row in rows)
    large = sum((row.reason or "").startswith("larger than") for row in rows)
    gaps = [
        *gaps,
        *([f"{failed} files or folders can't be read"] if failed else ()),
        *([f"{large} files are too large"] if large else ()),
    ]
    return Coverage(
        check=INVENTORY,
        asset="project:.",
        status=CoverageStatus.PARTIAL if gaps else CoverageStatus.OK,
        reason="; ".join(gaps) or None,
        count=count,
    )
