"""uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile , format version 1."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import Table, keys_of, mark_direct, parse_lock, table_of, tables_of, text_of
from pipesec_dependencies.manifest.model import Dependency, Manifest, Origin, Problem

_LOCAL = ("path", "directory", "editable", "virtual")


def parse(path: str, text: str) -> Manifest:
    """Reads uv.lock. The project and the members of its workspace are what asks, not what is asked for."""
    roots: set[str] = set()

    def read(package: Table, line: int) -> Dependency | Problem | None:
        name, version, source = text_of(package, "name"), text_of(package, "version"), table_of(package, "source")
        if name is None:
            return Problem(line, "a package without a name")
        needs = keys_of(_needed(package))
        if "virtual" in source or "editable" in source:
            roots.update(needs)
            return None
        if "registry" in source or not source:
            origin, reference = Origin.INDEX, None
        elif "git" in source:
            origin, reference = Origin.VCS, text_of(source, "git")
        elif any(key in source for key in _LOCAL):
            origin, reference = Origin.LOCAL, None
        else:
            origin, reference = Origin.URL, text_of(source, "url")
        if version is None and origin is Origin.INDEX:
            return Problem(line, f"package {name!r} has no version")
        files = [*tables_of(package, "wheels"), table_of(package, "sdist")]
        return Dependency(
            name=name,
            key=canonicalize_name(name),
            version=version,
            specifier=f"=={version}" if version else "",
            hashed=any("hash" in file for file in files),
            line=line,
            requires=needs,
            origin=origin,
            reference=reference,
            commit=origin is Origin.VCS,
        )

    return mark_direct(parse_lock(path, text, read), roots)


def _needed(package: Table) -> Iterator[str]:
    groups = [
        package.get("dependencies"),
        *table_of(package, "optional-dependencies").values(),
        *table_of(package, "dev-dependencies").values(),
    ]
    for group in groups:
        for item in group if isinstance(group, list) else ():
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str):
                yield name
