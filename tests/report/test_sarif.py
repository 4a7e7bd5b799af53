"""SARIF holds against the official schema, and loses no finding that services would then close."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from pipesec_tui.model.assessment import Assessment, AssessmentStatus
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.severity import Severity
from pipesec_tui.report import sarif

Render = Callable[..., str]
Make = Callable[..., Finding]
MakeAssessment = Callable[..., Assessment]
SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))


def run_of(text: str) -> Any:
    log = json.loads(text)
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER).validate(log)
    (run,) = log["runs"]
    return run


def by_title(run: Any, finding: Finding) -> Any:
    (result,) = (result for result in run["results"] if result["properties"]["id"] == finding.id)
    return result


def test_an_assessment_holds_against_the_schema(assessment: Assessment, render: Render) -> None:
    run = run_of(render("sarif", assessment))
    assert len(run["results"]) == len(assessment.findings)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_a_comparison_holds_against_the_schema_and_says_what_became_of_findings(
    comparison: Comparison, render: Render
) -> None:
    run = run_of(render("sarif", comparison))
    states = {f.title: by_title(run, f)["baselineState"] for outcome in (
        comparison.new, comparison.reopened, comparison.changed, comparison.not_assessed, comparison.fixed,
        comparison.removed) for f in outcome}  # fmt: skip
    assert states == {
        "A new one": "new", "Of a new advisory": "new", "A reopened one": "new", "A changed one": "updated",
        "An open question": "unchanged", "A fixed one": "absent", "A removed one": "absent",
    }  # fmt: skip
    assert run["baselineGuid"] != run["automationDetails"]["guid"]
    assert any("12 unchanged" in n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"])


def test_a_document_without_findings_holds_too(make_assessment: MakeAssessment, render: Render) -> None:
    assert run_of(render("sarif", make_assessment()))["results"] == []


def test_findings_that_were_not_assessed_again_are_carried_over(assessment: Assessment, render: Render) -> None:
    run = run_of(render("sarif", assessment))
    (carried,) = (finding for finding in assessment.findings if finding.not_assessed)
    result = by_title(run, carried)
    assert result["baselineState"] == "unchanged"
    assert result["properties"]["notReassessed"] is True
    others = [r for r in run["results"] if r["properties"]["id"] != carried.id]
    assert all("notReassessed" not in other["properties"] for other in others)


def test_without_an_earlier_assessment_there_is_no_baseline_state(
    make_finding: Make, make_assessment: MakeAssessment, render: Render
) -> None:
    run = run_of(render("sarif", make_assessment(make_finding(first_seen="2026-03-09T08:00:00Z"))))
    assert "baselineState" not in run["results"][0]


def test_identity_is_our_own_fingerprint_and_the_category_is_stable(assessment: Assessment, render: Render) -> None:
    run = run_of(render("sarif", assessment))
    first = assessment.findings[0]
    result = by_title(run, first)
    assert result["partialFingerprints"] == {"pipesecIdentity/v1": f"{first.identity.anchor}:0"}
    assert run["automationDetails"]["id"] == "pipesec/feedback/"
    later = msgspec.structs.replace(assessment.assessment, id="A-0003")
    again = run_of(render("sarif", msgspec.structs.replace(assessment, assessment=later)))
    assert again["automationDetails"]["id"] == "pipesec/feedback/"
    assert by_title(again, first)["guid"] == result["guid"]


def test_a_decision_is_a_suppression(assessment: Assessment, render: Render) -> None:
    run = run_of(render("sarif", assessment))
    suppressed = {r["ruleId"]: r["suppressions"] for r in run["results"] if r["suppressions"]}
    assert list(suppressed) == ["weak-hash"]
    assert suppressed["weak-hash"][0]["justification"] == "only in the demo"


def test_gaps_are_notifications_and_an_incomplete_assessment_was_not_successful(
    assessment: Assessment, render: Render
) -> None:
    (invocation,) = run_of(render("sarif", assessment))["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = {n["message"]["text"].split(":")[0]: n["level"] for n in invocation["toolExecutionNotifications"]}
    assert levels["secrets"] == "error"
    assert levels["poisoning"] == "note"
    info = msgspec.structs.replace(assessment.assessment, status=AssessmentStatus.COMPLETE)
    whole = run_of(render("sarif", msgspec.structs.replace(assessment, assessment=info)))
    assert whole["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("path", "uri"), [("a b/ü.py", "a%20b/%C3%BC.py"), ("c:d.py", "c%3Ad.py"), ("x#y?z%.py", "x%23y%3Fz%25.py")]
)
def test_paths_are_percent_encoded(
    path: str, uri: str, make_finding: Make, make_assessment: MakeAssessment, render: Render
) -> None:
    run = run_of(render("sarif", make_assessment(make_finding(path=path))))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_beyond_the_limit_the_least_severe_are_left_out_and_that_is_told(
    make_finding: Make, make_assessment: MakeAssessment, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    low = [make_finding(title=f"low {n}", severity=Severity.LOW, priority=9.9) for n in range(3)]
    high = [make_finding(title=f"high {n}", severity=Severity.HIGH, priority=0.1) for n in range(2)]
    run = run_of(render("sarif", make_assessment(*low, *high)))
    assert [result["properties"]["severity"] for result in run["results"]] == ["high", "high", "low"]
    told = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert any(text.startswith("2 of 5 findings are left out") for text in told)


def test_a_flow_is_told_step_by_step(assessment: Assessment, render: Render) -> None:
    result = by_title(run_of(render("sarif", assessment)), assessment.findings[0])
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == ["read from the CSV", "joined"]
