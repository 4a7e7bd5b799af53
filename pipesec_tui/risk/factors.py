"""What a priority is made of, with the path behind it."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Node, NodeKind, Trust
from pipesec_tui.model.project import Project
from pipesec_tui.risk.placing import IMPORTED_IN, Places
from pipesec_tui.risk.severity_score import severity_score
from pipesec_tui.risk.standing import Standing, Standings, is_source
from pipesec_tui.risk.weights import HIGHEST, SURE


class Step(Struct, frozen=True):
    """A step on the way of the data; ``kind`` is None for the finding itself."""

    kind: NodeKind | None
    name: str


class Words(Struct, frozen=True, kw_only=True):
    """Each factor in a line for a person."""

    severity: str
    confidence: str
    exposure: str
    blast: str


class Factors(Struct, frozen=True, kw_only=True):
    """The factors of one finding's priority; see ``pipesec_tui.risk.weights`` for their ranges.

    path -- from the source through the finding to the sink; the finding alone where the data flow isn't known
    """

    severity: float
    confidence: float
    exposure: float
    blast: float
    path: tuple[Step, ...]
    words: Words

    @property
    def priority(self) -> float:
        """0.0 to 10.0, to one decimal."""
        return priority_of(self.severity * self.confidence, self.exposure * self.blast)


class Place(Struct, frozen=True):
    """The standing of the node that a finding concerns, if it concerns one, and exposure times blast radius there."""

    standing: Standing | None
    weight: float


class Risk:
    """The risk of one assessment's findings. What depends on a stage alone is worked out once a stage."""

    def __init__(self, assessment: Assessment, project: Project) -> None:
        self._standings = Standings(assessment.lineage, project)
        graph = self._standings.graph
        self._known = bool(graph.following) and any(map(is_source, graph.nodes.values()))
        self._places = Places(graph, assessment.lineage, project)
        self._known_places: dict[tuple[str | None, str, str | None], Place] = {}

    def place(self, finding: Finding) -> Place:
        """Where a finding stands; found once for all findings of a file, unless they name places of their own."""
        if IMPORTED_IN in finding.evidence:
            return self._found(finding)
        key = (finding.location.stage, finding.asset, finding.location.path)
        known = self._known_places.get(key)
        if known is None:
            known = self._known_places[key] = self._found(finding)
        return known

    def dataset(self, finding: Finding) -> str | None:
        """Name of the dataset that is read or written on the lines of a finding, where one is."""
        return self._places.dataset(finding)

    def _found(self, finding: Finding) -> Place:
        standing = self._standing(finding)
        return Place(standing, self._exposure(standing) * (standing.blast if standing is not None else 1.0))

    def factors(self, finding: Finding) -> Factors:
        """What the priority of a finding is made of."""
        standing = self._standing(finding)
        itself = Step(None, finding.title)
        path = (itself,) if standing is None else (*_steps(standing.upstream), itself, *_steps(standing.downstream))
        return Factors(
            severity=severity_score(finding),
            confidence=SURE[finding.confidence],
            exposure=self._exposure(standing),
            blast=standing.blast if standing else 1.0,
            path=path,
            words=Words(
                severity=f"CVSS base score of {finding.cvss}" if finding.cvss else f"{finding.severity.value} severity",
                confidence=f"{finding.confidence.value} confidence",
                exposure=self._exposure_told(standing),
                blast=_blast_told(standing),
            ),
        )

    def _standing(self, finding: Finding) -> Standing | None:
        """Of several stages that a finding concerns, the one that makes most of it."""
        places = self._places.of(finding)
        if len(places) == 1:
            return self._standings.of(places[0])
        best = sorted(places, key=lambda key: (-self._standings.of(key).weight, key))
        return self._standings.of(best[0]) if best else None

    def _exposure(self, standing: Standing | None) -> float:
        """1 as long as no source is known at all: then nothing tells a shielded stage from an exposed one."""
        return standing.exposure if standing is not None and self._known else 1.0

    def _exposure_told(self, standing: Standing | None) -> str:
        if standing is None:
            return "concerns no single stage, so that the data flow says nothing: neutral"
        if not self._known:
            return "no source is known, neither declared nor found: neutral"
        if not standing.exposed:
            return "a dead corner: no known source reaches it"
        source = standing.upstream[0].name
        text = f"{_TRUST_TOLD[standing.trust]} data from {source} reaches it"
        return text + (f", validated by {', '.join(standing.validated)}" if standing.validated else "")


_TRUST_TOLD = {
    Trust.UNTRUSTED: "untrusted",
    Trust.PARTNER: "a partner's",
    Trust.INTERNAL: "internal",
    None: "(of unknown trust)",
}


def factors(assessment: Assessment, project: Project, finding: Finding) -> Factors:
    """What the priority of one finding of an assessment is made of. For many findings make one ``Risk``."""
    return Risk(assessment, project).factors(finding)


def priority_of(inherent: float, place: float) -> float:
    """Priority, 0.0 to 10.0 to one decimal, of severity times confidence and exposure times blast radius."""
    return round(min(HIGHEST, inherent * place), 1)


def _steps(nodes: tuple[Node, ...]) -> tuple[Step, ...]:
    return tuple(Step(node.kind, node.name) for node in nodes)


def _blast_told(standing: Standing | None) -> str:
    if standing is None:
        return "concerns no single stage: neutral"
    if not standing.reaches:
        return "its data reaches no known dataset or sink"
    parts = [_counted(standing.datasets, "dataset")] if standing.datasets else []
    if standing.sinks:
        parts.append(f"{_counted(len(standing.sinks), 'sink')} ({', '.join(standing.sinks[:5])})")
    text = f"its data reaches {' and '.join(parts)}"
    return text + (f", on which depend {', '.join(standing.exposures[:5])}" if standing.exposures else "")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" + ("" if count == 1 else "s")
