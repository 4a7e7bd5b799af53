"""The JSON documents hold against the schemas that pipesec publishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.finding import Finding

Render = Callable[..., str]


def hold(text: str, kind: str) -> None:
    schema = json.loads(files("pipesec_tui.report").joinpath(f"schemas/{kind}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_an_assessment_holds_against_its_schema(assessment: Assessment, render: Render) -> None:
    hold(render("json", assessment), "assessment")


def test_a_comparison_holds_against_its_schema(comparison: Comparison, render: Render) -> None:
    hold(render("json", comparison), "diff")


def test_an_empty_assessment_holds_too(make_assessment: Callable[..., Assessment], render: Render) -> None:
    text = render("json", msgspec.structs.replace(make_assessment(), coverage=(), components=()))
    hold(text, "assessment")
    assert json.loads(text)["findings"] == []


def test_the_document_reads_back_as_what_it_was_but_for_durations(assessment: Assessment, render: Render) -> None:
    back = msgspec.json.decode(render("json", assessment), type=Assessment)
    checks = tuple(msgspec.structs.replace(run, duration=None) for run in assessment.assessment.checks)
    info = msgspec.structs.replace(assessment.assessment, checks=checks)
    assert back == msgspec.structs.replace(assessment, assessment=info)


def test_a_comparison_reads_back(comparison: Comparison, render: Render) -> None:
    back = msgspec.json.decode(render("json", comparison), type=Comparison)
    assert (back.new, back.not_assessed, back.unchanged_count) == (comparison.new, comparison.not_assessed, 12)


def test_absent_values_are_null_and_never_missing(assessment: Assessment, render: Render) -> None:
    finding = json.loads(render("json", assessment))["findings"][0]
    assert finding["triage"] is None
    assert finding["location"]["dataset"] is None


def test_the_text_is_what_the_whole_would_be_with_two_spaces_a_level(assessment: Assessment, render: Render) -> None:
    text = render("json", assessment)
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(title=st.text())
def test_escaping_for_terminals_changes_no_value(
    title: str, make_finding: Callable[..., Finding], make_assessment: Callable[..., Assessment], render: Render
) -> None:
    text = render("json", make_assessment(make_finding(title=title)))
    assert json.loads(text)["findings"][0]["title"] == title


@pytest.mark.parametrize("kind", ["assessment", "canary", "diff", "drift", "lineage", "poison"])
def test_the_published_schemas_are_schemas(kind: str) -> None:
    schema = json.loads(files("pipesec_tui.report").joinpath(f"schemas/{kind}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"pipesec.{kind}/1"
