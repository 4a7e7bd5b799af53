"""Decisions on findings and gaps, kept in `pipesec.triage.toml`."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from pipesec_tui.engine.run import now
from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.store import History
from pipesec_tui.history.triage import apply_triage, has_expired
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.coverage import CoverageStatus
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.triage import Gap, TriageEntry
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import today
from pipesec_tui.project import config, triage_file
from pipesec_tui.project.problems import FileProblems


class Due(Struct, frozen=True, kw_only=True):
    """A decision that needs another look, and why."""

    what: str
    state: str
    until: str | None
    why: str
    reason: str


def decide(root: Path, name: str, state: FindingStatus, reason: str, until: dt.date) -> str:
    """Write a decision on a finding's id, or a gap ``CHECK=ASSET``, of the latest assessment. Raises UsageError."""
    return decide_all(root, [name], state, reason, until)


def decide_all(root: Path, names: Sequence[str], state: FindingStatus, reason: str, until: dt.date) -> str:
    """Write one decision on several findings and gaps, as ``decide`` does; none where one of them is unknown."""
    if until < today():
        raise UsageError(f"--until {until} is in the past")
    latest = _latest(root)
    entries = [_entry(latest, name, state, reason, until) for name in names]
    try:
        triage_file.remove(root, lambda old: _name(old) in names)
        for entry in entries:
            triage_file.append(root, entry)
    except (FileProblems, OSError) as error:
        raise UsageError(str(error)) from None
    what = names[0] if len(names) == 1 else f"{len(names)} findings"
    verb = "is" if len(names) == 1 else "are"
    return f"{what} {verb} {state.value} until {until}: review and commit {triage_file.TRIAGE_NAME}"


def decisions(root: Path) -> dict[str, TriageEntry]:
    """The decisions in `pipesec.triage.toml` that count today, by the id of the finding that they name. Raises
    UsageError."""
    try:
        entries = triage_file.load(root)
    except (FileProblems, OSError) as error:
        raise UsageError(str(error)) from None
    return {entry.finding: entry for entry in entries if entry.finding and not has_expired(entry.until, today())}


def take_back(root: Path, name: str) -> str:
    """Remove the decisions on a finding or a gap. Raises UsageError where there is none."""
    try:
        count = triage_file.remove(root, lambda old: _name(old) == name)
    except (FileProblems, OSError) as error:
        raise UsageError(str(error)) from None
    if count == 0:
        raise UsageError(f"{triage_file.TRIAGE_NAME} holds no decision on {name}")
    return f"{name} is open again"


def due_for_review(root: Path, days: int) -> list[Due]:
    """Decisions that have ended, that end within ``days``, or that match nothing in the latest assessment."""
    try:
        entries = triage_file.load(root)
    except FileProblems as error:
        raise UsageError(str(error)) from None
    if not entries:
        return []
    stale = apply_triage(_latest(root), entries, today()).stale
    soon = today() + dt.timedelta(days=days)
    found: list[Due] = []
    for entry in entries:
        why = None
        if has_expired(entry.until, today()):
            why = "ended"
        elif entry in stale:
            why = "matches nothing in the latest assessment"
        elif entry.until is not None and dt.date.fromisoformat(entry.until) <= soon:
            why = "ends soon"
        if why is not None:
            found.append(
                Due(what=_name(entry), state=entry.state.value, until=entry.until, why=why, reason=entry.reason)
            )
    return found


def _entry(latest: Assessment, name: str, state: FindingStatus, reason: str, until: dt.date) -> TriageEntry:
    finding = next((finding for finding in latest.findings if finding.id == name), None)
    if finding is not None:
        return TriageEntry(
            state=state, reason=reason, until=until.isoformat(), finding=finding.id, rule=finding.rule,
            path=finding.location.path, identity=finding.identity, actor=_user(), at=now(),
        )  # fmt: skip
    check, equals, asset = name.partition("=")
    gap = (row for row in latest.coverage if row.check == check and row.asset == asset)
    if not equals or not any(row.status is not CoverageStatus.OK for row in gap):
        raise UsageError(f"{name}: neither a finding nor a gap (CHECK=ASSET) of the latest assessment")
    return TriageEntry(
        state=state, reason=reason, until=until.isoformat(), gap=Gap(check, asset), actor=_user(), at=now()
    )


def _latest(root: Path) -> Assessment:
    try:
        key = config.load(root).info.name or str(root.resolve())
        with History.open() as history:
            if not history.assessments(key, limit=1):
                raise UsageError(f"{key} was not assessed yet: run `pipesec assess` first")
            return history.load("latest", project=key)
    except (FileProblems, HistoryError) as error:
        raise UsageError(str(error)) from None


def _name(entry: TriageEntry) -> str:
    return f"{entry.gap.check}={entry.gap.asset}" if entry.gap is not None else str(entry.finding)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
