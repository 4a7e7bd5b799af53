"""Which files of a project a command would run: those it names, and the modules that they import."""

from __future__ import annotations

import ast
import os
import posixpath
import warnings
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.files import Inventory
from pipesec_tui.project.bounded import open_regular, read_bounded, reason_of
from pipesec_tui.project.installation_key import installation_key
from pipesec_tui.project.paths import shown_path

_MAX_SOURCE = 4 << 20
_MAX_HASHED = 4 << 30
_MAX_FILES = 2_000


class Input(Struct, frozen=True, order=True):
    """A file that takes part in what would run, and its keyed digest; where it can't be read, why, instead of that."""

    path: str
    digest: str


class ProjectFiles:
    """Digests of a project's files: from the inventory, and read anew for those that it left out."""

    def __init__(self, inventory: Inventory) -> None:
        self.root = inventory.root
        self._digests = {entry.path: entry.digest for entry in inventory.files}
        self._key = installation_key()

    def is_file(self, path: str) -> bool:
        """Whether there is a file at a path relative to the project; links count."""
        return path in self._digests or Path(self.root, path).is_file()

    def input(self, path: str) -> Input:
        """A file with its digest. Where a command goes through a link, what it leads to is what counts."""
        name = shown_path(path)[0]
        if path not in self._digests:
            self._digests[path] = self._read(path)
        return Input(name, self._digests[path])

    def below(self, folder: str) -> list[Input]:
        """The inventory's files below a folder (with a slash at its end)."""
        return sorted(self.input(path) for path in list(self._digests) if path.startswith(folder))

    def at(self, path: str) -> list[Input]:
        """A file, or the files below a folder."""
        path = posixpath.normpath(path)
        return [self.input(path)] if self.is_file(path) else self.below(f"{path}/")

    def source(self, path: str) -> str | None:
        """A program's text, None where it can't be read."""
        try:
            return read_bounded(os.path.join(self.root, path), _MAX_SOURCE).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _read(self, path: str) -> str:
        hasher = blake2b(digest_size=16, key=self._key)
        try:
            descriptor, status = open_regular(os.path.realpath(os.path.join(self.root, path)))
            with os.fdopen(descriptor, "rb", buffering=0) as stream:
                if status.st_size > _MAX_HASHED:
                    return f"not read: {status.st_size} bytes, changed at {status.st_mtime_ns}"
                while chunk := stream.read(1 << 20):
                    hasher.update(chunk)
        except OSError as error:
            return f"not read: {reason_of(error)}"
        return hasher.hexdigest()


def command_files(run: Sequence[str], cwd: str, files: ProjectFiles) -> list[Input]:
    """The files of the project that a command names (``clean.py``, ``--config=conf/x.yaml``, ``-m package.module``),
    and the modules of the project that Python programs among them import, directly or not.

    Imports are read from the syntax; a module that is imported by a computed name is not seen.
    """
    pending = list(_named(run, cwd, files))
    found: dict[str, Input] = {}
    while pending and len(found) < _MAX_FILES:
        path = pending.pop()
        if path in found:
            continue
        found[path] = files.input(path)
        if path.endswith(".py"):
            pending += _imported(path, cwd, files)
    return list(found.values())


def _named(run: Sequence[str], cwd: str, files: ProjectFiles) -> Iterator[str]:
    for index, argument in enumerate(run):
        if index and run[index - 1] == "-m":
            yield from _module(argument.split("."), [cwd], files, as_main=True)
        for text in {argument, argument.partition("=")[2]}:
            path = posixpath.normpath(posixpath.join(cwd, text))
            if text and "\0" not in text and files.is_file(path):
                yield path


def _imported(path: str, cwd: str, files: ProjectFiles) -> Iterator[str]:
    text = files.source(path)
    if text is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    here = posixpath.dirname(path)
    # Python looks beside the program first; the rest are the usual places of a project's packages.
    places = [here, cwd, ".", "src", posixpath.dirname(here)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name.split("."), places, files)
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            starts = [posixpath.normpath(posixpath.join(here, *[".."] * (node.level - 1)))] if node.level else places
            for alias in node.names:
                yield from _module([*parts, alias.name], starts, files)


def _module(parts: list[str], places: Sequence[str], files: ProjectFiles, *, as_main: bool = False) -> Iterator[str]:
    """The files that importing ``a.b.c`` runs in the first place that has any: ``a/__init__.py``, ``a/b.py`` …"""
    for place in places:
        found = []
        for depth in range(1, len(parts) + 1):
            stem = posixpath.normpath(posixpath.join(place, *parts[:depth]))
            names = [f"{stem}.py", f"{stem}/__init__.py"]
            if as_main and depth == len(parts):
                names.append(f"{stem}/__main__.py")
            found += [name for name in names if files.is_file(name)]
        if found:
            yield from found
            return
