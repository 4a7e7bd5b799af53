"""Gaps are grouped for a reader, and none is lost on the way."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pipesec_tui.model.assessment import Assessment, AssessmentStatus, CheckRun, CheckStatus
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.finding import FindingStatus, Triage
from pipesec_tui.report.gaps import (
    GapKind,
    comparison_gaps,
    coverage_gaps,
    extent_told,
    gap_sections,
    has_gaps,
    reason_told,
)

MakeAssessment = Callable[..., Assessment]


def with_checks(assessment: Assessment, *checks: CheckRun) -> Assessment:
    info = msgspec.structs.replace(assessment.assessment, checks=checks)
    return msgspec.structs.replace(assessment, assessment=info)


def test_rows_of_a_check_with_one_reason_are_one_gap_with_examples(assessment: Assessment) -> None:
    gap = coverage_gaps(assessment)[0]
    assert (gap.check, gap.status, gap.reason, gap.count) == ("sast", "failed", "Python 2", 5)
    assert extent_told(gap) == "old/0.py, old/1.py, old/2.py and 2 more"


def test_every_row_that_is_not_ok_is_counted(assessment: Assessment) -> None:
    rows = sum(row.count or 1 for row in assessment.coverage if row.status is not CoverageStatus.OK)
    whole_checks = 2  # secrets failed, poisoning waits for consent: neither has a row of its own
    assert sum(gap.count for gap in coverage_gaps(assessment)) == rows + whole_checks


def test_what_the_inventory_ignores_is_left_out_and_no_failure(assessment: Assessment) -> None:
    left_out = [gap for gap in coverage_gaps(assessment) if gap.kind is GapKind.LEFT_OUT]
    assert [(gap.check, gap.count, extent_told(gap)) for gap in left_out] == [
        ("inventory", 2_400, ".venv/"), ("poisoning", 1, ""),
    ]  # fmt: skip


def test_what_the_inventory_could_not_read_is_a_gap(assessment: Assessment) -> None:
    kinds = {gap.reason: gap.kind for gap in coverage_gaps(assessment)}
    assert kinds["cannot be read"] is GapKind.GAP


def test_a_gap_that_a_person_accepted_is_apart(assessment: Assessment) -> None:
    (accepted,) = (gap for gap in coverage_gaps(assessment) if gap.kind is GapKind.ACCEPTED)
    assert accepted.triage is not None
    assert accepted.triage.until == "2026-12-31"


def test_a_check_that_failed_without_a_row_is_a_gap_as_a_whole(assessment: Assessment) -> None:
    (gap,) = (gap for gap in coverage_gaps(assessment) if gap.check == "secrets")
    assert (gap.kind, gap.reason, extent_told(gap)) == (
        GapKind.GAP, "the worker died by signal 11", "the check as a whole",
    )  # fmt: skip


def test_a_check_that_failed_and_has_rows_is_told_by_its_rows_and_its_own_reason(
    make_assessment: MakeAssessment,
) -> None:
    row = Coverage(check="x", asset="file:a", status=CoverageStatus.SKIPPED, reason="too large")
    run = CheckRun(id="x", plugin="x", version="1", status=CheckStatus.FAILED, reason="killed")
    reasons = {gap.reason for gap in coverage_gaps(with_checks(make_assessment(extra=(row,)), run))}
    assert {"too large", "killed"} <= reasons


def test_a_check_that_nobody_asked_for_is_left_out(make_assessment: MakeAssessment) -> None:
    run = CheckRun(id="x", plugin="x", version="1", status=CheckStatus.SKIPPED, reason="--skip", selected=False)
    (gap,) = (gap for gap in coverage_gaps(with_checks(make_assessment(), run)) if gap.check == "x")
    assert gap.kind is GapKind.LEFT_OUT


def test_a_check_that_claims_success_without_a_word_on_what_it_saw_is_a_gap(make_assessment: MakeAssessment) -> None:
    silent = with_checks(make_assessment(), CheckRun(id="silent", plugin="x", version="1"))
    (gap,) = (gap for gap in coverage_gaps(silent) if gap.check == "silent")
    assert (gap.kind, gap.reason) == (GapKind.GAP, "it did not say what it looked at")


def test_an_interrupted_assessment_is_a_gap_before_all_others(assessment: Assessment) -> None:
    info = msgspec.structs.replace(assessment.assessment, status=AssessmentStatus.INTERRUPTED)
    gaps = coverage_gaps(msgspec.structs.replace(assessment, assessment=info))
    assert (gaps[0].check, gaps[0].status) == ("assessment", "interrupted")


def test_gaps_that_were_accepted_for_different_reasons_stay_apart(make_assessment: MakeAssessment) -> None:
    rows = tuple(
        Coverage(
            check="x", asset=f"file:{n}", status=CoverageStatus.FAILED, reason="too old",
            triage=Triage(state=FindingStatus.ACCEPTED, reason=f"ticket {n}", until="2027-01-01"),
        )
        for n in range(2)
    )  # fmt: skip
    told = {reason_told(gap) for gap in coverage_gaps(make_assessment(extra=rows)) if gap.check == "x"}
    assert told == {f"too old (until 2027-01-01: ticket {n})" for n in range(2)}


def test_nothing_amiss_is_no_gap(make_assessment: MakeAssessment) -> None:
    ok = Coverage(check="x", asset="file:a", status=CoverageStatus.OK)
    clean = msgspec.structs.replace(
        with_checks(make_assessment(), CheckRun(id="x", plugin="x", version="1")), coverage=(ok,)
    )
    assert coverage_gaps(clean) == ()
    assert not has_gaps(())


def test_beyond_the_limit_the_rest_is_counted(make_assessment: MakeAssessment) -> None:
    rows = tuple(
        Coverage(check="x", asset=f"file:{n}", status=CoverageStatus.FAILED, reason=f"line {n}") for n in range(30)
    )
    section = gap_sections(coverage_gaps(make_assessment(extra=rows)), 10)[0]
    assert len(section.gaps) == 10
    assert section.rest == "and 24 more for 24 other reasons"


def test_a_comparison_tells_what_its_head_could_not_judge(comparison: Comparison) -> None:
    told = [(gap.check, gap.status, gap.reason) for gap in comparison_gaps(comparison) if gap.kind is GapKind.GAP]
    assert ("sast", "not assessed", "check failed") in told
    assert ("secrets", "failed", "the worker died by signal 11") in told
