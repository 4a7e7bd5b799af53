"""The bill of materials is valid, whole and the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec import structs

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.component import Component, ComponentKind
from pipesec_tui.model.finding import FindingStatus, Triage
from pipesec_tui.model.lineage import Lineage, Node, NodeKind
from pipesec_tui.report.cyclonedx import only
from pipesec_tui.report.inventory import parts

Render = Callable[..., str]

LIBRARY = ComponentKind.LIBRARY
FLASK = Component(
    purl="pkg:pypi/flask@2.0", kind=LIBRARY, direct=True, found_in="requirements.txt", name="flask", version="2.0"
)
JINJA = Component(
    purl="pkg:pypi/jinja2@2.10", kind=LIBRARY, direct=False, introduced_by=("pkg:pypi/flask@2.0",),
    found_in="requirements.txt", name="jinja2", version="2.10",
)  # fmt: skip
IMAGE = Component(purl="pkg:docker/python@3.11", kind=ComponentKind.IMAGE, found_in="Dockerfile", name="python")
YAML = Component(purl="pkg:pypi/pyyaml@5.1", kind=LIBRARY, direct=True, found_in="requirements.txt", version="5.1")
LAKE = Node(id="service:lake", kind=NodeKind.SERVICE, name="lake")


@pytest.fixture
def whole(assessment: Assessment) -> Assessment:
    return structs.replace(assessment, components=(FLASK, JINJA, IMAGE, YAML), lineage=Lineage(nodes=(LAKE,)))


def valid(text: str) -> Any:
    """The document, held against CycloneDX 1.6's own schema."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def test_libraries_images_and_services_are_in_it(whole: Assessment, render: Render) -> None:
    bom = valid(render("cyclonedx", whole))
    assert {(part["name"], part["type"]) for part in bom["components"]} == {
        ("flask", "library"), ("jinja2", "library"), ("python", "container"), ("pyyaml", "library"),
    }  # fmt: skip
    assert [service["name"] for service in bom["services"]] == ["lake"]
    assert bom["specVersion"] == "1.6"


def test_it_says_who_brings_what_in(whole: Assessment, render: Render) -> None:
    asked = {one["ref"]: one.get("dependsOn", []) for one in valid(render("cyclonedx", whole))["dependencies"]}
    assert asked["pkg:pypi/flask@2.0"] == ["pkg:pypi/jinja2@2.10"]
    assert asked["project"] == ["pkg:docker/python@3.11", "pkg:pypi/flask@2.0", "pkg:pypi/pyyaml@5.1"]


def test_a_vulnerability_has_its_rating_and_names_what_it_affects(whole: Assessment, render: Render) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    found = tuple(structs.replace(f, cvss=vector) if f.rule == "vulnerable-dependency" else f for f in whole.findings)
    (one,) = valid(render("cyclonedx", structs.replace(whole, findings=found)))["vulnerabilities"]
    assert (one["id"], one["source"]["name"]) == ("CVE-2020-14343", "NVD")
    assert one["affects"] == [{"ref": "pkg:pypi/pyyaml@5.1"}]
    assert one["ratings"][0]["score"] == 9.8
    assert (one["ratings"][0]["severity"], one["ratings"][0]["method"]) == ("critical", "CVSSv31")
    assert one["analysis"] == {"state": "in_triage"}


@pytest.mark.parametrize(
    ("status", "state"), [(FindingStatus.ACCEPTED, "exploitable"), (FindingStatus.FALSE_POSITIVE, "false_positive")]
)
def test_a_decision_is_told_as_vex(whole: Assessment, render: Render, status: FindingStatus, state: str) -> None:
    triage = Triage(state=status, reason="never loads documents", until="2026-12-31")
    found = tuple(structs.replace(f, status=status, triage=triage) for f in whole.findings)
    (one,) = valid(render("cyclonedx", structs.replace(whole, findings=found)))["vulnerabilities"]
    assert one["analysis"]["state"] == state
    assert one["analysis"]["detail"] == "never loads documents (until 2026-12-31)"


def test_the_same_assessment_gives_the_same_bytes_in_any_order(whole: Assessment, render: Render) -> None:
    turned = structs.replace(whole, components=whole.components[::-1], findings=whole.findings[::-1])
    assert render("cyclonedx", turned) == render("cyclonedx", whole)


def test_the_time_is_that_of_the_assessment(whole: Assessment, render: Render) -> None:
    bom = valid(render("cyclonedx", whole))
    assert bom["metadata"]["timestamp"] == "2026-03-09T08:00:04+00:00"
    assert bom["serialNumber"].startswith("urn:uuid:")


def test_what_was_not_looked_at_stands_in_it(whole: Assessment, render: Render) -> None:
    said = [one["value"] for one in valid(render("cyclonedx", whole))["metadata"]["properties"]]
    assert "incomplete" in said
    assert any("secrets: failed: the worker died by signal 11" in text for text in said)


def test_text_of_a_target_does_no_harm(whole: Assessment, render: Render) -> None:
    hostile = Component(purl="pkg:pypi/a\x1b[31m\u202e", kind=LIBRARY, name="\x1b]0;x\x07", version="\x9b1")
    unreadable = Component(purl="not a purl at all", kind=LIBRARY, name="b", found_in="x\ny")
    text = render("cyclonedx", structs.replace(whole, components=(hostile, unreadable)))
    valid(text)
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(text)


def test_a_project_without_components_is_valid_too(assessment: Assessment, render: Render) -> None:
    valid(render("cyclonedx", structs.replace(assessment, components=(), findings=())))


def test_a_part_of_the_inventory_is_a_bill_of_materials_of_its_own(whole: Assessment, render: Render) -> None:
    few = only(whole, parts(whole, vulnerable=True))
    bom = valid(render("cyclonedx", few))
    assert [part["name"] for part in bom["components"]] == ["pyyaml"]
    assert "services" not in bom


def test_it_tells_no_comparison(comparison: Any, render: Render) -> None:
    with pytest.raises(ValueError, match="can't tell a comparison"):
        render("cyclonedx", comparison)
