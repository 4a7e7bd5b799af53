"""What every format owes its readers."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import ComparedFinding, Comparison
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding
from pipesec_tui.report import FORMATS, GateOutcome, GateText, ReportContext
from pipesec_tui.report.escape import cell_safe

Render = Callable[..., str]
Make = Callable[..., Finding]
MakeAssessment = Callable[..., Assessment]

HOSTILE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\x9d\u061c\u200b\u200e\u202e\u2028\u2066\ufeff|`@#<>&\"'=+-*_[]"),
    ),
    max_size=60,
)  # fmt: skip
NASTY = "\x1b]8;;http://x\x07<script>alert(1)</script> \u202e| `@octocat` #1 --> {{ 7*7 }} [b]x[/b] \x9b31m\r\n=1+1"
UNSEEN = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x200E, 0xFEFF}


@pytest.fixture(params=[name for name, form in FORMATS.items() if form.compares])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["assessment", "comparison"])
def document(request: pytest.FixtureRequest) -> Assessment | Comparison:
    found: Assessment | Comparison = request.getfixturevalue(request.param)
    return found


def test_equal_documents_give_equal_bytes_whatever_the_order_of_their_parts(
    name: str, assessment: Assessment, render: Render
) -> None:
    reordered = msgspec.structs.replace(
        assessment, findings=assessment.findings[::-1], coverage=assessment.coverage[::-1]
    )
    copy = msgspec.json.decode(msgspec.json.encode(assessment), type=Assessment)
    assert render(name, copy) == render(name, assessment)
    if name != "json":  # the document keeps the order it was given
        assert render(name, reordered) == render(name, assessment)


def test_gaps_are_told(name: str, assessment: Assessment, render: Render) -> None:
    text = render(name, assessment)
    for told in ("Python 2", "the worker died by signal 11", "cannot be read"):
        assert told in text, told


def test_gaps_of_a_comparison_are_told(name: str, comparison: Comparison, render: Render) -> None:
    text = render(name, comparison)
    assert "the worker died by signal 11" in text
    assert "An open question" in text or "An open question" in text.replace("\n", " ") or name == "sarif"
    assert "check failed" in text or "check_failed" in text


def test_every_finding_is_named(name: str, assessment: Assessment, render: Render) -> None:
    text = render(name, assessment)
    for finding in assessment.findings:
        if finding.triage is None:
            assert finding.id in text


def test_every_outcome_is_named(name: str, comparison: Comparison, render: Render) -> None:
    text = render(name, comparison)
    for listed in (comparison.new, comparison.fixed, comparison.changed, comparison.reopened, comparison.removed):
        assert all(finding.id in text for finding in listed)
    if name != "csv":  # which lists findings and gaps only
        assert "12" in text


@pytest.mark.parametrize("format_name", ["table", "markdown", "html"])
def test_the_gate_is_told_where_people_read(format_name: str, assessment: Assessment, render: Render) -> None:
    gate = GateText(outcome=GateOutcome.INCOMPLETE, reasons=("secrets failed",))
    text = render(format_name, assessment, ReportContext(gate=gate))
    assert "incomplete" in text
    assert "secrets failed" in text


def hostile(document: Assessment | Comparison, text: str) -> Assessment | Comparison:
    """The document with a text from a target wherever it could have one."""

    def poison(finding: Finding) -> Finding:
        location = msgspec.structs.replace(finding.location, path=text, purl=text, stage=text)
        flow = tuple(msgspec.structs.replace(step, what=text, path=text) for step in finding.flow)
        return msgspec.structs.replace(
            finding, title=text, message=text, location=location, flow=flow, remediation=text, fixed_in=text,
            aliases=(text,), evidence={text: text}, rule=text, asset=f"file:{text}", exposed_to=(text,),
        )  # fmt: skip

    if isinstance(document, Assessment):
        row = Coverage(check=text, asset=f"file:{text}", status=CoverageStatus.FAILED, reason=text)
        return msgspec.structs.replace(
            document,
            assessment=msgspec.structs.replace(document.assessment, project=text, branch=text),
            findings=tuple(map(poison, document.findings)),
            coverage=(*document.coverage, row),
        )
    compared = tuple(
        ComparedFinding.of(poison(finding.plain()), 1, text) for finding in (*document.new, *document.not_assessed)
    )
    head = msgspec.structs.replace(document.head, project=text, branch=text)
    return msgspec.structs.replace(document, head=head, new=compared, not_assessed=compared)


def unseen(name: str, text: str) -> set[str]:
    """Characters that a terminal obeys, other than a format's own line ends."""
    allowed = "\r\n" if name == "csv" else "\n"
    return {c for c in text if ord(c) in UNSEEN} - set(allowed)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=HOSTILE)
def test_no_text_of_a_target_reaches_a_terminal_as_control_characters(
    name: str, document: Assessment | Comparison, render: Render, text: str
) -> None:
    assert unseen(name, render(name, hostile(document, text))) == set()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=HOSTILE)
def test_csv_reads_back_exactly(make_finding: Make, make_assessment: MakeAssessment, render: Render, text: str) -> None:
    finding = make_finding(title=text, message=text, path=text)
    rows = list(csv.DictReader(io.StringIO(render("csv", make_assessment(finding)), newline="")))
    assert rows[0]["title"] == rows[0]["message"] == rows[0]["path"] == cell_safe(text)
    assert {row["kind"] for row in rows[1:]} == {"gap", "accepted", "left out"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str, make_finding: Make, make_assessment: MakeAssessment, render: Render) -> None:
    text = render("csv", make_assessment(make_finding(title=f"{start}cmd|' /C calc'!A0")))
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))


def tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tags()
    parser.feed(page)
    parser.close()
    return parser.tags


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=HOSTILE.filter(lambda text: bool(text)))
def test_html_carries_no_tags_but_its_own(document: Assessment | Comparison, render: Render, text: str) -> None:
    shown, harmless = (tags(render("html", hostile(document, word))) for word in (text, "harmless"))
    assert Counter(shown) == Counter(harmless)  # the text decides where its rows stand, and nothing else


def test_html_works_offline_and_runs_nothing(document: Assessment | Comparison, render: Render) -> None:
    page = render("html", hostile(document, NASTY))
    found = {tag for tag, _ in tags(page)}
    assert not found & {"script", "link", "img", "iframe", "object", "a", "form"}
    assert not [names for _, names in tags(page) if {"src", "href", "style"} & set(names)]
    assert "default-src &#39;none&#39;" in page
    assert "49" not in page.partition("<body>")[2].partition("{{")[0]


def test_nothing_heavy_is_imported_before_a_format_is_used() -> None:
    code = "import sys, pipesec_tui.report as r; assert len(r.FORMATS) == 7; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rich", "jinja2", "csv", "cyclonedx", "pipesec_tui.report.sarif"} & set(loaded)
