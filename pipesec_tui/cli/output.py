"""Where results go: standard output or a file, in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import click

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.gate import ExitStatus, Gate
from pipesec_tui.report import FORMATS, GateOutcome, GateText
from pipesec_tui.report.atomic import ReportError, write_atomic
from pipesec_tui.report.context import terminal_context
from pipesec_tui.report.escape import terminal_safe

_OUTCOMES = {
    ExitStatus.PASSED: GateOutcome.PASSED,
    ExitStatus.GATE_FAILED: GateOutcome.FAILED,
    ExitStatus.INCOMPLETE: GateOutcome.INCOMPLETE,
}


def note(line: str) -> None:
    """A message for the user, on standard error."""
    click.echo(terminal_safe(line), err=True)


def gate_text(gate: Gate) -> GateText:
    """The gate's word as reports show it."""
    return GateText(outcome=_OUTCOMES[gate.exit_status], reasons=(gate.reason(), *gate.gaps))


def deliver(
    document: Assessment | Comparison,
    format: str,
    output: Path | None,
    *,
    gate: GateText | None = None,
    rules: Mapping[str, RuleSpec] | None = None,
    top: int = 10,
) -> None:
    """Write a document to ``output``, or to standard output where that is None. Raises UsageError."""
    chosen = FORMATS[format]

    def render(stream: TextIO) -> None:
        context = terminal_context(stream, gate=gate, rules=rules, top=top)
        if isinstance(document, Assessment):
            chosen.assessment(document, stream, context=context)
        else:
            chosen.comparison(document, stream, context=context)

    if output is None:
        render(sys.stdout)
        sys.stdout.flush()
        return
    try:
        write_atomic(output, render)
    except ReportError as error:
        raise UsageError(str(error)) from None
    note(f"wrote {output}")
