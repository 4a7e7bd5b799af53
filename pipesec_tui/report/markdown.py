"""A comment on a pull request, in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding
from pipesec_tui.report.context import GateOutcome, GateText, ReportContext
from pipesec_tui.report.escape import markdown_code, markdown_safe
from pipesec_tui.report.gaps import (
    NO_GAPS,
    Gap,
    comparison_gaps,
    coverage_gaps,
    extent_told,
    gap_sections,
    has_gaps,
    reason_told,
)
from pipesec_tui.report.summary import LISTED, by_priority, counted, headline, is_open, place, reason, severity_line

LIMIT = 65_000
"""Characters. GitHub refuses a comment of more than 65,536."""

_RESERVE = 400
_TEXT = 300
_GAPS = 25
_MARK = {GateOutcome.PASSED: "✅", GateOutcome.FAILED: "❌", GateOutcome.INCOMPLETE: "⚠️"}
_HEAD = "| | Severity | Finding | Where | Id |\n|--:|---|---|---|---|\n"


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    info = assessment.assessment
    ranked = by_priority(filter(is_open, assessment.findings))
    comment = _Comment(info.project)
    comment.gate(context.gate)
    comment.add(f"{markdown_safe(headline(info))}: {info.status.value}, {counted(len(ranked), 'open finding')}\n")
    comment.gaps(coverage_gaps(assessment))
    comment.findings("Open findings", ranked)
    comment.finish(stream)


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    comment = _Comment(comparison.head.project)
    comment.gate(context.gate)
    counts = [f"{len(comparison.of(outcome)):,} {outcome.value.replace('_', ' ')}" for outcome in LISTED]
    counts.append(f"{comparison.unchanged_count:,} unchanged")
    comment.add(f"{markdown_safe(headline(comparison.head))}: {', '.join(counts)}\n")
    comment.gaps(comparison_gaps(comparison))
    for outcome in LISTED:
        comment.findings(outcome.value.replace("_", " ").capitalize(), by_priority(comparison.of(outcome)))
    comment.finish(stream)


class _Comment:
    """Text that stops growing before the limit and tells what it left out."""

    def __init__(self, project: str) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._missing = 0
        self._full = False
        self.add(f"<!-- pipesec:{_marker(project)} -->\n")

    def add(self, text: str) -> bool:
        """Add a text where it fits; once one did not, none is added any more."""
        if self._full or self._length + len(text) > LIMIT - _RESERVE:
            self._full = True
            return False
        self._parts.append(text)
        self._length += len(text)
        return True

    def gate(self, gate: GateText | None) -> None:
        self.add("## pipesec\n\n" if gate is None else f"## {_MARK[gate.outcome]} pipesec: {gate.outcome.value}\n\n")
        if gate is not None and gate.reasons:
            shown = "".join(f"- {markdown_safe(_short(each))}\n" for each in gate.reasons[:_GAPS])
            more = len(gate.reasons) - _GAPS
            self.add(shown + (f"- and {counted(more, 'more reason')}\n" if more > 0 else "") + "\n")

    def gaps(self, gaps: Sequence[Gap]) -> None:
        if not has_gaps(gaps):
            self.add(f"\n**{NO_GAPS}.**\n")
        for section in gap_sections(gaps, _GAPS):
            self.add(f"\n### {section.kind.title}\n\n| Check | | How many | Why | Which |\n|---|---|--:|---|---|\n")
            for gap in section.gaps:
                why, which = _cell(reason_told(gap)), _cell(extent_told(gap))
                self.add(f"| {markdown_code(gap.check)} | {gap.status} | {gap.count:,} | {why} | {which} |\n")
            if section.rest:
                self.add(f"\n{section.rest}\n")

    def findings(self, title: str, findings: Sequence[Finding]) -> None:
        if not findings:
            return
        if not self.add(f"\n### {title}: {len(findings):,} ({severity_line(findings)})\n\n{_HEAD}"):
            self._missing += len(findings)
            return
        for done, row in enumerate(map(_row, findings)):
            if not self.add(row):
                self._missing += len(findings) - done
                return

    def finish(self, stream: TextIO) -> None:
        stream.writelines(self._parts)
        if self._missing:
            stream.write(
                f"\n**{counted(self._missing, 'finding')} cut off** to keep within the length of a comment: "
                "`pipesec show` or another format lists all.\n"
            )
        elif self._full:
            stream.write("\n**Cut off** to keep within the length of a comment: `pipesec show` tells all.\n")


def _row(finding: Finding) -> str:
    priority = "" if finding.priority is None else f"{finding.priority:.1f}"
    title = _cell(finding.title)
    notes = list(_notes(finding))
    if notes:
        title += f" ({markdown_safe(_short(', '.join(notes)))})"
    where = markdown_code(_short(place(finding)))
    return f"| {priority} | **{finding.severity.value}** | {title} | {where} | {markdown_code(finding.id)} |\n"


def _notes(finding: Finding) -> Iterable[str]:
    yield from finding.aliases[:2]
    if finding.fixed_in:
        yield f"fixed in {finding.fixed_in}"
    yield from filter(None, [reason(finding)])


def _cell(text: str) -> str:
    return markdown_safe(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def _marker(project: str) -> str:
    """A project's name as it may stand in an HTML comment: tools look for it to update their comment in place."""
    return re.sub(r"[^\w./]+", "-", project[:200], flags=re.ASCII).strip("-")
