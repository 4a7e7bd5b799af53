"""What was not looked at, grouped for a reader: every format tells it as plainly as findings."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus, CheckRun, CheckStatus
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Triage
from pipesec_tui.report.summary import STATUS_WORDS, counted, place

EXAMPLES = 3


class GapKind(Enum):
    """Whether something not looked at weighs. ``ACCEPTED``: a person lives with it. ``LEFT_OUT``: nobody asked."""

    GAP = "gap"
    ACCEPTED = "accepted"
    LEFT_OUT = "left out"

    @property
    def title(self) -> str:
        """A heading for gaps of this kind."""
        return _TITLES[self]


_TITLES = {
    GapKind.GAP: "Not looked at: no finding there means nothing",
    GapKind.ACCEPTED: "Not looked at, and accepted",
    GapKind.LEFT_OUT: "Left out",
}
NO_REASON = "no reason given"
NO_GAPS = "No gaps: every selected check looked at all it was asked to"


class Gap(Struct, frozen=True, kw_only=True):
    """Assets that one check did not look at, for one reason.

    status   -- of the coverage rows or of the check as a whole
    count    -- assets, a row for a directory counting its files
    examples -- the first assets by name, ``EXAMPLES`` at most; none for a check as a whole
    more     -- assets beyond the examples
    triage   -- the decision, for ``ACCEPTED``
    """

    kind: GapKind
    check: str
    status: str
    reason: str
    count: int
    examples: tuple[str, ...] = ()
    more: int = 0
    triage: Triage | None = None

    @property
    def weight(self) -> tuple[int, int, int, str, str]:
        """What gaps are ordered by: those that weigh first, failures before partial ones, then the larger."""
        return _KINDS.index(self.kind), _rank(self.status), -self.count, self.check, self.reason


_KINDS = tuple(GapKind)
_WORST_FIRST = ("interrupted", "failed", "cancelled", "not assessed", "partial", "skipped")


def _rank(status: str) -> int:
    return _WORST_FIRST.index(status) if status in _WORST_FIRST else len(_WORST_FIRST)


def coverage_gaps(assessment: Assessment) -> tuple[Gap, ...]:
    """What an assessment did not look at, worst first.

    Files that the inventory left out on purpose, and checks that were not selected, don't apply or wait for consent,
    are ``LEFT_OUT``. A check that did not end well is a gap as a whole where its own rows don't tell why, and so is one
    that claims success but has no rows: coverage is a claim that must be made.
    """
    runs = {run.id: run for run in assessment.assessment.checks}
    grouped: dict[tuple[GapKind, str, str, str, Triage | None], list[Coverage]] = {}
    for row in assessment.coverage:
        if row.status is not CoverageStatus.OK:
            key = _kind(row, runs), row.check, row.status.value, row.reason or NO_REASON, row.triage
            grouped.setdefault(key, []).append(row)
    gaps = [_group(*key, rows) for key, rows in grouped.items()]
    with_rows = {gap.check for gap in gaps}
    told = {(gap.check, gap.reason) for gap in gaps}
    gaps += [
        gap
        for gap in check_gaps(assessment.assessment)
        if gap.check not in with_rows or (gap.status in _BROKEN and (gap.check, gap.reason) not in told)
    ]
    spoken = {row.check for row in assessment.coverage}
    gaps += [
        Gap(kind=GapKind.GAP, check=run.id, status="partial", reason="it did not say what it looked at", count=1)
        for run in runs.values()
        if run.status is CheckStatus.OK and run.selected and run.id not in spoken
    ]
    return tuple(sorted(gaps, key=lambda gap: gap.weight))


def comparison_gaps(comparison: Comparison) -> tuple[Gap, ...]:
    """What the head of a comparison did not look at: its checks that did not end well, and the findings of the base
    that it could not judge. (A comparison carries no coverage of single assets.)"""
    grouped: dict[tuple[str, str], list[str]] = {}
    for finding in comparison.not_assessed:
        grouped.setdefault((finding.check, finding.reason or "unknown"), []).append(place(finding))
    unjudged = [
        Gap(
            kind=GapKind.GAP, check=check, status="not assessed", reason=reason.replace("_", " "), count=len(places),
            examples=tuple(sorted(places)[:EXAMPLES]), more=max(0, len(places) - EXAMPLES),
        )
        for (check, reason), places in grouped.items()
    ]  # fmt: skip
    return tuple(sorted([*unjudged, *check_gaps(comparison.head)], key=lambda gap: gap.weight))


def check_gaps(info: AssessmentInfo) -> Iterable[Gap]:
    """The checks that did not end well, each as a whole, and an assessment that did not end at all."""
    if info.status is AssessmentStatus.INTERRUPTED:
        reason = "it ended before all of its checks did"
        yield Gap(kind=GapKind.GAP, check="assessment", status="interrupted", reason=reason, count=1)
    for run in info.checks:
        if run.status is not CheckStatus.OK:
            status = STATUS_WORDS[run.status]
            kind = GapKind.GAP if run.selected and run.status not in _QUIET else GapKind.LEFT_OUT
            yield Gap(kind=kind, check=run.id, status=status, reason=run.reason or NO_REASON, count=1)


_BROKEN = ("failed", "cancelled")
_QUIET = (CheckStatus.NOT_APPLICABLE, CheckStatus.CONSENT)


def _kind(row: Coverage, runs: dict[str, CheckRun]) -> GapKind:
    if row.triage is not None:
        return GapKind.ACCEPTED
    run = runs.get(row.check)
    if row.check == INVENTORY and row.status is CoverageStatus.SKIPPED:
        return GapKind.LEFT_OUT
    if run is not None and (not run.selected or run.status in _QUIET):
        return GapKind.LEFT_OUT
    return GapKind.GAP


def _group(kind: GapKind, check: str, status: str, reason: str, triage: Triage | None, rows: list[Coverage]) -> Gap:
    rows = sorted(rows, key=lambda row: row.asset)
    count, shown = (sum(1 if row.count is None else row.count for row in some) for some in (rows, rows[:EXAMPLES]))
    return Gap(
        kind=kind, check=check, status=status, reason=reason, count=count, more=count - shown,
        examples=tuple(row.asset.removeprefix("file:").removeprefix("dir:") for row in rows[:EXAMPLES]),
        triage=triage,
    )  # fmt: skip


class GapSection(Struct, frozen=True, kw_only=True):
    """Gaps of one kind, for a reader; ``rest`` tells in a line what is beyond ``gaps``, None where they are all."""

    kind: GapKind
    gaps: tuple[Gap, ...]
    rest: str | None


def gap_sections(gaps: Iterable[Gap], limit: int) -> list[GapSection]:
    """The kinds of gaps that there are, with at most ``limit`` gaps of each."""
    everything = tuple(gaps)
    sections = []
    for kind in GapKind:
        chosen = tuple(gap for gap in everything if gap.kind is kind)
        rest = chosen[limit:]
        more = f"and {sum(gap.count for gap in rest):,} more for {counted(len(rest), 'other reason')}"
        if chosen:
            sections.append(GapSection(kind=kind, gaps=chosen[:limit], rest=more if rest else None))
    return sections


def has_gaps(gaps: Iterable[Gap]) -> bool:
    """Whether any gap weighs."""
    return any(gap.kind is GapKind.GAP for gap in gaps)


def reason_told(gap: Gap) -> str:
    """Why, and where a person lives with it, until when and why. Not escaped."""
    if gap.triage is None:
        return gap.reason
    return f"{gap.reason} (until {gap.triage.until or 'further notice'}: {gap.triage.reason})"


def extent_told(gap: Gap) -> str:
    """A gap's extent in words: examples, and how many more. Not escaped."""
    if not gap.examples:
        whole = "parts of the check" if gap.status == "partial" else "the check as a whole"
        return whole if gap.kind is GapKind.GAP else ""
    return ", ".join(gap.examples) + (f" and {gap.more:,} more" if gap.more else "")
