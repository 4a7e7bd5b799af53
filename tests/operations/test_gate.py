"""What the gate says of findings, gaps and old data."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec import structs

from pipesec_tui import Area, Confidence, Coverage, CoverageStatus, Finding, Location, Severity
from pipesec_tui.model.assessment import (
    Assessment,
    AssessmentInfo,
    AssessmentStatus,
    CheckRun,
    CheckStatus,
    DataVersion,
)
from pipesec_tui.model.finding import FindingStatus, Identity, Triage
from pipesec_tui.operations.gate import ExitStatus, Gate, judge

FORTNIGHT = dt.timedelta(days=14)


def finding(severity: Severity, **changes: object) -> Finding:
    made = Finding(
        id="PS-1", identity=Identity(anchor="a"), rule="r", check="sast", asset="file:a.py", area=Area.SAST,
        severity=severity, confidence=Confidence.HIGH, title="t", message="m", location=Location(path="a.py"),
    )  # fmt: skip
    return structs.replace(made, **changes)


def assessment(*findings: Finding, coverage: tuple[Coverage, ...] = (), run: CheckRun | None = None) -> Assessment:
    info = AssessmentInfo(
        id="A-1", project="p", branch=None, status=AssessmentStatus.COMPLETE, started_at="2026-11-22T12:00:00Z",
        finished_at=None, commit=None, pipesec="0", checks=(run or CheckRun(id="sast", plugin="p", version="1"),),
    )  # fmt: skip
    return Assessment(assessment=info, findings=findings, coverage=coverage)


def gate(made: Assessment, fail_on: Severity | None = Severity.HIGH, *, allow_gaps: bool = False) -> Gate:
    return judge(made, fail_on=fail_on, max_age=FORTNIGHT, allow_gaps=allow_gaps)


@pytest.mark.parametrize("severity", list(Severity))
def test_a_finding_fails_at_or_above_the_threshold(severity: Severity) -> None:
    failed = gate(assessment(finding(severity))).exit_status is ExitStatus.GATE_FAILED
    assert failed == (severity >= Severity.HIGH)


def test_without_a_threshold_no_finding_fails() -> None:
    assert gate(assessment(finding(Severity.CRITICAL)), None).exit_status is ExitStatus.PASSED


def test_what_somebody_decided_on_does_not_fail() -> None:
    for status in (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE):
        made = assessment(finding(Severity.CRITICAL, status=status))
        assert gate(made).exit_status is ExitStatus.PASSED


def test_a_finding_that_could_not_be_looked_at_again_still_fails() -> None:
    made = assessment(finding(Severity.HIGH, not_assessed="timeout"))
    assert gate(made).exit_status is ExitStatus.GATE_FAILED


def test_findings_of_checks_that_were_not_asked_for_do_not_fail() -> None:
    run = CheckRun(id="sast", plugin="p", version="1", status=CheckStatus.SKIPPED, selected=False)
    assert gate(assessment(finding(Severity.CRITICAL), run=run)).exit_status is ExitStatus.PASSED


@pytest.mark.parametrize(
    ("status", "incomplete"),
    [
        (CoverageStatus.OK, False),
        (CoverageStatus.SKIPPED, False),
        (CoverageStatus.PARTIAL, True),
        (CoverageStatus.FAILED, True),
    ],
)
def test_partial_and_failed_coverage_are_gaps(status: CoverageStatus, incomplete: bool) -> None:
    row = Coverage(check="sast", asset="file:a.py", status=status, reason="because")
    made = assessment(coverage=(row,))
    assert (gate(made).exit_status is ExitStatus.INCOMPLETE) == incomplete
    assert gate(made, allow_gaps=True).exit_status is ExitStatus.PASSED
    accepted = structs.replace(row, triage=Triage(state=FindingStatus.ACCEPTED, reason="r", until="2999-01-01"))
    assert gate(assessment(coverage=(accepted,))).exit_status is ExitStatus.PASSED


@pytest.mark.parametrize(
    ("date", "incomplete"), [("2026-11-09", False), ("2026-11-08", True), ("2024-10-10T01:02:03Z", True)]
)
def test_data_older_than_the_policy_allows_is_a_gap(date: str, incomplete: bool) -> None:
    run = CheckRun(id="dependencies", plugin="p", version="1", data=DataVersion("OSV PyPI", date))
    made = gate(assessment(run=run))
    assert (made.exit_status is ExitStatus.INCOMPLETE) == incomplete
    if incomplete:
        assert "days old; at most 14 are allowed" in made.line()
