"""How a pipeline stands: what the overview shows, out of counts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, CheckRun, CheckStatus
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.project import Policy
from pipesec_tui.model.severity import Severity
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.project.durations import parse_duration
from pipesec_tui.workbench.context import Context

if TYPE_CHECKING:
    from pipesec_tui.history.store import Count, History, TrendPoint
    from pipesec_tui.operations.triage import Due

TREND = 24
TOP = 50
REVIEW_DAYS = 14


class AreaPosture(Struct, frozen=True, kw_only=True):
    """One check: what it found that is open, what of it is new, and how much it looked at."""

    name: str
    run: CheckRun | None
    open: dict[Severity, int]
    fresh: int
    unseen: int
    looked: int
    not_looked: int


class Posture(Struct, frozen=True, kw_only=True):
    """All of the overview. ``overdue`` is a line where policy wants an assessment by now."""

    areas: tuple[AreaPosture, ...] = ()
    open: int = 0
    decided: int = 0
    fresh: int = 0
    gaps: tuple[str, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    changes: dict[str, int] = {}
    against: str | None = None
    top: tuple[Finding, ...] = ()
    due: tuple[Due, ...] = ()
    overdue: str | None = None


def gather(history: History, context: Context) -> Posture:
    """Read it from the history. Raises HistoryError."""
    from pipesec_tui.history.store import FindingFilter, Sort
    from pipesec_tui.operations.gate import gaps  # in the thread: the first frame needs none of it

    current = context.current
    if current is None:
        return Posture()
    outline = history.outline(current.id)
    counts = history.tally(current.id)
    before = next(
        (r for r in context.finished if r.started_at < current.started_at and r.branch == current.branch), None
    )
    changes: dict[str, int] = {}
    if before is not None:
        compared = history.compare(before.id, current.id)
        names = ("new", "reopened", "changed", "fixed", "removed", "not_assessed")
        changes = {name: len(getattr(compared, name)) for name in names}
    opened = FindingFilter(statuses=(FindingStatus.OPEN,), decided=_decided(context))
    top = history.page(current.id, sort=Sort.PRIORITY, where=opened, limit=TOP)
    return Posture(
        areas=tuple(_areas(outline, counts)),
        open=_sum(c.findings for c in counts if c.status is FindingStatus.OPEN),
        decided=_sum(c.findings for c in counts if c.status in (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE)),
        fresh=_sum(c.findings for c in counts if c.is_new),
        gaps=gaps(outline, parse_duration(context.policy.data_age)),
        trend=history.trend(current.id, TREND),
        changes=changes,
        against=before.id if before is not None else None,
        top=tuple(one.finding for one in top.findings),
        due=_due(context),
        overdue=overdue(context.policy, context.finished[0].started_at, dt.datetime.now(tz=dt.UTC)),
    )


def overdue(policy: Policy, last: str, now: dt.datetime) -> str | None:
    """A line where the last assessment (ISO 8601) is older than ``[policy] every``."""
    if policy.every is None:
        return None
    then = dt.datetime.fromisoformat(last)
    late = now - then - parse_duration(policy.every)
    if late <= dt.timedelta():
        return None
    span = f"{late.days} days" if late.days else f"{int(late.total_seconds() // 3600)} hours"
    return f"An assessment is overdue by {span}: policy wants one every {policy.every}. Press r."


def _decided(context: Context) -> tuple[tuple[str, FindingStatus], ...]:
    if not context.is_latest:
        return ()
    return tuple((name, entry.state) for name, entry in context.decided.items())


def _due(context: Context) -> tuple[Due, ...]:
    from pipesec_tui.operations.triage import due_for_review

    try:
        return tuple(due_for_review(context.root, REVIEW_DAYS))
    except UsageError:
        return ()  # what is wrong with the triage file is told with the context


def _areas(outline: Assessment, counts: tuple[Count, ...]) -> Iterable[AreaPosture]:
    rows: dict[str, list[Coverage]] = {}
    for row in outline.coverage:
        rows.setdefault(row.check, []).append(row)
    runs = {run.id: run for run in outline.assessment.checks}
    names = dict.fromkeys([*runs, *(count.area.value for count in counts)])
    for name in [*names, INVENTORY]:
        mine = [count for count in counts if count.area.value == name]
        covered = Counter(row.status is CoverageStatus.OK for row in rows.get(name, ()) for _ in range(row.count or 1))
        opened: Counter[Severity] = Counter()
        for count in mine:
            if count.status is FindingStatus.OPEN:
                opened[count.severity] += count.findings
        yield AreaPosture(
            name=name, run=runs.get(name), open=dict(opened), fresh=_sum(c.findings for c in mine if c.is_new),
            unseen=_sum(c.findings for c in mine if c.not_assessed), looked=covered[True], not_looked=covered[False],
        )  # fmt: skip


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)


def stands(area: AreaPosture) -> tuple[str, str]:
    """A word on how a check ended, and its tone."""
    if area.name == INVENTORY:
        return ("✓ listed", "good") if not area.not_looked else ("~ some left out", "quiet")
    if area.run is None:
        return "? not run", "quiet"
    words = {
        CheckStatus.OK: ("✓ ok", "good"), CheckStatus.PARTIAL: ("~ partial", "medium"),
        CheckStatus.FAILED: ("✗ failed", "bad"), CheckStatus.CANCELLED: ("x cancelled", "medium"),
        CheckStatus.SKIPPED: ("- left out", "quiet"), CheckStatus.NOT_APPLICABLE: ("- nothing here", "quiet"),
        CheckStatus.CONSENT: ("? needs consent", "medium"), CheckStatus.MISSING: ("✗ plugin missing", "bad"),
    }  # fmt: skip
    return words[area.run.status]
