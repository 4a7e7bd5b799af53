"""Rules on how a manifest asks for packages, apart from what is known of their versions."""

from __future__ import annotations

from urllib.parse import urlsplit

from pipesec_dependencies.manifest.model import Dependency, IndexUse, Manifest, ManifestKind, Origin, PackageIndex
from pipesec_dependencies.reading import Pins, is_plain_http
from pipesec_dependencies.typosquat import looks_like
from pipesec_tui import Emit, Location


def judge(manifest: Manifest, pins: Pins, emit: Emit) -> None:
    """Emits findings on requirements that are not pinned, not hashed or movable, and on indexes."""
    for index in manifest.indexes:
        _index(manifest, index, emit)
    hashes = any(dependency.hashed for dependency in manifest.dependencies)
    for dependency in manifest.dependencies:
        _dependency(manifest, dependency, pins, emit, hashes=hashes)


def _dependency(manifest: Manifest, dependency: Dependency, pins: Pins, emit: Emit, *, hashes: bool) -> None:
    at = Location(path=manifest.path, start_line=dependency.line)
    subject = (dependency.key or without_credentials(dependency.reference or ""),)
    name = dependency.name or subject[0]
    installs = manifest.kind is ManifestKind.REQUIREMENTS
    if dependency.direct is not False and dependency.origin is Origin.INDEX and (like := looks_like(dependency.key)):
        message = f"{name} is easily mistaken for {like}, which is used far more"
        emit.finding("typosquat-suspect", at=at, subject=subject, message=message, evidence={"looks_like": like})
    if dependency.origin is Origin.VCS and not dependency.commit:
        emit.finding(
            "vcs-requirement-unpinned",
            at=at,
            subject=subject,
            message=f"{name} is built from a branch or tag of a repository, which can be moved",
        )
    elif installs and dependency.origin is Origin.INDEX and not dependency.version:
        if pins.answer(manifest, dependency.key) is None:
            asked = dependency.specifier or "any version"
            message = f"{name} is asked for as {asked}: every installation may bring another version"
            emit.finding("unpinned-requirement", at=at, subject=subject, message=message)
    elif (
        hashes
        and not dependency.hashed
        and (installs or manifest.kind is ManifestKind.LOCK)
        and dependency.origin in (Origin.INDEX, Origin.URL)
    ):
        message = f"{name} has no hash, while others in this file have"
        emit.finding("unhashed-requirement", at=at, subject=subject, message=message)


def _index(manifest: Manifest, index: PackageIndex, emit: Emit) -> None:
    at = Location(path=manifest.path, start_line=index.line)
    url = without_credentials(index.url)
    if index.use is IndexUse.TRUSTED_HOST:
        emit.finding(
            "insecure-index", at=at, subject=("trusted-host", url), message=f"certificates of {url} go unchecked"
        )
    elif is_plain_http(index):
        emit.finding("insecure-index", at=at, subject=("http", url), message=f"packages come from {url} unencrypted")
    if index.use is IndexUse.EXTRA and "://" in index.url and not index.url.startswith("file:"):
        message = f"whoever publishes a higher version under one of these names, here or at {url}, is installed"
        emit.finding("extra-index-url", at=at, subject=(url,), message=message)


def without_credentials(url: str) -> str:
    """A URL without user, password, query and fragment, bounded in length; other text is only bounded."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed URL"
    if not parts.netloc:
        return url[:200]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]
