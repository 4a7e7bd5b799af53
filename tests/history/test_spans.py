"""The history knows from when to when each finding was open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipesec_tui.history.spans import Span
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.triage import TriageEntry
from tests.history.made import of_files, open_history, record


def days(spans: tuple[Span, ...]) -> list[tuple[str, str | None, bool]]:
    return [(span.began[:10], span.ended and span.ended[:10], span.fixed) for span in spans]


def test_a_finding_is_open_from_the_assessment_that_saw_it_to_the_one_that_did_not(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        for day, text in ((1, "x"), (3, "weak a"), (5, "y\nweak a"), (9, "x")):
            record(history, of_files({"a.py": text}, day))
        assert days(history.spans("shop", "main")) == [("2026-01-03", "2026-01-09", True)]


def test_what_is_still_there_is_open(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files({"a.py": "weak a"}, 2))
        record(history, of_files({"a.py": "weak a"}, 4))
        assert days(history.spans("shop", "main")) == [("2026-01-02", None, False)]


def test_what_comes_back_has_a_second_span(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        for day, text in ((1, "weak a"), (2, "x"), (3, "weak a")):
            record(history, of_files({"a.py": text}, day))
        spans = history.spans("shop", "main")
    assert days(spans) == [("2026-01-01", "2026-01-02", True), ("2026-01-03", None, False)]


def test_what_goes_with_its_file_was_not_fixed(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files({"a.py": "weak a", "b.py": "x"}, 1))
        record(history, of_files({"b.py": "x"}, 2))
        assert days(history.spans("shop", "main")) == [("2026-01-01", "2026-01-02", False)]


def test_a_decision_ends_a_span_without_a_fix(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        finding = record(history, of_files({"a.py": "weak a"}, 1)).findings[0]
        decision = TriageEntry(
            state=FindingStatus.ACCEPTED, reason="known", until="2027-01-01", finding=finding.id, rule=finding.rule,
            path="a.py", identity=finding.identity,
        )  # fmt: skip
        record(history, of_files({"a.py": "weak a"}, 4), triage=[decision], today=dt.date(2026, 1, 4))
        assert days(history.spans("shop", "main")) == [("2026-01-01", "2026-01-04", False)]


def test_branches_and_projects_are_told_apart(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files({"a.py": "weak a"}, 1))
        assert history.spans("shop", "other") == ()
        assert history.spans("bank", "main") == ()
