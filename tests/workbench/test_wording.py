"""How things are written on screen."""

from __future__ import annotations

import datetime as dt

import pytest

from pipesec_tui.workbench.wording import ago, number, spark


@pytest.mark.parametrize(("count", "told"), [(0, "0"), (9_999, "9999"), (20_999, "20k"), (3_000_000, "3M")])
def test_a_count_takes_at_most_four_characters(count: int, told: str) -> None:
    assert number(count) == told


def test_times_are_told_from_now() -> None:
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert ago("2026-01-01T21:00:00Z", now) == "3 h ago"
    assert ago("2026-01-02T00:00:00Z", now) == "just now"
    assert ago("no time", now) == "no time"


def test_a_trend_has_a_character_for_every_assessment() -> None:
    assert spark([0, 4, 8]) == "▁▄█"
    assert spark([0, 0]) == "▁▁"
