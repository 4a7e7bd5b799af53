"""The gate: does an assessment pass, fail, or leave too much unseen to say?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import IntEnum

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, CheckStatus
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity


class ExitStatus(IntEnum):
    PASSED = 0
    GATE_FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    ROLL_BACK = 4
    CANCELLED = 130


class Gate(Struct, frozen=True, kw_only=True):
    """The gate's word. ``failing`` are the findings that fail it, ``gaps`` one line each on what was not looked at."""

    fail_on: Severity | None
    new_only: bool = False
    failing: tuple[Finding, ...] = ()
    gaps: tuple[str, ...] = ()
    gaps_allowed: bool = False

    @property
    def exit_status(self) -> ExitStatus:
        """A failed gate outranks an incomplete assessment."""
        if self.failing:
            return ExitStatus.GATE_FAILED
        if self.gaps and not self.gaps_allowed:
            return ExitStatus.INCOMPLETE
        return ExitStatus.PASSED

    def reason(self) -> str:
        """Why, in one line."""
        what = "new or reopened findings" if self.new_only else "open findings"
        if self.failing:
            assert self.fail_on is not None
            return f"{len(self.failing)} {what} at or above {self.fail_on.value}"
        if self.exit_status is ExitStatus.INCOMPLETE:
            return self.gaps[0] + (f" (and {len(self.gaps) - 1} more)" if len(self.gaps) > 1 else "")
        told = "findings do not fail it" if self.fail_on is None else f"no {what} at or above {self.fail_on.value}"
        return told + (f"; gaps allowed: {len(self.gaps)}" if self.gaps else "")

    def line(self) -> str:
        """The verdict in one line."""
        verdict = {ExitStatus.GATE_FAILED: "gate failed", ExitStatus.INCOMPLETE: "incomplete"}
        return f"{verdict.get(self.exit_status, 'passed')}: {self.reason()}"


def judge(
    assessment: Assessment,
    *,
    fail_on: Severity | None,
    max_age: dt.timedelta,
    comparison: Comparison | None = None,
    new_only: bool = False,
    allow_gaps: bool = False,
) -> Gate:
    """Hold an assessment against a policy.

    fail_on    -- open findings of selected checks at or above it fail; None: findings never fail
    max_age    -- older advisory data is a gap, measured at the assessment's start
    comparison -- with the baseline; with ``new_only`` just its new and reopened findings count
    """
    selected = {run.id for run in assessment.assessment.checks if run.selected}
    candidates: Collection[Finding] = assessment.findings
    if new_only:
        assert comparison is not None
        fresh = {finding.id for finding in (*comparison.new, *comparison.reopened)}
        candidates = [finding for finding in assessment.findings if finding.id in fresh]
    failing = [
        finding
        for finding in candidates
        if fail_on is not None
        and finding.status is FindingStatus.OPEN
        and finding.severity >= fail_on
        and finding.check in selected
    ]
    return Gate(
        fail_on=fail_on,
        new_only=new_only,
        failing=tuple(failing),
        gaps=gaps(assessment, max_age),
        gaps_allowed=allow_gaps,
    )


def gaps(assessment: Assessment, max_age: dt.timedelta) -> tuple[str, ...]:
    """Why an assessment is incomplete, one line each: selected checks that failed or covered only part of what they
    were to look at, and data too old. Gaps that somebody accepted don't count."""
    found: list[str] = []
    open_rows: dict[str, list[Coverage]] = {}
    for row in assessment.coverage:
        if row.status in (CoverageStatus.FAILED, CoverageStatus.PARTIAL) and row.triage is None:
            open_rows.setdefault(row.check, []).append(row)
    if INVENTORY in open_rows:
        found.append(_line(INVENTORY, open_rows[INVENTORY]))
    for run in assessment.assessment.checks:
        if not run.selected:
            continue
        if run.id in open_rows:
            found.append(_line(run.id, open_rows[run.id]))
        elif run.status is CheckStatus.CANCELLED:
            found.append(f"{run.id}: cancelled")
        if run.data is not None:
            age = _time(assessment.assessment.started_at) - _time(run.data.date)
            if age > max_age:
                found.append(
                    f"{run.id}: data {run.data.name!r} is {age.days} days old; at most {max_age.days} are allowed"
                )
    return tuple(found)


def _line(check: str, rows: list[Coverage]) -> str:
    first = rows[0]
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    return f"{check}: {first.asset} {first.status.value}: {first.reason}{more}"


def _time(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
