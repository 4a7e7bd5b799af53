"""The summary for a terminal: what was looked at, what was not, and what matters most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.severity import Severity
from pipesec_tui.report.context import GateOutcome, GateText, ReportContext
from pipesec_tui.report.escape import terminal_safe
from pipesec_tui.report.gaps import (
    NO_GAPS,
    Gap,
    GapKind,
    comparison_gaps,
    coverage_gaps,
    extent_told,
    gap_sections,
    has_gaps,
    reason_told,
)
from pipesec_tui.report.summary import (
    LISTED,
    by_priority,
    check_summaries,
    counted,
    data_lines,
    headline,
    is_open,
    place,
    reason,
    severity_line,
)  # fmt: skip

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_GATE_STYLE = {GateOutcome.PASSED: "green", GateOutcome.FAILED: "bold red", GateOutcome.INCOMPLETE: "yellow"}
_GAP_LINES = 12


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    paper = _Paper(stream, context)
    info = assessment.assessment
    paper.title(headline(info), f"assessment {info.id}, {info.status.value}")
    paper.checks(assessment)
    gaps = coverage_gaps(assessment)
    paper.gaps(gaps)
    ranked = by_priority(filter(is_open, assessment.findings))
    triaged = len(assessment.findings) - len(ranked)
    decided = f"; {triaged:,} decided on" if triaged else ""
    shown = f", the first {context.top}" if len(ranked) > context.top else ""
    paper.heading(f"{counted(len(ranked), 'open finding')}{shown} ({severity_line(ranked)}){decided}")
    paper.findings(ranked[: context.top])
    for line in data_lines(info):
        paper.line(f"Judged by {line}", "dim")
    paper.gate(context.gate)
    if ranked:
        paper.line(f"Next: pipesec explain {ranked[0].id}")
    elif has_gaps(gaps):
        paper.line("Next: close the gaps above, or accept one with pipesec triage; pipesec doctor tells what is amiss")


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    paper = _Paper(stream, context)
    base, head = comparison.base, comparison.head
    paper.title(headline(head), f"{base.id} → {head.id}, {head.status.value}")
    counts = [f"{len(comparison.of(outcome)):,} {outcome.value.replace('_', ' ')}" for outcome in LISTED]
    paper.line(", ".join([*counts, f"{comparison.unchanged_count:,} unchanged"]), "bold")
    gaps = comparison_gaps(comparison)
    paper.gaps(gaps)
    for outcome in LISTED:
        listed = by_priority(comparison.of(outcome))
        if not listed:
            continue
        shown = f", the first {context.top}" if len(listed) > context.top else ""
        paper.heading(f"{outcome.value.replace('_', ' ').capitalize()}: {len(listed):,}{shown}")
        paper.findings(listed[: context.top])
    paper.gate(context.gate)
    urgent = by_priority([*comparison.new, *comparison.reopened])
    if urgent:
        paper.line(f"Next: pipesec explain {urgent[0].id}")


class _Paper:
    """A rich console that target text can't speak to: all goes through ``Text``, never through markup."""

    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        from rich.console import Console

        self._context = context
        self._console: Console = Console(
            file=stream, width=context.width, force_terminal=context.color, no_color=not context.color,
            color_system="standard" if context.color else None, legacy_windows=False, force_jupyter=False,
            markup=False, emoji=False, highlight=False, soft_wrap=False, _environ={},
        )  # fmt: skip

    def line(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(terminal_safe(text), style), overflow="fold")

    def heading(self, text: str) -> None:
        self._console.print()
        self.line(text, "bold")

    def title(self, name: str, what: str) -> None:
        self.line(name, "bold")
        self.line(what, "dim")

    def checks(self, assessment: Assessment) -> None:
        table = self._table("check", *(severity.value for severity in Severity), "decided", "looked at")
        for column in table.columns[1:-1]:
            column.justify = "right"
        for summary in check_summaries(assessment):
            cells = [(str(n) if n else "·", _STYLE[s] if n else "dim") for s, n in summary.open.items()]
            looked = (summary.looked, "" if summary.whole else "yellow")
            decided = (str(summary.triaged) if summary.triaged else "·", "dim")
            self._row(table, (summary.check, ""), *cells, decided, looked)
        self._console.print()
        self._console.print(table)

    def gaps(self, gaps: Sequence[Gap]) -> None:
        for section in gap_sections(gaps, _GAP_LINES):
            style = "yellow" if section.kind is GapKind.GAP else ""
            self.heading(section.kind.title)
            table = self._table()
            for _ in range(5):
                table.add_column(overflow="fold")
            for gap in section.gaps:
                cells = ((gap.check, style), (gap.status, style), (f"{gap.count:,}", ""), (reason_told(gap), ""))
                self._row(table, *cells, (extent_told(gap), "dim"))
            self._console.print(table)
            if section.rest:
                self.line(section.rest, "dim")
        if not has_gaps(gaps):
            self.heading(NO_GAPS)

    def findings(self, findings: Sequence[Finding]) -> None:
        if not findings:
            return
        table = self._table()
        # Ids and places are copied into commands and editors: they are whole wherever the window allows it.
        window = self._context.width
        ids = min(max(len(finding.id) for finding in findings), window // 3)
        places = min(max(len(place(finding)) for finding in findings), max(window - ids - 43, window // 4))
        for width in (4, 8, None, places, ids):
            table.add_column(overflow="fold", width=width)
        for finding in findings:
            priority = "" if finding.priority is None else f"{finding.priority:.1f}"
            severity = (finding.severity.value, _STYLE[finding.severity])
            self._row(table, (priority, ""), severity, (finding.title + _aside(finding), ""), (place(finding), ""),
                      (finding.id, "dim"))  # fmt: skip
        self._console.print(table)

    def gate(self, gate: GateText | None) -> None:
        if gate is None:
            self._console.print()
            return
        self.heading("")
        self.line(f"Gate: {gate.outcome.value}", _GATE_STYLE[gate.outcome])
        for each in gate.reasons:
            self.line(f"  {each}")

    def _table(self, *headings: str) -> Table:
        from rich.table import Table

        table = Table(box=None, show_header=bool(headings), header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
        for heading in headings:
            table.add_column(heading, overflow="fold")
        return table

    def _row(self, table: Table, *cells: tuple[str, str]) -> None:
        from rich.text import Text

        table.add_row(*(Text(terminal_safe(text), style) for text, style in cells))


def _aside(finding: Finding) -> str:
    """What else a line must say: where a finding's aliases or its match explain it."""
    alias = [name for name in finding.aliases[:1] if name not in finding.title]
    notes = [*alias, *filter(None, [reason(finding)])]
    return f" ({', '.join(notes)})" if notes else ""
