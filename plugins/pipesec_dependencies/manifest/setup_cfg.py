"""setup.cfg: the requirements that setuptools reads from it."""

from __future__ import annotations

import configparser

from pipesec_dependencies.manifest.model import Dependency, MalformedManifest, Manifest, ManifestKind, Problem
from pipesec_dependencies.manifest.requirement import first_line, parse_requirement

_LISTS = ("install_requires", "setup_requires", "tests_require")


def parse(path: str, text: str) -> Manifest:
    """Reads ``[options]`` and ``[options.extras_require]``. Raises MalformedManifest where it is no such file."""
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error as error:
        raise MalformedManifest(f"not a configuration file: {first_line(error)}") from None
    lines = text.splitlines()
    read: list[Dependency | Problem] = []
    for section, option, group in _options(config):
        value = config.get(section, option)
        start = _line_of(lines, 0, option)
        if value.strip().startswith("file:"):
            read.append(Problem(start + 1, f"{option} is taken from {value.strip()[5:].strip()[:200]}"))
            continue
        for item in value.replace(";", " ;").splitlines():
            if item.strip() and not item.lstrip().startswith("#"):
                line = _line_of(lines, start, item.replace(" ;", ";").strip())
                read.append(parse_requirement(item.strip(), line + 1, groups=(group,) if group else ()))
    return Manifest(
        path=path,
        kind=ManifestKind.PROJECT,
        dependencies=tuple(item for item in read if isinstance(item, Dependency)),
        problems=tuple(item for item in read if isinstance(item, Problem)),
    )


def _options(config: configparser.ConfigParser) -> list[tuple[str, str, str | None]]:
    """The sections and options that hold requirements, with the group that they are asked for in."""
    found: list[tuple[str, str, str | None]] = [
        ("options", option, None if option == "install_requires" else option)
        for option in _LISTS
        if config.has_option("options", option)
    ]
    extras = "options.extras_require"
    if config.has_section(extras):
        found += [(extras, option, option) for option in config.options(extras)]
    return found


def _line_of(lines: list[str], start: int, text: str) -> int:
    """The index of the first line that begins with a text, or that ends with it as a value does, from ``start``."""
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if line.startswith(text) or line.endswith(text):
            return index
    return start
