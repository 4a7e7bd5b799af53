"""All manifests of a project, read, with what could not be."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from msgspec import Struct, structs
from packaging.utils import InvalidName, canonicalize_name

from pipesec_dependencies.manifest import MAX_BYTES, parser_for
from pipesec_dependencies.manifest.lock import mark_direct
from pipesec_dependencies.manifest.model import (
    Dependency,
    IndexUse,
    MalformedManifest,
    Manifest,
    ManifestKind,
    PackageIndex,
    Problem,
)
from pipesec_tui import FileEntry, Files, FileTooLarge

_MAX_VERSION = 128
_ASKING = (ManifestKind.PROJECT, ManifestKind.INPUT)


class Reading(Struct, frozen=True, kw_only=True):
    """``failed`` gives the reason for every manifest that can't be read at all."""

    manifests: tuple[Manifest, ...]
    failed: dict[str, str]


def read_manifests(files: Files) -> Reading:
    """Reads every manifest among the files. Nothing in them is followed, run or resolved."""
    manifests: list[Manifest] = []
    failed: dict[str, str] = {}
    for entry in files:
        try:
            manifest = _read(files, entry)
        except MalformedManifest as error:
            failed[entry.path] = str(error)
        else:
            if manifest is not None:
                manifests.append(manifest)
    held = tuple(_with_includes(manifest, files) for manifest in manifests)
    return Reading(manifests=tuple(_with_direct(manifest, held) for manifest in held), failed=failed)


def _read(files: Files, entry: FileEntry) -> Manifest | None:
    parse = parser_for(entry.path)
    if parse is None:
        return None
    try:
        text = files.read_text(entry, MAX_BYTES)
    except FileTooLarge:
        raise MalformedManifest(f"larger than {MAX_BYTES >> 20} MiB, as no manifest is") from None
    except UnicodeDecodeError as error:
        raise MalformedManifest(f"byte {error.start}: neither UTF-8 nor UTF-16") from None
    except OSError as error:
        raise MalformedManifest(f"can't be read: {error.strerror or error}") from None
    return _checked(parse(entry.path, text))


def _checked(manifest: Manifest) -> Manifest:
    """The manifest with dependencies whose name or version can't be one taken out, each as a problem."""
    kept: list[Dependency] = []
    problems = list(manifest.problems)
    for dependency in manifest.dependencies:
        if what := _impossible(dependency):
            problems.append(Problem(dependency.line, what))
        else:
            kept.append(dependency)
    return structs.replace(manifest, dependencies=tuple(kept), problems=tuple(problems))


def _impossible(dependency: Dependency) -> str | None:
    try:
        if dependency.name:
            canonicalize_name(dependency.name, validate=True)
    except InvalidName:
        return f"not a package name: {dependency.name[:60]!r}"
    version = dependency.version
    if version is not None and (
        len(version) > _MAX_VERSION or not version.isprintable() or " " in version or not version
    ):
        return f"not a version of {dependency.name}: {version[:60]!r}"
    return None


def _with_includes(manifest: Manifest, files: Files) -> Manifest:
    """Says which included files are not read: outside the project, or named as no manifest is."""
    problems = [
        Problem(include.line, f"includes {include.path[:80]!r}, which {why}")
        for include in manifest.includes
        if (why := _not_read(manifest.path, include.path, files))
    ]
    return structs.replace(manifest, problems=(*manifest.problems, *problems)) if problems else manifest


def _not_read(manifest: str, include: str, files: Files) -> str | None:
    target = included_path(manifest, include)
    if target is None:
        return "lies outside the project: not read"
    if target not in files or parser_for(target) is None:
        return "is not among the files of this check (missing, left out, or not named like a requirements file)"
    return None


def included_path(manifest: str, include: str) -> str | None:
    """Where an include of a manifest leads, relative to the project; None where that is outside of it."""
    if "://" in include or include.startswith(("/", "~")) or "\\" in include:
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(manifest), include))
    return None if target == ".." or target.startswith("../") else target


def _with_direct(manifest: Manifest, manifests: Iterable[Manifest]) -> Manifest:
    """A lock file that can't tell what is direct learns it from the project file beside it."""
    if manifest.kind is not ManifestKind.LOCK or any(item.direct is not None for item in manifest.dependencies):
        return manifest
    folder = posixpath.dirname(manifest.path)
    asked = {
        dependency.key
        for other in manifests
        if other.kind in _ASKING and posixpath.dirname(other.path) == folder
        for dependency in other.dependencies
    }
    return mark_direct(manifest, asked) if asked else manifest


class Pins:
    """Which versions other files of a project give to requirements that pin none."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._by_folder: dict[str, list[Manifest]] = {}
        self._by_path: dict[str, Manifest] = {}
        self._versions: dict[str, dict[str, str]] = {}
        for manifest in manifests:
            self._by_folder.setdefault(posixpath.dirname(manifest.path), []).append(manifest)
            self._by_path[manifest.path] = manifest
            self._versions[manifest.path] = {item.key: item.version for item in manifest.dependencies if item.version}

    def answer(self, manifest: Manifest, key: str) -> str | None:
        """The path of the file that pins a package for a manifest, or None."""
        return next((path for path in self._answering(manifest) if key in self._versions[path]), None)

    def _answering(self, manifest: Manifest) -> Iterator[str]:
        for include in manifest.includes:
            target = included_path(manifest.path, include.path)
            if target in self._by_path:
                yield target
        folder = posixpath.dirname(manifest.path)
        if manifest.kind in _ASKING:
            yield from (
                other.path for other in self._by_folder.get(folder, ()) if other.kind is ManifestKind.REQUIREMENTS
            )
        while True:
            yield from (other.path for other in self._by_folder.get(folder, ()) if other.kind is ManifestKind.LOCK)
            if not folder:
                break
            folder = posixpath.dirname(folder)
        yield from (path for path, other in self._by_path.items() if other.kind is ManifestKind.INSTALLED)


def is_plain_http(index: PackageIndex) -> bool:
    """Whether packages come over a connection that anyone on the way can change."""
    url = index.url.lower()
    local = url.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
    return index.use is not IndexUse.TRUSTED_HOST and url.startswith("http://") and not local
