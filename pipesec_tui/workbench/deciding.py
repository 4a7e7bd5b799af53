"""Writing decisions down, and taking them back as they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.finding import Finding
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import today
from pipesec_tui.operations.triage import decide_all
from pipesec_tui.operations.triage import take_back as take_one_back
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.screens.triage import Decision


class Undo(Struct, frozen=True):
    """What it takes to undo a decision: on which findings, and what was decided on them before."""

    names: tuple[str, ...]
    before: tuple[TriageEntry, ...]
    told: str


def decide(root: Path, findings: Sequence[Finding], decision: Decision, context: Context | None) -> Undo:
    """Write a decision into the triage file. Raises UsageError."""
    names = [finding.id for finding in findings]
    before = tuple(context.decided[name] for name in names if name in context.decided) if context is not None else ()
    told = decide_all(root, names, decision.state, decision.reason, decision.until)
    return Undo(tuple(names), before, told)


def take_back(root: Path, undo: Undo) -> str:
    """Make the triage file say of these findings what it said before. Raises UsageError."""
    for name in undo.names:
        take_one_back(root, name)
    for entry in undo.before:
        if entry.finding is None or entry.until is None:
            continue
        until = dt.date.fromisoformat(entry.until)
        if until < today():
            raise UsageError(f"the decision on {entry.finding} that was there before has ended on {until}")
        decide_all(root, [entry.finding], entry.state, entry.reason, until)
    count = len(undo.names)
    return "The decision is taken back." if count == 1 else f"The decision on {count} findings is taken back."
