"""Findings, data flows and projects made up for tests: a few words each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from msgspec import structs

from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus
from pipesec_tui.model.finding import Evidence, Finding, Identity, Location
from pipesec_tui.model.identity import digest, finding_id
from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind, Trust, Where
from pipesec_tui.model.severity import Confidence, Severity

Weakness = Callable[..., Finding]
Flow = Callable[..., Lineage]
Assess = Callable[..., Assessment]

_KINDS = {kind.value: kind for kind in NodeKind}


def weakness(
    path: str | None = "clean.py", line: int | None = 3, *, rule: str = "eval", severity: Severity = Severity.MEDIUM,
    confidence: Confidence = Confidence.HIGH, area: Area = Area.SAST, asset: str | None = None, cvss: str | None = None,
    purl: str | None = None, fixed_in: str | None = None, evidence: Evidence | None = None,
    first_seen: str | None = "2026-03-01T08:00:00Z",
) -> Finding:  # fmt: skip
    anchor = digest(rule, path, purl, fixed_in)
    return Finding(
        id=finding_id(anchor, line or 0), identity=Identity(anchor=anchor, ordinal=line or 0), rule=rule,
        check=area.value, asset=asset or f"file:{path}", area=area, severity=severity, confidence=confidence,
        title=f"{rule} here", message="A message.", cvss=cvss, fixed_in=fixed_in, evidence=evidence or {},
        location=Location(path=path, start_line=line, end_line=line, purl=purl), first_seen=first_seen,
    )  # fmt: skip


def flow(*ways: str, trust: dict[str, Trust] | None = None, files: dict[str, str] | None = None) -> Lineage:
    """A lineage from ways such as ``source:in > stage:clean > dataset:out``; ``files`` tells where stages were seen."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for way in ways:
        names = way.split(" > ")
        for name in names:
            kind, _, bare = name.partition(":")
            nodes[name] = Node(id=name, kind=_KINDS[kind], name=bare, trust=(trust or {}).get(bare))
        for start, end in pairwise(names):
            kind_of = EdgeKind.WRITES if start.startswith("stage:") else EdgeKind.READS
            edges[start, end] = Edge(source=start, target=end, kind=kind_of, certainty=Certainty.LITERAL)
    for stage, path in (files or {}).items():
        nodes[f"stage:{stage}"] = structs.replace(nodes[f"stage:{stage}"], where=(Where(path, 1),))
    return Lineage(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def assess(*findings: Finding, lineage: Lineage | None = None) -> Assessment:
    info = AssessmentInfo(
        id="A-0001", project="shop", branch="main", status=AssessmentStatus.COMPLETE, started_at="2026-03-09T08:00:00Z",
        finished_at="2026-03-09T08:00:04Z", commit=None, pipesec="0.1.0",
    )  # fmt: skip
    return Assessment(assessment=info, findings=findings, lineage=lineage or Lineage())


# Test modules are imported on their own, so that what they share comes to them as fixtures.
@pytest.fixture(name="weakness")
def weakness_fixture() -> Weakness:
    return weakness


@pytest.fixture(name="flow")
def flow_fixture() -> Flow:
    return flow


@pytest.fixture(name="assess")
def assess_fixture() -> Assess:
    return assess
