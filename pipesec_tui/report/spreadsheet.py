"""CSV after RFC 4180, for spreadsheets: a row for every finding, then one for every gap."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TextIO

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding
from pipesec_tui.report.context import ReportContext
from pipesec_tui.report.escape import cell_safe
from pipesec_tui.report.gaps import Gap, comparison_gaps, coverage_gaps, extent_told
from pipesec_tui.report.summary import LISTED, by_priority, reason

COLUMNS = (
    "kind", "outcome", "id", "severity", "priority", "confidence", "status", "area", "rule", "title", "message",
    "path", "line", "asset", "pipeline", "stage", "dataset", "cwe", "aliases", "fixed_in", "remediation",
    "first_seen", "triage_reason", "triage_until", "check", "reason", "count",
)  # fmt: skip
"""``kind`` is finding or a kind of gap; ``outcome`` is empty in an assessment."""

Cells = dict[str, str | int | float | None]


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    findings = (_finding(finding, None) for finding in by_priority(assessment.findings))
    _write(findings, coverage_gaps(assessment), stream)


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    _write(_compared(comparison), comparison_gaps(comparison), stream)


def _compared(comparison: Comparison) -> Iterator[Cells]:
    for outcome in LISTED:
        for finding in by_priority(comparison.of(outcome)):
            yield _finding(finding, outcome.value)


def _write(findings: Iterable[Cells], gaps: Iterable[Gap], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in chain(findings, map(_gap, gaps)):
        writer.writerow([_text(cells.get(column)) for column in COLUMNS])


def _text(value: str | int | float | None) -> str:
    if value is None:
        return ""
    return cell_safe(value) if isinstance(value, str) else str(value)


def _finding(finding: Finding, outcome: str | None) -> Cells:
    location, triage = finding.location, finding.triage
    return {
        "kind": "finding",
        "outcome": outcome,
        "id": finding.id,
        "severity": finding.severity.value,
        "priority": finding.priority,
        "confidence": finding.confidence.value,
        "status": finding.status.value,
        "area": finding.area.value,
        "rule": finding.rule,
        "title": finding.title,
        "message": finding.message,
        "path": location.path,
        "line": location.start_line,
        "asset": finding.asset,
        "pipeline": location.pipeline,
        "stage": location.stage,
        "dataset": location.dataset,
        "cwe": " ".join(f"CWE-{number}" for number in finding.cwe),
        "aliases": " ".join(finding.aliases),
        "fixed_in": finding.fixed_in,
        "remediation": finding.remediation,
        "first_seen": finding.first_seen,
        "triage_reason": triage.reason if triage else None,
        "triage_until": triage.until if triage else None,
        "check": finding.check,
        "reason": reason(finding),
    }


def _gap(gap: Gap) -> Cells:
    return {
        "kind": gap.kind.value,
        "status": gap.status,
        "title": gap.reason,
        "message": extent_told(gap),
        "check": gap.check,
        "reason": gap.reason,
        "count": gap.count,
        "triage_reason": gap.triage.reason if gap.triage else None,
        "triage_until": gap.triage.until if gap.triage else None,
    }
