"""`pipesec.backlog.toml`: where the work on each item of the backlog is planned, kept beside the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from pipesec_tui.project.problems import FileProblems, Problem, dotted
from pipesec_tui.project.reviewed_file import read_reviewed, with_table, write_reviewed
from pipesec_tui.project.shape import shape_errors
from pipesec_tui.project.toml_document import TomlDocument, TomlProblem
from pipesec_tui.project.toml_positions import Path as KeyPath

BACKLOG_NAME = "pipesec.backlog.toml"


class BacklogError(FileProblems):
    """pipesec.backlog.toml can't be used."""


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``[[item]]``: the plan for the item of the backlog with that key. ``title`` is for readers only."""

    key: str
    title: str | None = None
    ticket: str | None = None
    sprint: str | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    item: tuple[Plan, ...] = ()


def load(root: Path) -> dict[str, Plan]:
    """The plans in a project's backlog file by key, none where there is no such file. Raises BacklogError."""
    return parse(read_reviewed(root, BACKLOG_NAME, BacklogError))


def parse(text: str) -> dict[str, Plan]:
    """The plans in a text by key. Raises BacklogError with all that is wrong in it."""
    try:
        document = TomlDocument(text)
    except TomlProblem as error:
        raise BacklogError([Problem(BACKLOG_NAME, error.line, "", str(error))]) from None
    found = [*shape_errors(document.data, _File), *_doubles(document.data)]
    if found:
        raise BacklogError(Problem(BACKLOG_NAME, document.line(path), dotted(path), message) for path, message in found)
    return {plan.key: plan for plan in msgspec.convert(document.data, _File).item}


def put(root: Path, plan: Plan) -> Plan:
    """Writes a plan into a project's backlog file, which is made where it is missing, and returns it as it now stands.
    What ``plan`` leaves out stays as it was; so do comments and order. Raises BacklogError and OSError."""
    import tomlkit

    text = read_reviewed(root, BACKLOG_NAME, BacklogError)
    old = parse(text).get(plan.key)
    values = {key: value for key, value in structs.asdict(plan).items() if value is not None}
    if old is None:
        changed = with_table(text, "item", values)
    else:
        document = tomlkit.parse(text)
        items: Any = document["item"]
        next(item for item in items if item["key"] == plan.key).update(values)
        changed = tomlkit.dumps(document)
    plans = parse(changed)
    write_reviewed(root, BACKLOG_NAME, changed)
    return plans[plan.key]


def _doubles(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    entries = data.get("item")
    seen: set[str] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        key = entry.get("key") if isinstance(entry, dict) else None
        if isinstance(key, str) and key in seen:
            yield ("item", index, "key"), "is there already; an item has one plan"
        elif isinstance(key, str):
            seen.add(key)
