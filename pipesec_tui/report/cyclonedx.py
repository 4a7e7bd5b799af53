"""CycloneDX 1.6 (ECMA-424): the components of a project as a bill of materials, with their vulnerabilities as VEX."""

from __future__ import annotations

import datetime as dt
import uuid
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, TextIO

from msgspec import structs

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.component import Component, ComponentKind
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.identity import digest
from pipesec_tui.model.lineage import NodeKind
from pipesec_tui.model.severity import Severity
from pipesec_tui.report.context import ReportContext
from pipesec_tui.report.escape import json_safe, printable
from pipesec_tui.report.gaps import coverage_gaps, extent_told
from pipesec_tui.report.inventory import Part, components, is_vulnerability, name_of
from pipesec_tui.risk.severity_score import cvss_score

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model import component as cdx_component
    from cyclonedx.model import service as cdx_service
    from cyclonedx.model import vulnerability as cdx_vulnerability
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.dependency import Dependency

_SERIALS = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/pipesec/assessment")
"""The name space of serial numbers: the same assessment has the same one everywhere."""
_ROOT = "project"
MAX_GAPS = 100


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    """The bill of materials of an assessment. The time in it is that of the assessment."""
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    outputter = make_outputter(_bom(assessment), OutputFormat.JSON, SchemaVersion.V1_6)
    with warnings.catch_warnings():
        # A project without any dependency is no mistake.
        warnings.filterwarnings("ignore", message=".*has no defined dependencies", category=UserWarning)
        stream.write(json_safe(outputter.output_as_string(indent=2)) + "\n")


def only(assessment: Assessment, parts: Sequence[Part]) -> Assessment:
    """An assessment with no other components, and nothing against others."""
    wanted = {(part.purl, part.found_in) for part in parts}
    purls = {part.purl for part in parts}
    lineage = assessment.lineage
    nodes = (node for node in lineage.nodes if node.kind is not NodeKind.SERVICE or node.id in purls)
    return structs.replace(
        assessment,
        components=tuple(one for one in assessment.components if (one.purl, one.found_in) in wanted),
        findings=tuple(finding for finding in assessment.findings if finding.location.purl in purls),
        lineage=structs.replace(lineage, nodes=tuple(nodes)),
    )


def _bom(assessment: Assessment) -> Bom:
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component as CdxComponent
    from cyclonedx.model.component import ComponentType
    from cyclonedx.model.tool import ToolRepository

    info = assessment.assessment
    by_ref: defaultdict[str, list[Component]] = defaultdict(list)
    for component in components(assessment):
        by_ref[component.purl].append(component)
    libraries = {ref: same for ref, same in by_ref.items() if same[0].kind is not ComponentKind.SERVICE}
    return Bom(
        serial_number=uuid.uuid5(_SERIALS, f"{info.project}\0{info.id}"),
        metadata=BomMetaData(
            component=CdxComponent(name=printable(info.project), type=ComponentType.APPLICATION, bom_ref=_ROOT),
            tools=ToolRepository(
                components=[CdxComponent(name="pipesec", version=info.pipesec, type=ComponentType.APPLICATION)]
            ),
            properties=_gaps(assessment),
            timestamp=dt.datetime.fromisoformat(info.finished_at or info.started_at),
        ),
        components=[_component(ref, same) for ref, same in libraries.items()],
        services=[_service(ref, same) for ref, same in by_ref.items() if ref not in libraries],
        dependencies=list(_dependencies(libraries)),
        vulnerabilities=list(_vulnerabilities(assessment.findings, by_ref.keys())),
    )


def _gaps(assessment: Assessment) -> list[Property]:
    """What was not looked at: a bill of materials that leaves it out would look whole."""
    from cyclonedx.model import Property

    told = [
        f"{gap.check}: {gap.status}: {gap.reason or 'no reason told'}: {extent_told(gap)}"
        for gap in coverage_gaps(assessment)
    ]
    if len(told) > MAX_GAPS:
        told = [*told[:MAX_GAPS], f"and {len(told) - MAX_GAPS} more"]
    status = Property(name="pipesec:status", value=assessment.assessment.status.value)
    return [status, *(Property(name="pipesec:gap", value=printable(text)) for text in told)]


def _component(ref: str, same: Sequence[Component]) -> cdx_component.Component:
    from cyclonedx.model.component import Component as CdxComponent
    from cyclonedx.model.component import ComponentType
    from packageurl import PackageURL

    first = same[0]
    try:
        purl = PackageURL.from_string(ref)
    except ValueError:
        purl = None
    kind = ComponentType.CONTAINER if first.kind is ComponentKind.IMAGE else ComponentType.LIBRARY
    return CdxComponent(
        name=printable(name_of(first)), version=first.version, type=kind, bom_ref=ref, purl=purl,
        properties=_properties(same),
    )  # fmt: skip


