"""One requirement (PEP 508), as pip and pyproject.toml write it."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.model import Dependency, Origin, Problem

_VCS = ("git+", "hg+", "svn+", "bzr+", "git:", "ssh:")
_COMMIT = re.compile(r"@(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")
MAX_REQUIREMENT = 4_096
"""Characters; the parser's time grows with the text, and no honest requirement is as long."""


def parse_requirement(
    text: str, line: int, *, direct: bool | None = True, hashed: bool = False, groups: tuple[str, ...] = ()
) -> Dependency | Problem:
    """A requirement such as ``name[extra]>=1; python_version < "3.12"`` or ``name @ https://…``; a ``Problem`` where
    it isn't one."""
    if len(text) > MAX_REQUIREMENT:
        return Problem(line, f"a requirement of {len(text)} characters")
    try:
        requirement = Requirement(text)
        marker = str(requirement.marker) if requirement.marker else None
        key = canonicalize_name(requirement.name)
    except (InvalidRequirement, RecursionError) as error:
        return Problem(line, f"not a requirement: {first_line(error)}")
    origin = Origin.INDEX if requirement.url is None else origin_of(requirement.url)
    return Dependency(
        name=requirement.name,
        key=key,
        version=pinned_version(requirement.specifier),
        specifier=str(requirement.specifier),
        extras=tuple(sorted(requirement.extras)),
        marker=marker,
        hashed=hashed or (requirement.url is not None and "#sha256=" in requirement.url),
        line=line,
        direct=direct,
        groups=groups,
        origin=origin,
        reference=requirement.url,
        commit=origin is Origin.VCS and names_commit(requirement.url or ""),
    )


def pinned_version(specifier: SpecifierSet) -> str | None:
    """The one version that a specifier allows by ``==`` or ``===`` without a wildcard, else None."""
    pins = [s.version for s in specifier if s.operator in ("==", "===") and not s.version.endswith(".*")]
    return pins[0] if pins else None


def origin_of(reference: str) -> Origin:
    """What kind of place a URL or path is."""
    lowered = reference.lower()
    if lowered.startswith(_VCS) or (lowered.partition("#")[0].endswith(".git") and "://" in lowered):
        return Origin.VCS
    if "://" not in lowered or lowered.startswith("file:"):
        return Origin.LOCAL
    return Origin.URL


def names_commit(reference: str) -> bool:
    """Whether a VCS reference ends in a full commit, which nobody can move, unlike a branch or a tag."""
    return _COMMIT.search(reference.partition("#")[0]) is not None


def first_line(error: BaseException) -> str:
    """An exception's text, in one line of bounded length."""
    text = str(error).strip().splitlines()
    return text[0][:200] if text else type(error).__name__
