"""Pipfile: what a project asks for, in the words of pipenv (https://pipenv.pypa.io/en/latest/pipfile.html)."""

from __future__ import annotations

from pipesec_dependencies.manifest.lock import Table, table_of, tables_of, text_of, texts_of
from pipesec_dependencies.manifest.model import (
    Dependency,
    IndexUse,
    Manifest,
    ManifestKind,
    Origin,
    PackageIndex,
    Problem,
)
from pipesec_dependencies.manifest.requirement import names_commit, parse_requirement
from pipesec_dependencies.manifest.toml_source import TomlSource

_NOT_PACKAGES = ("source", "requires", "scripts", "pipenv")


def parse(path: str, text: str) -> Manifest:
    """Reads ``[packages]``, ``[dev-packages]`` and other categories. Raises MalformedManifest where it is no TOML."""
    source = TomlSource(text)
    read = [
        _read(name, asked, source.key_line(table, name), () if table == "packages" else (table,))
        for table in source.data
        if table not in _NOT_PACKAGES
        for name, asked in table_of(source.data, table).items()
    ]
    return Manifest(
        path=path,
        kind=ManifestKind.PROJECT,
        dependencies=tuple(item for item in read if isinstance(item, Dependency)),
        problems=tuple(item for item in read if isinstance(item, Problem)),
        indexes=tuple(_indexes(source)),
    )


def _read(name: str, asked: object, line: int, groups: tuple[str, ...]) -> Dependency | Problem:
    table: Table = asked if isinstance(asked, dict) else {"version": asked}
    version = text_of(table, "version") or "*"
    extras = texts_of(table, "extras")
    wanted = f"{name}[{','.join(extras)}]" if extras else name
    dependency = parse_requirement(wanted + ("" if version == "*" else version), line, groups=groups)
    if isinstance(dependency, Problem):
        return dependency
    for key, origin in (("git", Origin.VCS), ("path", Origin.LOCAL), ("file", Origin.URL)):
        reference = text_of(table, key)
        if reference is not None:
            at = f"{reference}@{text_of(table, 'ref') or ''}"
            return Dependency(
                name=dependency.name, key=dependency.key, line=line, direct=True, groups=groups, origin=origin,
                reference=reference, commit=origin is Origin.VCS and names_commit(at),
            )  # fmt: skip
    return dependency


def _indexes(source: TomlSource) -> list[PackageIndex]:
    found: list[PackageIndex] = []
    lines = source.table_lines("source")
    for number, table in enumerate(tables_of(source.data, "source")):
        line = lines[number] if number < len(lines) else source.key_line("source")
        url = text_of(table, "url")
        if url is None:
            continue
        # A package may name its source; one that doesn't is looked for in the first alone (pipenv 2022.3.23).
        if number == 0:
            found.append(PackageIndex(IndexUse.MAIN, url, line))
        if table.get("verify_ssl") is False:
            found.append(PackageIndex(IndexUse.TRUSTED_HOST, url, line))
    return found
