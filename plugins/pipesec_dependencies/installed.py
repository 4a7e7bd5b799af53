"""What is installed in a virtual environment, read from its metadata; nothing of it is imported."""

from __future__ import annotations

import os
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pipesec_dependencies.manifest.lock import keys_of
from pipesec_dependencies.manifest.model import Dependency, MalformedManifest, Manifest, ManifestKind, Problem
from pipesec_dependencies.manifest.requirement import first_line

_MAX_METADATA = 2 << 20
_MAX_PACKAGES = 20_000


def read_environment(root: Path, venv: str) -> Manifest:
    """The packages in a virtual environment inside the project. Links are not followed.

    root -- absolute path of the project
    venv -- of the environment, relative to it

    Raises MalformedManifest where it lies outside or is none.
    """
    top = Path(os.path.realpath(root))
    folder = Path(os.path.realpath(top / venv))
    if not folder.is_relative_to(top):
        raise MalformedManifest(f"venv = {venv!r} leads outside the project")
    sites = sorted(
        path for path in (*folder.glob("lib/python*/site-packages"), folder / "Lib/site-packages") if path.is_dir()
    )
    if not sites:
        raise MalformedManifest(f"venv = {venv!r} is no virtual environment: it has no site-packages")
    dependencies: list[Dependency] = []
    problems: list[Problem] = []
    for site in sites:
        infos = sorted(name for name in os.listdir(site) if name.endswith(".dist-info"))
        for name in infos[:_MAX_PACKAGES]:
            try:
                dependencies.append(_read(site / name))
            except (OSError, ValueError) as error:
                problems.append(Problem(1, f"{name}: {first_line(error)}"))
        if len(infos) > _MAX_PACKAGES:
            problems.append(Problem(1, f"{site.name}: more than {_MAX_PACKAGES} packages"))
    return Manifest(
        path=folder.relative_to(top).as_posix(),
        kind=ManifestKind.INSTALLED,
        dependencies=tuple(dependencies),
        problems=tuple(problems),
    )


def _read(info: Path) -> Dependency:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(info / "METADATA", flags), "rb") as stream:
        content = stream.read(_MAX_METADATA)
    headers = HeaderParser().parsestr(content.decode("utf-8", "replace"))
    name, version = headers["Name"], headers["Version"]
    if not name or not version:
        raise ValueError("METADATA without name or version")
    needed = []
    for text in headers.get_all("Requires-Dist") or ():
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError):
            continue
        # What an extra needs is installed only where someone asked for the extra, so it is no edge for certain.
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed.append(requirement.name)
    return Dependency(
        name=str(name),
        key=canonicalize_name(str(name)),
        version=str(version),
        specifier=f"=={version}",
        direct=(info / "REQUESTED").is_file(),
        requires=keys_of(needed),
    )
