"""pdm.lock: https://pdm-project.org/latest/usage/lockfile/ , format versions 4 and 5."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import (
    Table,
    keys_of,
    parse_lock,
    required_names,
    tables_of,
    text_of,
    texts_of,
)
from pipesec_dependencies.manifest.model import Dependency, Manifest, Origin, Problem


def parse(path: str, text: str) -> Manifest:
    """Reads pdm.lock. Which packages are direct stands in pyproject.toml alone."""
    return parse_lock(path, text, _read)


def _read(package: Table, line: int) -> Dependency | Problem:
    name, version = text_of(package, "name"), text_of(package, "version")
    if name is None or version is None:
        return Problem(line, f"a package without {'a name' if name is None else 'a version'}")
    if "git" in package:
        origin, reference = Origin.VCS, text_of(package, "git")
    elif "path" in package:
        origin, reference = Origin.LOCAL, None
    elif "url" in package:
        origin, reference = Origin.URL, text_of(package, "url")
    else:
        origin, reference = Origin.INDEX, None
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        version=version,
        specifier=f"=={version}",
        extras=tuple(sorted(texts_of(package, "extras"))),
        marker=text_of(package, "marker"),
        hashed=any("hash" in file for file in tables_of(package, "files")),
        line=line,
        groups=texts_of(package, "groups"),
        requires=keys_of(required_names(texts_of(package, "dependencies"))),
        origin=origin,
        reference=reference,
        commit=origin is Origin.VCS and "revision" in package,
    )
