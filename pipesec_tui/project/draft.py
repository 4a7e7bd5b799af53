"""The pipesec.toml that `pipesec init` writes: what discovery is sure of, and what it only guesses as comments."""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from pipesec_tui.model.files import Inventory
from pipesec_tui.project.draft_parts import (
    DraftStage,
    Text,
    dvc_stages,
    framework_stages,
    is_data,
    kedro_datasets,
    make_stages,
    samples,
    script_stages,
)
from pipesec_tui.project.problems import printable
from pipesec_tui.project.toml_document import TomlDocument, TomlProblem

_HEADER = """\
# What pipesec knows of this project, drafted by `pipesec init` from what it found. Every key is explained by
# `pipesec config schema`. Check what is marked as inferred: it decides what counts as reachable from outside.
"""

_POLICY = """\
[policy]
every   = "7d"      # assessed at least this often
fail_on = "high"    # open findings at or above this severity fail the gate
sla     = { critical = "2d", high = "7d", medium = "30d" }    # time to fix
"""


def draft(root: Path, inventory: Inventory) -> str:
    """The text of a pipesec.toml for a project, from its inventory; ``parse`` accepts it. Nothing is run."""
    text = Text(inventory)
    names = _Names()
    stages = list(chain(dvc_stages(text), make_stages(text), framework_stages(text), script_stages(text)))
    written = {path: stage.where for stage in stages if stage.sure for path in stage.writes}
    parts = [_HEADER, f"[project]\nname = {_value(_project_name(root, text))}\n"]
    known: dict[str, str] = {}
    read = dict.fromkeys(path for stage in stages if stage.sure for path in stage.reads if _is_input(path, text))
    for path in dict.fromkeys([*samples(inventory.files), *read]):
        if path not in written:
            known[path] = names.new(path)
            parts.append(_source(known[path], path, path in text.files))
    datasets = {dataset.path: (dataset.name, dataset.where) for dataset in kedro_datasets(text)}
    datasets |= {path: (path, where) for path, where in written.items()}
    for path, (name, where) in datasets.items():
        if path not in known:
            known[path] = names.new(name)
            parts.append(
                f"[[dataset]]    # from {_comment(where)}\nname = {_value(known[path])}\npath = {_value(path)}\n"
            )
    stage_names = _Names()
    parts += [_stage(stage, stage_names.new(stage.name), known) for stage in stages]
    if not stages:
        parts.append(_EXAMPLE)
    return "\n".join([*parts, _POLICY])


_EXAMPLE = """\
# No stage was recognized. One looks like this; it is needed for the checks that run stages (poisoning, canary):
# [[stage]]
# name   = "clean"
# run    = ["python", "clean.py", "{feedback}", "{clean}"]    # a list: no shell
# cwd    = "etl"
# reads  = ["feedback"]    # names of sources and datasets
# writes = ["clean"]
"""


class _Names:
    """Names that are readable and unique."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        stem = posixpath.basename(wanted.rstrip("/"))
        stem = stem.partition(".")[0] if is_data(stem) else stem
        stem = re.sub(r"[^\w.\-]+", "-", stem).strip("-.")[:60] or "unnamed"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name


def _project_name(root: Path, text: Text) -> str:
    try:
        data = TomlDocument(text.bytes("pyproject.toml").decode("utf-8", "replace")).data
    except TomlProblem:
        data = {}
    tool = data.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    for table in (data.get("project"), poetry):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            return str(table["name"])
    setup = configparser.RawConfigParser(strict=False)
    try:
        setup.read_string(text.bytes("setup.cfg").decode("utf-8", "replace"))
        return setup.get("metadata", "name", fallback="") or _folder_name(root)
    except configparser.Error:
        return _folder_name(root)


def _folder_name(root: Path) -> str:
    return printable(root.resolve().name) or "project"


def _is_input(path: str, text: Text) -> bool:
    """Whether what a stage depends on is data: a file that looks so, or a folder with such files."""
    if path in text.files:
        return is_data(path)
    return is_data(path) or any(file.startswith(f"{path}/") and is_data(file) for file in text.files)


def _source(name: str, path: str, is_file: bool) -> str:
    place = f"sample = {_value(path)}" if is_file else f"uri    = {_value(path)}"
    trust = 'trust  = "untrusted"    # inferred: untrusted | partner | internal'
    return f"[[source]]\nname   = {_value(name)}\n{place}\n{trust}\n"


def _stage(stage: DraftStage, name: str, known: dict[str, str]) -> str:
    lines = list(_stage_lines(stage, name, known))
    if stage.sure:
        head = f"# From {_comment(stage.where)}."
    else:
        head = f"# Perhaps a stage, from {_comment(stage.where)}{': ' + stage.why if stage.why else ''}."
        lines = [f"# {line}" for line in lines]
    return "\n".join([head, *lines, ""])


def _stage_lines(stage: DraftStage, name: str, known: dict[str, str]) -> Iterator[str]:
    yield "[[stage]]"
    yield f"name   = {_value(name)}"
    yield f"run    = {_value(list(stage.run))}"
    if stage.cwd != ".":
        yield f"cwd    = {_value(stage.cwd)}"
    for key, paths in (("reads ", stage.reads), ("writes", stage.writes)):
        names = [known[path] for path in paths if path in known]
        if names:
            yield f"{key} = {_value(names)}"


def _value(value: str | list[str]) -> str:
    import tomlkit

    return tomlkit.item(value).as_string().strip()


def _comment(text: str) -> str:
    """Text for a comment, which must not end the line."""
    return printable(text, 200)
