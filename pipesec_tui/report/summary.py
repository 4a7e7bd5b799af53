"""What every report says first: the order of findings, where they are, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, AssessmentInfo, CheckStatus
from pipesec_tui.model.comparison import ComparedFinding, Outcome
from pipesec_tui.model.coverage import INVENTORY, CoverageStatus
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity

AnyFinding = TypeVar("AnyFinding", bound=Finding)

LISTED = (Outcome.NEW, Outcome.REOPENED, Outcome.CHANGED, Outcome.NOT_ASSESSED, Outcome.FIXED, Outcome.REMOVED)
"""The outcomes whose findings a comparison lists, in the order in which reports tell them."""


STATUS_WORDS = {
    CheckStatus.OK: "ok",
    CheckStatus.PARTIAL: "partial",
    CheckStatus.FAILED: "failed",
    CheckStatus.CANCELLED: "cancelled",
    CheckStatus.SKIPPED: "skipped",
    CheckStatus.NOT_APPLICABLE: "does not apply",
    CheckStatus.CONSENT: "waits for consent",
}


def by_priority(findings: Iterable[AnyFinding]) -> list[AnyFinding]:
    """Findings, the most urgent first: priority, severity, confidence, then place. The order is total."""
    return sorted(findings, key=_urgency)


def _urgency(finding: Finding) -> tuple[float, int, int, str, str, int, str, str, int]:
    location = finding.location
    return (
        -(finding.priority if finding.priority is not None else -1.0),
        -finding.severity.rank,
        -finding.confidence.rank,
        finding.area.value,
        location.path or finding.asset,
        location.start_line or 0,
        finding.rule,
        finding.id,
        finding.identity.ordinal,
    )


def place(finding: Finding) -> str:
    """Where a finding is, in one word: ``path:line``, else the package, image, stage or dataset, else the asset."""
    at = finding.location
    if at.path is not None:
        return at.path if at.start_line is None else f"{at.path}:{at.start_line}"
    return at.purl or at.image or at.stage or at.dataset or finding.asset


def reason(finding: Finding) -> str | None:
    """Why a finding's outcome is what it is, in words, where that isn't plain."""
    if isinstance(finding, ComparedFinding) and finding.reason:
        return finding.reason.replace("_", " ")
    return f"not looked at again: {finding.not_assessed.replace('_', ' ')}" if finding.not_assessed else None


def is_open(finding: Finding) -> bool:
    """Whether nobody has decided on the finding yet."""
    return finding.status is FindingStatus.OPEN


def severities(findings: Iterable[Finding]) -> Counter[Severity]:
    """How many open findings there are of each severity."""
    return Counter(finding.severity for finding in findings if is_open(finding))


class CheckSummary(Struct, frozen=True, kw_only=True):
    """One check in an assessment.

    open    -- number of open findings by severity
    triaged -- findings that a person has decided on
    looked  -- how far the check looked, in words; findings count for nothing without it
    whole   -- it looked at all it was asked to
    """

    check: str
    open: dict[Severity, int]
    triaged: int
    looked: str
    whole: bool


def check_summaries(assessment: Assessment) -> list[CheckSummary]:
    """A row for every check that was part of an assessment or has findings in it, by name."""
    found: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        found.setdefault(finding.check, []).append(finding)
    gaps: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for row in assessment.coverage:
        count = 1 if row.count is None else row.count
        looked[row.check] += count if row.status is CoverageStatus.OK else 0
        gaps[row.check] += count if row.status is not CoverageStatus.OK and row.triage is None else 0
    statuses = {run.id: run.status for run in assessment.assessment.checks}
    summaries = []
    for check in sorted({*found, *statuses, *looked} - {INVENTORY}):
        status = statuses.get(check, CheckStatus.OK)
        open_findings = severities(found.get(check, ()))
        summaries.append(
            CheckSummary(
                check=check,
                open={severity: open_findings[severity] for severity in Severity},
                triaged=sum(not is_open(finding) for finding in found.get(check, ())),
                looked=_looked(status, looked[check], gaps[check]),
                whole=status is CheckStatus.OK and not gaps[check] and looked[check] > 0,
            )
        )
    return summaries


def _looked(status: CheckStatus, looked: int, gaps: int) -> str:
    match status:
        case CheckStatus.OK | CheckStatus.PARTIAL:
            if gaps:
                return f"{looked:,} of {looked + gaps:,}"
            if status is CheckStatus.PARTIAL:
                return f"partly, {looked:,}"
            return f"all {looked:,}" if looked else "nothing"
        case _:
            return STATUS_WORDS[status]


def headline(info: AssessmentInfo) -> str:
    """One line on an assessment. Not escaped."""
    parts = [info.project, *([info.branch] if info.branch else []), *([info.commit[:12]] if info.commit else [])]
    return " · ".join(parts)


def data_lines(info: AssessmentInfo) -> list[str]:
    """What data the checks judged by, and its date."""
    return [f"{run.id}: {run.data.name}, {run.data.date}" for run in info.checks if run.data is not None]


def counted(count: int, noun: str) -> str:
    """``1 finding``, ``2,000 findings``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def severity_line(findings: Sequence[Finding]) -> str:
    """``2 critical, 3 high``; ``none open`` where all are decided on or there is none."""
    counts = severities(findings)
    return ", ".join(f"{counts[s]:,} {s.value}" for s in Severity if counts[s]) or "none open"
