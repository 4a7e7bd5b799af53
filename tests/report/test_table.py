"""The summary for a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable

import msgspec
import pytest

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding
from pipesec_tui.report import ReportContext
from pipesec_tui.report.context import terminal_context

Render = Callable[..., str]
Make = Callable[..., Finding]
MakeAssessment = Callable[..., Assessment]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_counts_by_check_and_says_how_far_each_looked(assessment: Assessment, render: Render) -> None:
    text = render("table", assessment)
    (sast,) = (line for line in text.splitlines() if line.startswith("sast ") and "of" in line)
    assert sast.split() == ["sast", "·", "2", "·", "·", "·", "1", "2", "of", "7"]
    assert "waits for consent" in text


def test_the_most_urgent_comes_first_and_is_the_next_step(assessment: Assessment, render: Render) -> None:
    text = render("table", assessment)
    urgent = max(assessment.findings, key=lambda finding: finding.priority or 0)
    assert text.rstrip().endswith(f"Next: pipesec explain {urgent.id}")
    assert text.index("PyYAML") < text.index("A password in the code") < text.index("SQL built by hand again")


def test_findings_beyond_the_top_are_counted(
    make_finding: Make, make_assessment: MakeAssessment, render: Render
) -> None:
    findings = [make_finding(title=f"f{n}", line=n + 1) for n in range(30)]
    text = render("table", make_assessment(*findings), ReportContext(top=5))
    assert "30 open findings, the first 5 (30 high)" in text
    assert sum("PS-" in line for line in text.splitlines()) == 5 + 1  # and the next step


def test_color_is_for_terminals_only(assessment: Assessment, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in render("table", assessment, terminal_context(Terminal()))
    assert "\x1b" not in render("table", assessment, terminal_context(io.StringIO()))


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_user_who_wants_no_color_gets_none(
    assessment: Assessment, render: Render, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv(variable, value)
    assert "\x1b" not in render("table", assessment, terminal_context(Terminal()))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_window(
    width: int, make_finding: Make, make_assessment: MakeAssessment, render: Render
) -> None:
    long = make_finding(title="very " * 60, path="deep/" * 40 + "load.py")
    text = render("table", make_assessment(long), ReportContext(width=width))
    assert max(map(len, text.splitlines())) <= width
    assert sum(long.id in line for line in text.splitlines()) == 2  # in its row and in the next step


def test_places_are_whole_where_the_window_allows_it(assessment: Assessment, render: Render) -> None:
    text = render("table", assessment, ReportContext(width=80))
    assert "requirements.txt:4 " in text


def test_markup_of_a_target_is_text(make_finding: Make, make_assessment: MakeAssessment, render: Render) -> None:
    assert "[bold]x[/bold] :bug:" in render("table", make_assessment(make_finding(title="[bold]x[/bold] :bug:")))


def test_a_comparison_begins_with_what_became_of_all(comparison: Comparison, render: Render) -> None:
    head = render("table", comparison).splitlines()[2]
    assert head == "2 new, 1 reopened, 1 changed, 1 not assessed, 1 fixed, 1 removed, 12 unchanged"


def test_without_gaps_that_is_said(make_assessment: MakeAssessment, render: Render) -> None:
    empty = make_assessment()
    info = msgspec.structs.replace(empty.assessment, checks=())
    text = render("table", msgspec.structs.replace(empty, assessment=info, coverage=()))
    assert "No gaps" in text
    assert "0 open findings (none open)" in text
