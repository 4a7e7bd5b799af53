"""Priority of a finding, 0 to 10.

Severity (the CVSS base score where a vector is known, else the middle of the severity's CVSS band) times confidence. A
finding in code that a declared stage runs also names the exposures behind the sinks that its data reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import structs

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.project import Project, Stage
from pipesec_tui.model.severity import Confidence, Severity

_MIDDLE = {
    Severity.CRITICAL: 9.5,
    Severity.HIGH: 8.0,
    Severity.MEDIUM: 5.5,
    Severity.LOW: 2.5,
    Severity.INFO: 0.5,
}
_SURE = {Confidence.PROVEN: 1.0, Confidence.HIGH: 0.95, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.5}


def prioritize(assessment: Assessment, project: Project) -> Assessment:
    """The assessment with the priority of every finding, and the stage, sinks and exposures that it concerns."""
    stages = _stages_by_file(project)
    findings = tuple(_prioritized(finding, project, stages) for finding in assessment.findings)
    return structs.replace(assessment, findings=findings)


def score(finding: Finding) -> float:
    """Priority of one finding, 0.0 to 10.0, to one decimal."""
    base = _MIDDLE[finding.severity]
    if finding.cvss is not None:
        base = cvss_score(finding.cvss) or base
    return round(min(10.0, base * _SURE[finding.confidence]), 1)


def cvss_score(vector: str) -> float | None:
    """Base score of a CVSS vector of version 2, 3 or 4; None where it is none."""
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    kind = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        return float(kind(vector).base_score)
    except CVSSError:
        return None


def _prioritized(finding: Finding, project: Project, stages: Mapping[str, Stage]) -> Finding:
    stage = stages.get(finding.location.path or "")
    if stage is None:
        return structs.replace(finding, priority=score(finding))
    location = structs.replace(finding.location, stage=stage.name, pipeline=stage.pipeline)
    sinks = _downstream(stage, project)
    exposures = dict.fromkeys(name for sink in project.sinks if sink.name in sinks for name in sink.exposures)
    return structs.replace(
        finding, location=location, priority=score(finding), blast_radius=tuple(sinks), exposed_to=tuple(exposures)
    )


def _stages_by_file(project: Project) -> dict[str, Stage]:
    """The stage that runs each file, as far as its command names the file."""
    found: dict[str, Stage] = {}
    for stage in project.stages:
        for argument in stage.run:
            path = PurePosixPath(stage.cwd, argument)
            if path.suffix in (".py", ".sh", ".sql", ".R", ".scala"):
                found.setdefault(str(path), stage)
    return found


def _downstream(stage: Stage, project: Project) -> list[str]:
    """Names of the sinks that data from a stage reaches, by what the project declares."""
    reached, pending = set(stage.writes), list(stage.writes)
    while pending:
        name = pending.pop()
        for other in project.stages:
            if name in other.reads:
                fresh = [written for written in other.writes if written not in reached]
                reached.update(fresh)
                pending += fresh
    return [sink.name for sink in project.sinks if sink.name in reached or reached.intersection(sink.reads)]
