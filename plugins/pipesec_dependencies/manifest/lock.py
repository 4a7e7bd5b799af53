"""What the TOML lock files have in common: a list of package tables with name, version and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from msgspec import structs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.model import Dependency, MalformedManifest, Manifest, ManifestKind, Problem
from pipesec_dependencies.manifest.toml_source import TomlSource

Table: TypeAlias = dict[str, object]


def parse_lock(
    path: str, text: str, read: Callable[[Table, int], Dependency | Problem | None], *, table: str = "package"
) -> Manifest:
    """Reads a lock file whose packages are ``[[table]]``; ``read`` makes a dependency of each, a problem, or None for
    the project itself. Raises MalformedManifest where it is no TOML or has no such list."""
    source = TomlSource(text)
    dependencies: list[Dependency] = []
    problems: list[Problem] = []
    for line, package in package_tables(source, table):
        match read(package, line) if isinstance(package, dict) else Problem(line, "a package that is no table"):
            case Problem() as problem:
                problems.append(problem)
            case Dependency() as dependency:
                dependencies.append(dependency)
    return Manifest(path=path, kind=ManifestKind.LOCK, dependencies=tuple(dependencies), problems=tuple(problems))


def package_tables(source: TomlSource, table: str = "package") -> Iterator[tuple[int, object]]:
    """The entries of ``[[table]]`` with their lines. Raises MalformedManifest where it isn't a list."""
    packages = source.data.get(table, [])
    if not isinstance(packages, list):
        raise MalformedManifest(f"line {source.key_line(table)}: {table!r} is no list of tables")
    lines = source.table_lines(table)
    if len(lines) != len(packages):  # written inline, as no tool does: all stand at the key
        lines = [source.key_line(table)] * len(packages)
    yield from zip(lines, packages, strict=True)


def text_of(table: Table, key: str) -> str | None:
    """A string in a table, else None."""
    value = table.get(key)
    return value if isinstance(value, str) else None


def tables_of(table: Table, key: str) -> list[Table]:
    """The tables in a list, or none."""
    value = table.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def table_of(table: Table, key: str) -> Table:
    """A table in a table, or an empty one."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def texts_of(table: Table, key: str) -> tuple[str, ...]:
    """The strings in a list, or none."""
    value = table.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def keys_of(names: Iterable[str]) -> tuple[str, ...]:
    """Package names, normalized, each once, in order."""
    return tuple(sorted({canonicalize_name(name) for name in names if name}))


def required_names(requirements: Iterable[str]) -> Iterator[str]:
    """The names in requirements; those that can't be read name nothing."""
    for text in requirements:
        try:
            yield Requirement(text).name
        except (InvalidRequirement, RecursionError):
            continue


def mark_direct(manifest: Manifest, roots: Iterable[str]) -> Manifest:
    """The manifest with ``direct`` set for what ``roots`` (keys) name, and unset for the others."""
    asked = set(roots)
    return structs.replace(
        manifest,
        dependencies=tuple(structs.replace(item, direct=item.key in asked) for item in manifest.dependencies),
    )
