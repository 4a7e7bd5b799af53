"""Priority of findings, 0 to 10, and what they concern; the formula stands in ``pipesec_tui.risk.weights``."""

from __future__ import annotations

from msgspec import structs

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import NodeKind
from pipesec_tui.model.project import Project
from pipesec_tui.pause import without_gc
from pipesec_tui.risk.factors import Risk, priority_of
from pipesec_tui.risk.severity_score import severity_score
from pipesec_tui.risk.weights import SURE


def prioritize(assessment: Assessment, project: Project) -> Assessment:
    """The assessment with the priority of every finding, and the stage, dataset, sinks and exposures that it concerns.

    The same assessment and project give the same result; prioritizing twice changes nothing.
    """
    risk = Risk(assessment, project)
    pipelines = {stage.name: stage.pipeline for stage in project.stages}
    with without_gc():
        findings = tuple(_prioritized(finding, risk, pipelines) for finding in assessment.findings)
    return structs.replace(assessment, findings=findings)


def _prioritized(finding: Finding, risk: Risk, pipelines: dict[str, str | None]) -> Finding:
    place = risk.place(finding)
    priority = priority_of(severity_score(finding) * SURE[finding.confidence], place.weight)
    standing = place.standing
    if standing is None:
        return structs.replace(finding, priority=priority)
    here, at = standing.upstream[-1], finding.location
    in_stage = here.kind is NodeKind.STAGE
    location = structs.replace(
        at,
        stage=at.stage or (here.name if in_stage else None),
        pipeline=at.pipeline or (pipelines.get(here.name) if in_stage else None) or here.pipeline,
        dataset=risk.dataset(finding) or (here.name if here.kind is NodeKind.DATASET else None),
    )
    return structs.replace(
        finding,
        location=location,
        priority=priority,
        blast_radius=standing.reaches,
        exposed_to=standing.exposures,
    )
