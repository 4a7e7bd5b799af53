"""pylock.toml (PEP 751): https://packaging.python.org/en/latest/specifications/pylock-toml/"""

from __future__ import annotations

from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import Table, keys_of, parse_lock, table_of, tables_of, text_of
from pipesec_dependencies.manifest.model import Dependency, Manifest, Origin, Problem


def parse(path: str, text: str) -> Manifest:
    """Reads pylock.toml. A package without a version (the specification allows it for source trees) has none here."""
    return parse_lock(path, text, _read, table="packages")


def _read(package: Table, line: int) -> Dependency | Problem:
    name, version = text_of(package, "name"), text_of(package, "version")
    if name is None:
        return Problem(line, "a package without a name")
    if "vcs" in package:
        origin, table = Origin.VCS, table_of(package, "vcs")
    elif "directory" in package:
        origin, table = Origin.LOCAL, table_of(package, "directory")
    elif "archive" in package:
        origin, table = Origin.URL, table_of(package, "archive")
    else:
        origin, table = Origin.INDEX, {}
    if version is None and origin is Origin.INDEX:
        return Problem(line, f"package {name!r} has no version")
    files = [table_of(package, "archive"), table_of(package, "sdist"), *tables_of(package, "wheels")]
    needed = (text_of(item, "name") for item in tables_of(package, "dependencies"))
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        version=version,
        specifier=f"=={version}" if version else "",
        marker=text_of(package, "marker"),
        hashed=any(file.get("hashes") for file in files),
        line=line,
        requires=keys_of(name for name in needed if name),
        origin=origin,
        reference=text_of(table, "url"),
        commit=origin is Origin.VCS and "commit-id" in table,
    )
