"""How long findings stay open, and how long fixing takes, by month and severity."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.history.spans import Span
from pipesec_tui.model.severity import Severity
from pipesec_tui.operations.backlog_times import months, p90

NOW = dt.datetime(2026, 3, 11, tzinfo=dt.UTC)


def span(began: str, ended: str | None = None, *, fixed: bool = True, severity: Severity = Severity.HIGH) -> Span:
    return Span(
        finding="f", severity=severity, began=f"{began}T00:00:00Z", ended=ended and f"{ended}T00:00:00Z",
        fixed=fixed and ended is not None,
    )  # fmt: skip


def test_a_project_without_findings_has_no_months() -> None:
    assert months([], NOW) == []


def test_a_fix_counts_in_its_month_and_an_open_finding_in_every_month_it_is_open() -> None:
    march, february, january = months([span("2026-01-22"), span("2026-01-30", "2026-02-09")], NOW)
    assert (january.month, january.open, january.open_median, january.fixed) == ("2026-01", 2, 6.0, 0)
    assert (february.month, february.open, february.fixed, february.fix_median) == ("2026-02", 1, 1, 10.0)
    assert (march.month, march.open, march.open_median, march.fixed) == ("2026-03", 1, 48.0, 0)


def test_what_a_decision_ended_was_not_fixed() -> None:
    assert [row.fixed for row in months([span("2026-02-01", "2026-02-03", fixed=False)], NOW)] == []


def test_severities_are_told_apart_the_worst_first() -> None:
    rows = months([span("2026-03-01", severity=Severity.LOW), span("2026-03-01", severity=Severity.CRITICAL)], NOW)
    assert [row.severity for row in rows] == [Severity.CRITICAL, Severity.LOW]


@pytest.mark.parametrize(("values", "expected"), [([], None), ([3], 3), (range(1, 11), 9), (range(1, 12), 10)])
def test_the_90th_percentile_is_a_value_that_nine_tenths_do_not_exceed(values: list[float], expected: float) -> None:
    assert p90(values) == expected


@given(st.lists(st.floats(0, 1e4), min_size=1))
def test_no_more_than_a_tenth_exceed_the_90th_percentile(values: list[float]) -> None:
    found = p90(values)
    assert found in values
    assert sum(value > found for value in values) <= len(values) / 10
