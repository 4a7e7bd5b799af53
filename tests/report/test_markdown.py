"""The pull-request comment: what matters first, never too long, and nothing in it acts."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import ComparedFinding, Comparison
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding
from pipesec_tui.report.context import GateOutcome, GateText, ReportContext
from pipesec_tui.report.markdown import LIMIT

Render = Callable[..., str]
Make = Callable[..., Finding]
MakeAssessment = Callable[..., Assessment]


def test_the_order_is_gate_gaps_new_reopened_fixed(comparison: Comparison, render: Render) -> None:
    text = render("markdown", comparison)
    order = ["pipesec: failed", "Not looked at", "### New", "### Reopened", "### Not assessed", "### Fixed"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_it_begins_with_a_marker_to_update_it_by(assessment: Assessment, render: Render) -> None:
    assert render("markdown", assessment).startswith("<!-- pipesec:feedback -->\n")


@pytest.mark.parametrize("project", ["a --> <b>", "a--!>", "-->", "x\n-->\n<script>"])
def test_a_project_name_cannot_leave_the_marker(project: str, assessment: Assessment, render: Render) -> None:
    info = msgspec.structs.replace(assessment.assessment, project=project)
    first, _, rest = render("markdown", msgspec.structs.replace(assessment, assessment=info)).partition("\n")
    assert first.startswith("<!-- pipesec:")
    assert first.endswith(" -->")
    assert ">" not in first[:-1]
    assert "--" not in first.removeprefix("<!--").removesuffix("-->")
    assert "<" not in rest


def test_a_comment_that_would_be_too_long_is_cut_at_a_row_and_says_so(
    make_finding: Make, make_assessment: MakeAssessment, render: Render
) -> None:
    findings = [make_finding(title=f"Finding {n} " + "|" * 200, line=n + 1) for n in range(1_000)]
    text = render("markdown", make_assessment(*findings))
    assert len(text) <= LIMIT
    *rows, _, last, end = text.split("\n")
    shown = sum(row.startswith("| 7.5") for row in rows)
    assert 0 < shown < 1_000
    assert last.startswith(f"**{1_000 - shown:,} findings cut off**")
    assert end == ""
    assert "1,000 open findings" in text


def test_cut_off_findings_of_later_sections_are_counted_too(
    make_finding: Make, comparison: Comparison, render: Render
) -> None:
    many = tuple(ComparedFinding.of(make_finding(title="x" * 250, line=n + 1)) for n in range(1_000))
    text = render("markdown", msgspec.structs.replace(comparison, new=many, fixed=many))
    shown = text.count("| **high** |")
    assert len(text) <= LIMIT
    assert f"**{2_000 + 4 - shown:,} findings cut off**" in text
    assert "1,000 fixed" in text


def test_gaps_and_gate_alone_cannot_break_the_limit(make_assessment: MakeAssessment, render: Render) -> None:
    rows = tuple(
        Coverage(
            check="x" * 300, asset=f"file:{'|' * 1_000}{n}", status=CoverageStatus.FAILED, reason="<" * 3_000 + str(n)
        )
        for n in range(100)
    )
    gate = GateText(outcome=GateOutcome.FAILED, reasons=("&" * 5_000,) * 100)
    text = render("markdown", make_assessment(extra=rows), ReportContext(gate=gate))
    assert len(text) <= LIMIT


def test_a_cell_cannot_leave_its_table(make_finding: Make, make_assessment: MakeAssessment, render: Render) -> None:
    text = render("markdown", make_assessment(make_finding(title="a | b\n\n# c", path="x|y.py")))
    (row,) = (line for line in text.splitlines() if "a \\|" in line)
    assert row.replace("\\|", "").count("|") == 6
