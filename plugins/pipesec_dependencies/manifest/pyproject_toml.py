"""pyproject.toml: project dependencies (PEP 621), dependency groups (PEP 735), build requirements (PEP 518), and what
poetry, uv and pdm keep in tables of their own."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import Table, table_of, tables_of, text_of, texts_of
from pipesec_dependencies.manifest.model import (
    Dependency,
    Include,
    IndexUse,
    Manifest,
    ManifestKind,
    Origin,
    PackageIndex,
    Problem,
)
from pipesec_dependencies.manifest.requirement import names_commit, parse_requirement, pinned_version
from pipesec_dependencies.manifest.toml_source import TomlSource

Read = Iterator[Dependency | Problem]


def parse(path: str, text: str) -> Manifest:
    """Reads pyproject.toml. Raises MalformedManifest where it is no TOML."""
    source = TomlSource(text)
    read = [*_standard(source), *_poetry(source)]
    includes = tuple(_files_of_setuptools(source))
    if not includes and "dependencies" in texts_of(table_of(source.data, "project"), "dynamic"):
        line = source.key_line("project", "dynamic")
        read.append(Problem(line, "dependencies are dynamic: only a build can tell them, and nothing is built"))
    return Manifest(
        path=path,
        kind=ManifestKind.PROJECT,
        dependencies=tuple(item for item in read if isinstance(item, Dependency)),
        problems=tuple(item for item in read if isinstance(item, Problem)),
        indexes=tuple(_indexes(source)),
        includes=includes,
    )


def _files_of_setuptools(source: TomlSource) -> Iterator[Include]:
    """Requirements files that setuptools takes the dependencies from."""
    path = ("tool", "setuptools", "dynamic", "dependencies")
    table = _tool(source, "setuptools", "dynamic", "dependencies")
    single = text_of(table, "file")
    for name in (single,) if single else texts_of(table, "file"):
        yield Include(name, source.string_line(name, *path), constraint=False)


def _standard(source: TomlSource) -> Read:
    project = table_of(source.data, "project")
    yield from _listed(source, project.get("dependencies"), "project", "dependencies")
    for table, data in (
        (("project", "optional-dependencies"), table_of(project, "optional-dependencies")),
        (("dependency-groups",), table_of(source.data, "dependency-groups")),
        (("tool", "pdm", "dev-dependencies"), _tool(source, "pdm", "dev-dependencies")),
    ):
        for group, listed in data.items():
            yield from _listed(source, listed, *table, group, group=group)
    yield from _listed(
        source, _tool(source, "uv").get("dev-dependencies"), "tool", "uv", "dev-dependencies", group="dev"
    )
    requires = table_of(source.data, "build-system").get("requires")
    yield from _listed(source, requires, "build-system", "requires", group="build-system")


def _listed(source: TomlSource, listed: object, *path: str, group: str | None = None) -> Read:
    if listed is None:
        return
    if not isinstance(listed, list):
        yield Problem(source.key_line(*path), f"{'.'.join(path)} is no list")
        return
    for item in listed:
        if isinstance(item, str):
            line = source.string_line(item, *path)
            yield parse_requirement(item, line, groups=(group,) if group else ())
        elif not (isinstance(item, dict) and "include-group" in item):  # an included group is read by itself
            yield Problem(source.key_line(*path), f"{'.'.join(path)} holds something that is no requirement")


def _poetry(source: TomlSource) -> Read:
    poetry = _tool(source, "poetry")
    tables: list[tuple[tuple[str, ...], Table, tuple[str, ...]]] = [
        (("dependencies",), table_of(poetry, "dependencies"), ()),
        (("dev-dependencies",), table_of(poetry, "dev-dependencies"), ("dev",)),
    ]
    for group in table_of(poetry, "group"):
        data = table_of(table_of(table_of(poetry, "group"), group), "dependencies")
        tables.append((("group", group, "dependencies"), data, (group,)))
    for path, data, groups in tables:
        for name, value in data.items():
            if name.lower() == "python":
                continue
            line = source.key_line("tool", "poetry", *path, name)
            for entry in value if isinstance(value, list) else [value]:
                yield _poetry_dependency(name, entry, line, groups)


def _poetry_dependency(name: str, entry: object, line: int, groups: tuple[str, ...]) -> Dependency | Problem:
    table: Table = {"version": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
    if not table:
        return Problem(line, f"the requirement of {name!r} is neither text nor a table")
    origin, reference = Origin.INDEX, None
    for key, kind in (("git", Origin.VCS), ("url", Origin.URL), ("path", Origin.LOCAL), ("file", Origin.LOCAL)):
        if key in table:
            origin, reference = kind, text_of(table, key)
    specifier = text_of(table, "version") or ""
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        version=_poetry_pin(specifier),
        specifier=specifier,
        extras=tuple(sorted(texts_of(table, "extras"))),
        marker=text_of(table, "markers"),
        line=line,
        direct=True,
        groups=groups,
        origin=origin,
        reference=reference,
        commit=origin is Origin.VCS and names_commit(f"@{text_of(table, 'rev') or ''}"),
    )


def _poetry_pin(specifier: str) -> str | None:
    """Poetry's bare ``1.2.3`` means exactly that version; ``^``, ``~`` and lists are ranges."""
    text = specifier.strip()
    for candidate in (text, f"=={text}"):
        try:
            pin = pinned_version(SpecifierSet(candidate))
        except InvalidSpecifier:
            continue
        return pin
    return None


def _indexes(source: TomlSource) -> Iterator[PackageIndex]:
    for tool, key in (("uv", "index"), ("poetry", "source"), ("pdm", "source")):
        path = ("tool", tool, key)
        tables = tables_of(_tool(source, tool), key)
        lines = source.table_lines(*path)
        for position, table in enumerate(tables):
            url = text_of(table, "url")
            line = lines[position] if len(lines) == len(tables) else source.key_line(*path)
            # An index that only named packages are taken from can't answer for the others.
            bound = table.get("explicit") is True or text_of(table, "priority") == "explicit"
            main = bound or table.get("default") is True or text_of(table, "priority") == "primary" or position == 0
            if url:
                yield PackageIndex(IndexUse.MAIN if main else IndexUse.EXTRA, url, line)
            if table.get("verify_ssl") is False and url:
                yield PackageIndex(IndexUse.TRUSTED_HOST, url, line)
    uv = _tool(source, "uv")
    if url := text_of(uv, "index-url"):
        yield PackageIndex(IndexUse.MAIN, url, source.key_line("tool", "uv", "index-url"))
    for url in texts_of(uv, "extra-index-url"):
        line = source.string_line(url, "tool", "uv", "extra-index-url")
        yield PackageIndex(IndexUse.EXTRA, url, line)


def _tool(source: TomlSource, *path: str) -> Table:
    table = table_of(source.data, "tool")
    for key in path:
        table = table_of(table, key)
    return table
