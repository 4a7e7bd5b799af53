"""How long findings stay open, and how long it takes to fix them, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from statistics import median

from msgspec import Struct

from pipesec_tui.history.spans import Span
from pipesec_tui.model.severity import Severity

_DAY = dt.timedelta(days=1)


class MonthTimes(Struct, frozen=True, kw_only=True):
    """A month (YYYY-MM) of one severity. Ages and times are in days, None where there is nothing to measure.

    open  -- findings open at the month's end (now, in the current month), and how long they had been by then
    fixed -- findings fixed within the month, and how long that took
    """

    month: str
    severity: Severity
    open: int
    open_median: float | None
    open_p90: float | None
    fixed: int
    fix_median: float | None
    fix_p90: float | None


def months(spans: Sequence[Span], now: dt.datetime) -> list[MonthTimes]:
    """Every month (UTC) from the first finding to now, the latest first, with the severities that have figures."""
    if not spans:
        return []
    timed = [(span, _time(span.began), _time(span.ended) if span.ended else None) for span in spans]
    found: list[MonthTimes] = []
    for start, end in _months(min(began for _, began, _ in timed), now):
        for severity in Severity:
            alike = [(span, began, ended) for span, began, ended in timed if span.severity is severity]
            ages = [_days(end - began) for _, began, ended in alike if began < end and (ended is None or ended >= end)]
            fixes = [
                _days(ended - began)
                for span, began, ended in alike
                if span.fixed and ended is not None and start <= ended < end
            ]
            if ages or fixes:
                found.append(
                    MonthTimes(
                        month=f"{start:%Y-%m}", severity=severity, open=len(ages), open_median=_median(ages),
                        open_p90=p90(ages), fixed=len(fixes), fix_median=_median(fixes), fix_p90=p90(fixes),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda row: (row.month, row.severity), reverse=True)


def p90(values: Iterable[float]) -> float | None:
    """The 90th percentile by nearest rank: the least value that nine tenths of them don't exceed."""
    ordered = sorted(values)
    return ordered[ceil(0.9 * len(ordered)) - 1] if ordered else None


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 2) if values else None


def _months(first: dt.datetime, now: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Beginning and end of each month up to now."""
    start = first.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while start < now:
        following = (start + 31 * _DAY).replace(day=1)
        yield start, min(following, now)
        start = following


def _time(text: str) -> dt.datetime:
    time = dt.datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def _days(span: dt.timedelta) -> float:
    return round(span / _DAY, 2)
