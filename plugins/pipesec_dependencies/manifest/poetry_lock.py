"""poetry.lock, format versions 1 and 2: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock"""

from __future__ import annotations

from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import Table, keys_of, parse_lock, table_of, tables_of, text_of, texts_of
from pipesec_dependencies.manifest.model import Dependency, Manifest, Origin, Problem

_ORIGIN = {"git": Origin.VCS, "url": Origin.URL, "directory": Origin.LOCAL, "file": Origin.LOCAL}


def parse(path: str, text: str) -> Manifest:
    """Reads poetry.lock. Which packages are direct stands in pyproject.toml alone."""
    return parse_lock(path, text, _read)


def _read(package: Table, line: int) -> Dependency | Problem:
    name, version, source = text_of(package, "name"), text_of(package, "version"), table_of(package, "source")
    if name is None or version is None:
        return Problem(line, f"a package without {'a name' if name is None else 'a version'}")
    origin = _ORIGIN.get(text_of(source, "type") or "", Origin.INDEX)
    category = text_of(package, "category")
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        version=version,
        specifier=f"=={version}",
        marker=text_of(package, "markers"),
        hashed=any("hash" in file for file in tables_of(package, "files")),
        line=line,
        groups=texts_of(package, "groups") or ((category,) if category else ()),
        requires=keys_of(table_of(package, "dependencies")),
        origin=origin,
        reference=text_of(source, "url") if origin is not Origin.INDEX else None,
        commit=origin is Origin.VCS and "resolved_reference" in source,
    )
