"""`pipesec.triage.toml`: decisions on findings and gaps, kept beside the code so that they are reviewed like it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pipesec_tui.model.finding import FindingStatus, Identity
from pipesec_tui.model.triage import Gap, TriageEntry
from pipesec_tui.project.problems import FileProblems, Problem, dotted
from pipesec_tui.project.reviewed_file import read_reviewed, with_table, write_reviewed
from pipesec_tui.project.shape import shape_errors
from pipesec_tui.project.toml_document import TomlDocument, TomlProblem
from pipesec_tui.project.toml_positions import Path as KeyPath

TRIAGE_NAME = "pipesec.triage.toml"
_STATES = (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE)


class TriageError(FileProblems):
    """pipesec.triage.toml can't be used."""


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[triage]]`` as it is written."""

    finding: str | None = None
    rule: str | None = None
    path: str | None = None
    check: str | None = None
    asset: str | None = None
    state: FindingStatus
    reason: str
    until: dt.date
    by: str | None = None
    at: str | None = None
    identity: Identity | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    triage: tuple[_Entry, ...] = ()


def load(root: Path) -> list[TriageEntry]:
    """The decisions in a project's triage file, none where there is no such file. Raises TriageError."""
    return parse(read_reviewed(root, TRIAGE_NAME, TriageError))


def parse(text: str, name: str = TRIAGE_NAME) -> list[TriageEntry]:
    """The decisions in a text. Raises TriageError with all that is wrong in it."""
    try:
        document = TomlDocument(text)
    except TomlProblem as error:
        raise TriageError([Problem(name, error.line, "", str(error))]) from None
    found = [*shape_errors(document.data, _File), *_rules(document.data)]
    if found:
        raise TriageError(Problem(name, document.line(path), dotted(path), message) for path, message in found)
    return [_from_file(entry) for entry in msgspec.convert(document.data, _File).triage]


def append(root: Path, entry: TriageEntry) -> None:
    """Adds a decision at the end of a project's triage file, which is made where it is missing; comments and order of
    what is there stay. Raises ValueError for an entry without reason or end, TriageError where the file is broken,
    OSError where it can't be written."""
    text = read_reviewed(root, TRIAGE_NAME, TriageError)
    parse(text)
    values = {key: _inline(value) if isinstance(value, dict) else value for key, value in _to_file(entry).items()}
    changed = with_table(text, "triage", values)
    parse(changed)
    write_reviewed(root, TRIAGE_NAME, changed)


def remove(root: Path, matches: Callable[[TriageEntry], bool]) -> int:
    """Takes the decisions that match out of a project's triage file; how many there were. Comments and order of the
    rest stay. Raises TriageError and OSError."""
    import tomlkit

    text = read_reviewed(root, TRIAGE_NAME, TriageError)
    gone = [index for index, entry in enumerate(parse(text)) if matches(entry)]
    if gone:
        document = tomlkit.parse(text)
        array: Any = document["triage"]
        for index in reversed(gone):
            del array[index]
        if not array:
            del document["triage"]
        write_reviewed(root, TRIAGE_NAME, tomlkit.dumps(document))
    return len(gone)


def _rules(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What the shape of an entry does not say."""
    entries = data.get("triage")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        at: KeyPath = ("triage", index)
        if entry.get("state") in ("open", "fixed"):
            yield (*at, "state"), 'must be "accepted" or "false_positive"; take the entry out to undo a decision'
        if isinstance(entry.get("reason"), str) and not entry["reason"].strip():
            yield (*at, "reason"), "is empty; say why this may stay"
        of_finding = "finding" in entry or "identity" in entry
        of_gap = "check" in entry or "asset" in entry
        if of_finding and "identity" not in entry:
            yield (
                at,
                'needs an "identity", by which the finding is recognized; `pipesec triage` writes it',
            )
        if of_gap and not ("check" in entry and "asset" in entry):
            yield at, 'a decision on a gap needs both "check" and "asset"'
        if of_finding == of_gap:
            yield at, 'needs either "finding" and "identity", or "check" and "asset"'


def _from_file(entry: _Entry) -> TriageEntry:
    return TriageEntry(
        state=entry.state,
        reason=entry.reason,
        until=entry.until.isoformat(),
        finding=entry.finding,
        rule=entry.rule,
        path=entry.path,
        identity=entry.identity,
        gap=Gap(entry.check, entry.asset) if entry.check is not None and entry.asset is not None else None,
        actor=entry.by,
        at=entry.at,
    )


def _to_file(entry: TriageEntry) -> dict[str, Any]:
    """The keys of an entry in the order they are written in, without those that are absent."""
    if entry.state not in _STATES:
        raise ValueError(f"{entry.state.value!r} is not a decision; take the entry out instead")
    if not entry.reason.strip():
        raise ValueError("a decision needs a reason")
    if entry.until is None:
        raise ValueError("a decision needs an end date")
    values = {
        "finding": entry.finding,
        "rule": entry.rule,
        "path": entry.path,
        "check": entry.gap.check if entry.gap else None,
        "asset": entry.gap.asset if entry.gap else None,
        "state": entry.state.value,
        "reason": entry.reason,
        "until": dt.date.fromisoformat(entry.until),
        "by": entry.actor,
        "at": entry.at,
        "identity": msgspec.to_builtins(entry.identity) if entry.identity else None,
    }
    return {key: value for key, value in values.items() if value is not None}


def _inline(values: dict[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update({key: value for key, value in values.items() if value is not None})
    return table