def _service(ref: str, same: Sequence[Component]) -> cdx_service.Service:
    from cyclonedx.model.service import Service

    return Service(name=printable(name_of(same[0])), version=same[0].version, bom_ref=ref, properties=_properties(same))


def _properties(same: Iterable[Component]) -> list[Property]:
    from cyclonedx.model import Property

    found = {("pipesec:found_in", one.found_in) for one in same if one.found_in is not None}
    found |= {("pipesec:direct", str(one.direct).lower()) for one in same if one.direct is not None}
    return [Property(name=name, value=printable(value)) for name, value in sorted(found)]


def _dependencies(libraries: dict[str, list[Component]]) -> Iterator[Dependency]:
    """Who asks for whom, along the ways that brought components in; the project asks for what nobody else does."""
    from cyclonedx.model.bom_ref import BomRef
    from cyclonedx.model.dependency import Dependency

    asked: defaultdict[str, set[str]] = defaultdict(set)
    for ref, same in libraries.items():
        for component in same:
            way = [_ROOT, *(purl for purl in component.introduced_by if purl in libraries and purl != ref), ref]
            for asking, wanted in pairwise(way):
                asked[asking].add(wanted)
    for ref in (_ROOT, *libraries):
        yield Dependency(BomRef(ref), [Dependency(BomRef(wanted)) for wanted in sorted(asked[ref])])


def _vulnerabilities(findings: Iterable[Finding], refs: Iterable[str]) -> Iterator[cdx_vulnerability.Vulnerability]:
    """One for each advisory and decision, with all components that it affects."""
    from cyclonedx.model.vulnerability import (
        BomTarget,
        Vulnerability,
        VulnerabilityRating,
        VulnerabilityReference,
        VulnerabilityScoreSource,
        VulnerabilitySeverity,
        VulnerabilitySource,
    )

    known, unknown = set(refs), VulnerabilitySource(name="unknown")
    alike: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if is_vulnerability(finding) and finding.location.purl in known:
            reason = finding.triage.reason if finding.triage else ""
            alike[_advisory(finding), finding.status.value, reason].append(finding)
    for (advisory, *decision), same in alike.items():
        first = max(same, key=lambda finding: (finding.severity, finding.id))
        score = cvss_score(first.cvss) if first.cvss is not None else None
        rating = VulnerabilityRating(
            severity=VulnerabilitySeverity(_SEVERITY.get(first.severity, first.severity.value)),
            score=Decimal(str(score)) if score is not None else None,
            method=VulnerabilityScoreSource.get_from_vector(first.cvss) if first.cvss and score is not None else None,
            vector=first.cvss if score is not None else None,
        )
        yield Vulnerability(
            bom_ref=f"vulnerability:{digest(advisory, *decision)}",
            id=printable(advisory),
            source=_source(advisory),
            references=[
                VulnerabilityReference(id=printable(alias), source=_source(alias) or unknown)
                for alias in first.aliases
                if alias != advisory
            ],
            ratings=[rating],
            cwes=first.cwe,
            description=printable(first.message),
            recommendation=printable(first.remediation) if first.remediation else None,
            analysis=_analysis(first),
            affects=[BomTarget(ref=ref) for ref in sorted({str(finding.location.purl) for finding in same})],
        )


_SEVERITY = {Severity.INFO: "info"}
_SOURCES = {"CVE": "NVD", "GHSA": "GitHub Advisories", "PYSEC": "PyPI Advisory Database", "OSV": "OSV", "MAL": "OSV"}


def _advisory(finding: Finding) -> str:
    named = finding.evidence.get("advisory")
    return named if isinstance(named, str) else finding.aliases[0]


def _source(advisory: str) -> cdx_vulnerability.VulnerabilitySource | None:
    from cyclonedx.model.vulnerability import VulnerabilitySource

    name = _SOURCES.get(advisory.partition("-")[0])
    return VulnerabilitySource(name=name) if name else None


def _analysis(finding: Finding) -> cdx_vulnerability.VulnerabilityAnalysis:
    """What was decided. A risk that is accepted is one that will not be mended; undecided, nothing is claimed."""
    from cyclonedx.model.impact_analysis import ImpactAnalysisResponse, ImpactAnalysisState
    from cyclonedx.model.vulnerability import VulnerabilityAnalysis

    state = {
        FindingStatus.OPEN: ImpactAnalysisState.IN_TRIAGE,
        FindingStatus.ACCEPTED: ImpactAnalysisState.EXPLOITABLE,
        FindingStatus.FALSE_POSITIVE: ImpactAnalysisState.FALSE_POSITIVE,
        FindingStatus.FIXED: ImpactAnalysisState.RESOLVED,
    }[finding.status]
    responses = [ImpactAnalysisResponse.WILL_NOT_FIX] if finding.status is FindingStatus.ACCEPTED else []
    triage = finding.triage
    detail = printable(f"{triage.reason} (until {triage.until})") if triage else None
    return VulnerabilityAnalysis(state=state, responses=responses, detail=detail)
