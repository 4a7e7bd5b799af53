"""An assessment and a comparison with something of everything in them, and a way to render them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import (
    Assessment,
    AssessmentInfo,
    AssessmentStatus,
    CheckRun,
    CheckStatus,
    DataVersion,
)  # fmt: skip
from pipesec_tui.model.comparison import ComparedFinding, Comparison
from pipesec_tui.model.component import Component, ComponentKind
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding, FindingStatus, FlowStep, Identity, Location, Triage
from pipesec_tui.model.identity import digest, finding_id
from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind, Trust, Where
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.model.severity import Confidence, Severity
from pipesec_tui.report import FORMATS, GateOutcome, GateText, ReportContext

RULES = {
    "sql-by-hand": RuleSpec(
        id="sql-by-hand", title="SQL built by hand", severity=Severity.HIGH, cwe=(89,),
        why="Whoever controls the value controls the statement.", remedy="Bind the value as a parameter.",
    ),
}  # fmt: skip
OSV = DataVersion("osv-pypi", "2026-03-01")
ACCEPTED = Triage(state=FindingStatus.ACCEPTED, reason="only in the demo", until="2026-12-31", actor="ana")


def make_finding(
    rule: str = "sql-by-hand",
    path: str | None = "load.py",
    line: int | None = 34,
    *,
    title: str = "SQL built by hand",
    message: str = "A value becomes part of the statement.",
    severity: Severity = Severity.HIGH,
    priority: float | None = 7.5,
    area: Area = Area.SAST,
    purl: str | None = None,
    aliases: tuple[str, ...] = (),
    status: FindingStatus = FindingStatus.OPEN,
    triage: Triage | None = None,
    flow: tuple[FlowStep, ...] = (),
    ordinal: int = 0,
    not_assessed: str | None = None,
    first_seen: str | None = "2026-03-01T08:00:00Z",
    fixed_in: str | None = None,
) -> Finding:
    anchor = digest(rule, path, purl, title)
    return Finding(
        id=finding_id(anchor, ordinal), identity=Identity(anchor=anchor, ordinal=ordinal, code=digest(title)),
        rule=rule, check=area.value, asset=f"file:{path}" if path else "stage:load", area=area, severity=severity,
        confidence=Confidence.HIGH, title=title, message=message,
        location=Location(path=path, start_line=line, end_line=line, start_column=5 if line else None, purl=purl),
        flow=flow, cwe=(89,), aliases=aliases, remediation="Bind the value as a parameter.", fixed_in=fixed_in,
        evidence={"zone": "b", "area": "a"}, status=status, priority=priority, triage=triage, first_seen=first_seen,
        not_assessed=not_assessed, exposed_to=("churn-model",), blast_radius=("warehouse.feedback",),
    )  # fmt: skip


def make_info(
    identifier: str = "A-0002", status: AssessmentStatus = AssessmentStatus.INCOMPLETE, project: str = "feedback"
) -> AssessmentInfo:
    return AssessmentInfo(
        id=identifier, project=project, branch="main", status=status, started_at="2026-03-09T08:00:00Z",
        finished_at="2026-03-09T08:00:04Z", commit="0123456789abcdef0123456789abcdef01234567", pipesec="0.1.0",
        checks=(
            CheckRun(id="dependencies", plugin="dependencies", version="0.1.0", data=OSV),
            CheckRun(id="poisoning", plugin="poisoning", version="0.1.0", status=CheckStatus.CONSENT,
                     reason="pipesec allow was not asked"),
            CheckRun(id="sast", plugin="sast", version="1.182.0", status=CheckStatus.PARTIAL, duration=1.25),
            CheckRun(id="secrets", plugin="secrets", version="1.5.0", status=CheckStatus.FAILED,
                     reason="the worker died by signal 11"),
        ),
    )  # fmt: skip


def make_assessment(*findings: Finding, extra: tuple[Coverage, ...] = ()) -> Assessment:
    ok, partial, skipped, failed = CoverageStatus
    rows = [
        Coverage(check="sast", asset="file:load.py", status=ok),
        Coverage(check="sast", asset="file:clean.py", status=ok),
        *(Coverage(check="sast", asset=f"file:old/{n}.py", status=failed, reason="Python 2") for n in range(5)),
        Coverage(check="sast", asset="file:big.sql", status=partial, reason="larger than 1 MB", triage=ACCEPTED),
        Coverage(check="dependencies", asset="file:requirements.txt", status=ok),
        Coverage(check="dependencies", asset="pkg:pypi/shop-tools@1", status=skipped, reason="private"),
        Coverage(check=INVENTORY, asset="dir:.venv/", status=skipped, reason="ignored by .gitignore", count=2_400),
        Coverage(check=INVENTORY, asset="file:core", status=failed, reason="cannot be read"),
    ]
    where = (Where("load.py", 50),)
    return Assessment(
        assessment=make_info(), findings=findings, coverage=(*rows, *extra),
        components=(Component(purl="pkg:pypi/pyyaml@5.1", kind=ComponentKind.LIBRARY, found_in="requirements.txt"),),
        lineage=Lineage(
            nodes=(
                Node(id="source:feedback", kind=NodeKind.SOURCE, name="feedback", trust=Trust.UNTRUSTED),
                Node(id="stage:load", kind=NodeKind.STAGE, name="load", where=where),
            ),
            edges=(
                Edge(source="source:feedback", target="stage:load", kind=EdgeKind.READS, certainty=Certainty.DECLARED),
            ),
        ),
    )  # fmt: skip


def sample_findings() -> tuple[Finding, ...]:
    return (
        make_finding(flow=(FlowStep("clean.py", 12, "read from the CSV"), FlowStep(None, None, "joined"))),
        make_finding(title="SQL built by hand again", ordinal=1, line=40, priority=6.0),
        make_finding(
            "vulnerable-dependency", "requirements.txt", 4, title="PyYAML 5.1 runs code from documents",
            severity=Severity.CRITICAL, priority=9.1, area=Area.DEPENDENCIES, purl="pkg:pypi/pyyaml@5.1",
            aliases=("CVE-2020-14343", "GHSA-8q59-q68h-6hv4"), fixed_in="5.4",
        ),
        make_finding("weak-hash", "clean.py", 18, title="MD5", severity=Severity.MEDIUM, priority=3.0,
                     status=FindingStatus.ACCEPTED, triage=ACCEPTED),
        make_finding("hard-coded-secret", "ingest.py", 14, title="A password in the code", priority=8.0,
                     area=Area.SECRETS, not_assessed="check_failed"),
        make_finding("no-alert", None, None, title="No alert", severity=Severity.INFO, priority=None,
                     area=Area.ALERTING, first_seen=None),
    )  # fmt: skip


@pytest.fixture
def assessment() -> Assessment:
    return make_assessment(*sample_findings())


@pytest.fixture
def comparison() -> Comparison:
    def compared(title: str, reason: str | None = None, match_pass: int | None = None) -> tuple[ComparedFinding, ...]:
        return (ComparedFinding.of(make_finding(title=title), match_pass, reason),)

    return Comparison(
        base=make_info("A-0001", AssessmentStatus.COMPLETE), head=make_info(),
        new=compared("A new one") + compared("Of a new advisory", "new_advisory"), fixed=compared("A fixed one"),
        unchanged_count=12, changed=compared("A changed one", "severity", 3), reopened=compared("A reopened one"),
        removed=compared("A removed one", "asset_deleted"), not_assessed=compared("An open question", "check_failed"),
    )  # fmt: skip


CONTEXT = ReportContext(
    gate=GateText(outcome=GateOutcome.FAILED, reasons=("3 open findings at or above high",)), rules=RULES
)
Document = Assessment | Comparison
Render = Callable[..., str]
Make = Callable[..., Finding]


def render(name: str, document: Assessment | Comparison, context: ReportContext = CONTEXT) -> str:
    """What a format makes of a document."""
    stream = io.StringIO(newline="")
    if isinstance(document, Assessment):
        FORMATS[name].assessment(document, stream, context=context)
    else:
        FORMATS[name].comparison(document, stream, context=context)
    return stream.getvalue()


# Test modules are imported on their own, so that what they share comes to them as fixtures.
@pytest.fixture(name="render")
def render_fixture() -> Render:
    """``render(format, document, context)``: what a format makes of a document."""
    return render


@pytest.fixture(name="make_finding")
def make_finding_fixture() -> Make:
    return make_finding


@pytest.fixture(name="make_assessment")
def make_assessment_fixture() -> Callable[..., Assessment]:
    return make_assessment
