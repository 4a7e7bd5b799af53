"""requirements.txt, requirements.in and constraints.txt, after pip's reference "Requirements File Format".

https://pip.pypa.io/en/stable/reference/requirements-file-format/ . Variables (``${NAME}``) are left as they stand:
their values belong to the machine that installs.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from msgspec import structs
from packaging.utils import canonicalize_name

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
from pipesec_dependencies.manifest.requirement import names_commit, origin_of, parse_requirement

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_INCLUDES = {"-r": False, "--requirement": False, "-c": True, "--constraint": True}
_INDEXES = {
    "-i": IndexUse.MAIN,
    "--index-url": IndexUse.MAIN,
    "--pypi-url": IndexUse.MAIN,
    "--extra-index-url": IndexUse.EXTRA,
    "-f": IndexUse.EXTRA,
    "--find-links": IndexUse.EXTRA,
    "--trusted-host": IndexUse.TRUSTED_HOST,
}
_WITH_VALUE = {"--no-binary", "--only-binary", "--use-feature", "--config-settings", "--config-setting",
               "--global-option", "--hash", "-C"}  # fmt: skip
_FLAGS = {"--no-index", "--prefer-binary", "--require-hashes", "--pre"}


def parse(path: str, text: str) -> Manifest:
    """Reads a requirements file. Lines that pip would refuse become problems; nothing is raised."""
    kind = _kind(path)
    reader = RequirementsReader(direct=None if kind is ManifestKind.CONSTRAINTS else True)
    for line, content in _logical_lines(text):
        reader.read(line, content)
    return Manifest(
        path=path,
        kind=kind,
        dependencies=_with_parents(reader.dependencies, text),
        problems=tuple(reader.problems),
        indexes=tuple(reader.indexes),
        includes=tuple(reader.includes),
    )


def _kind(path: str) -> ManifestKind:
    name = path.rpartition("/")[2]
    if "constraints" in name:
        return ManifestKind.CONSTRAINTS
    return ManifestKind.INPUT if name.endswith(".in") else ManifestKind.REQUIREMENTS


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined and comments taken off, with the number of the first one."""
    start, parts = 1, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not comment:
            parts.append(raw[:-1])
            continue
        parts.append(" " + raw.lstrip() if comment and parts else raw)
        joined, parts = "".join(parts), []
        content = _COMMENT.sub("", joined).strip()
        if content:
            yield start, content
    content = _COMMENT.sub("", "".join(parts)).strip()
    if content:
        yield start, content


class RequirementsReader:
    """Collects what the lines of one file say."""

    def __init__(self, direct: bool | None) -> None:
        self.direct = direct
        self.dependencies: list[Dependency] = []
        self.problems: list[Problem] = []
        self.indexes: list[PackageIndex] = []
        self.includes: list[Include] = []

    def read(self, line: int, content: str) -> None:
        words = content.split(" ")
        cut = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        requirement = " ".join(words[:cut]).strip()
        try:
            options = list(_options(shlex.split(" ".join(words[cut:]))))
        except ValueError as error:
            self.problems.append(Problem(line, f"options that can't be read: {error}"))
            return
        if requirement:
            self._requirement(line, requirement, hashed=any(name == "--hash" for name, _ in options))
        for name, value in options:
            self._option(line, name, value)

    def _requirement(self, line: int, text: str, *, hashed: bool) -> None:
        bare = text.partition(";")[0].strip()
        if " @ " not in text and (
            "://" in bare or bare.startswith((".", "/", "~")) or bare.endswith((".whl", ".tar.gz"))
        ):
            self.dependencies.append(_by_reference(line, bare, hashed=hashed, direct=self.direct))
            return
        match parse_requirement(text, line, direct=self.direct, hashed=hashed):
            case Problem() as problem:
                self.problems.append(problem)
            case dependency:
                self.dependencies.append(dependency)

    def _option(self, line: int, name: str, value: str | None) -> None:
        if name in ("-e", "--editable") and value:
            self.dependencies.append(_by_reference(line, value, hashed=False, direct=self.direct))
        elif name in _INCLUDES and value:
            self.includes.append(Include(value, line, _INCLUDES[name]))
        elif name in _INDEXES and value:
            self.indexes.append(PackageIndex(_INDEXES[name], value, line))
        elif name not in _FLAGS and name not in _WITH_VALUE:
            self.problems.append(Problem(line, f"unknown or incomplete option {name[:40]!r}"))


def _options(words: list[str]) -> Iterator[tuple[str, str | None]]:
    """Pairs of option and value: ``--name=value``, ``--name value``, ``-rvalue`` or a flag."""
    pending = iter(words)
    for word in pending:
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(word) > 2:
            yield word[:2], word[2:].lstrip("=")
        elif equals:
            yield name, value
        elif word in _FLAGS:
            yield word, None
        else:
            yield word, next(pending, None)


def _by_reference(line: int, reference: str, *, hashed: bool, direct: bool | None) -> Dependency:
    """A URL, VCS or path requirement, whose name is at most a fragment."""
    egg = _EGG.search(reference)
    name = egg[1] if egg else ""
    origin = origin_of(reference)
    return Dependency(
        name=name,
        key=canonicalize_name(name),
        line=line,
        direct=direct,
        hashed=hashed or "#sha256=" in reference,
        origin=origin,
        reference=reference,
        commit=origin is Origin.VCS and names_commit(reference),
    )


def _with_parents(dependencies: list[Dependency], text: str) -> tuple[Dependency, ...]:
    """Takes up the ``# via`` comments that pip-compile and uv write: which package brought which."""
    lines = text.splitlines()
    starts = [dependency.line for dependency in dependencies]
    needs: dict[str, set[str]] = {}
    transitive: set[int] = set()
    for index, dependency in enumerate(dependencies):
        end = starts[index + 1] - 1 if index + 1 < len(starts) else len(lines)
        parents = _parents(lines[dependency.line - 1 : end])
        if parents and dependency.key:
            for parent in parents:
                needs.setdefault(canonicalize_name(parent), set()).add(dependency.key)
            if not any(parent.startswith("-") or " " in parent for parent in parents):
                transitive.add(index)
    if not needs:
        return tuple(dependencies)
    return tuple(
        structs.replace(
            dependency,
            direct=False if index in transitive else dependency.direct,
            requires=tuple(sorted(needs.get(dependency.key, ()))),
        )
        for index, dependency in enumerate(dependencies)
    )


def _parents(lines: list[str]) -> list[str]:
    found: list[str] = []
    following = False
    for line in lines:
        before, mark, comment = line.partition("#")
        if not mark or (before.strip() and not before[-1:].isspace()):
            following = False
            continue
        comment = comment.strip()
        if comment == "via":
            following = True
        elif comment.startswith("via "):
            found.extend(part.strip() for part in comment[4:].split(","))
            following = True
        elif following and comment:
            found.append(comment)
    return [parent for parent in found if parent]
