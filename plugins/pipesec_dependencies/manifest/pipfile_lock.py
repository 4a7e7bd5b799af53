"""Pipfile.lock: https://pipenv.pypa.io/en/latest/pipfile.html"""

from __future__ import annotations

import msgspec
from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.json_source import key_lines
from pipesec_dependencies.manifest.lock import Table, table_of, tables_of, text_of, texts_of
from pipesec_dependencies.manifest.model import (
    Dependency,
    IndexUse,
    MalformedManifest,
    Manifest,
    ManifestKind,
    Origin,
    PackageIndex,
    Problem,
)
from pipesec_dependencies.manifest.requirement import first_line


def parse(path: str, text: str) -> Manifest:
    """Reads Pipfile.lock. Raises MalformedManifest where it is no JSON object. Which packages are direct stands in the
    Pipfile alone."""
    try:
        data = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise MalformedManifest(f"not a JSON object: {first_line(error)}") from None
    except RecursionError:
        raise MalformedManifest("not JSON that can be read: nested too deeply") from None
    lines = key_lines(text)
    read = [
        _read(name, entry, lines.get((group, name), 1), group)
        for group, packages in data.items()
        if group != "_meta" and isinstance(packages, dict)
        for name, entry in packages.items()
    ]
    return Manifest(
        path=path,
        kind=ManifestKind.LOCK,
        dependencies=tuple(item for item in read if isinstance(item, Dependency)),
        problems=tuple(item for item in read if isinstance(item, Problem)),
        indexes=tuple(_indexes(data, lines.get(("_meta", "sources"), 1))),
    )


def _read(name: str, entry: object, line: int, group: str) -> Dependency | Problem:
    if not isinstance(entry, dict):
        return Problem(line, f"package {name!r} is no table")
    pinned = text_of(entry, "version") or ""
    version = pinned.removeprefix("==") if pinned.startswith("==") else None
    origin, reference = Origin.INDEX, None
    for key, kind in (("git", Origin.VCS), ("path", Origin.LOCAL), ("file", Origin.URL)):
        if key in entry:
            origin, reference = kind, text_of(entry, key)
    if version is None and origin is Origin.INDEX:
        return Problem(line, f"package {name!r} has no version")
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        version=version,
        specifier=pinned,
        extras=tuple(sorted(texts_of(entry, "extras"))),
        marker=text_of(entry, "markers"),
        hashed=bool(entry.get("hashes")),
        line=line,
        groups=(group,),
        origin=origin,
        reference=reference,
        commit=origin is Origin.VCS and "ref" in entry,
    )


def _indexes(data: Table, line: int) -> list[PackageIndex]:
    found: list[PackageIndex] = []
    for position, source in enumerate(tables_of(table_of(data, "_meta"), "sources")):
        if url := text_of(source, "url"):
            found.append(PackageIndex(IndexUse.EXTRA if position else IndexUse.MAIN, url, line))
            if source.get("verify_ssl") is False:
                found.append(PackageIndex(IndexUse.TRUSTED_HOST, url, line))
    return found
