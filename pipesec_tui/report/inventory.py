"""What a project is made of: its components, what brings each in, and what is known against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.asset import unversioned
from pipesec_tui.model.component import Component, ComponentKind
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import NodeKind


class Part(Struct, frozen=True, kw_only=True):
    """A component with the open or decided findings on it.

    introduced_by -- purls from the direct dependency to what asks for this one; empty for direct ones
    vulnerabilities -- ids of findings
    """

    purl: str
    kind: ComponentKind
    name: str
    version: str | None
    direct: bool | None
    introduced_by: tuple[str, ...]
    found_in: str | None
    vulnerabilities: tuple[str, ...] = ()


class InventoryDocument(Struct, frozen=True, kw_only=True):
    """``pipesec.inventory/1``."""

    schema: str = "pipesec.inventory/1"
    assessment: str
    project: str
    components: tuple[Part, ...]


def parts(
    assessment: Assessment, kinds: frozenset[ComponentKind] = frozenset(ComponentKind), *, vulnerable: bool = False
) -> tuple[Part, ...]:
    """The components of an assessment, of some kinds, by kind and name; services of the lineage among them.

    vulnerable -- only those with a known vulnerability
    """
    against = vulnerabilities(assessment)
    found = [
        Part(
            purl=component.purl, kind=component.kind, name=name_of(component), version=component.version,
            direct=component.direct, introduced_by=component.introduced_by, found_in=component.found_in,
            vulnerabilities=tuple(finding.id for finding in against.get((component.purl, component.found_in), ())),
        )
        for component in components(assessment)
        if component.kind in kinds
    ]  # fmt: skip
    wanted = (part for part in found if part.vulnerabilities or not vulnerable)
    order = {kind: index for index, kind in enumerate(ComponentKind)}
    return tuple(sorted(wanted, key=lambda part: (order[part.kind], part.name, part.purl, part.found_in or "")))


def components(assessment: Assessment) -> tuple[Component, ...]:
    """The components that checks reported, and the services of the lineage that none of them is."""
    known = {component.name for component in assessment.components if component.kind is ComponentKind.SERVICE}
    services = (node for node in assessment.lineage.nodes if node.kind is NodeKind.SERVICE and node.name not in known)
    found = (
        Component(
            purl=node.id, kind=ComponentKind.SERVICE, name=node.name,
            found_in=node.where[0].path if node.where else None,
        )
        for node in services
    )  # fmt: skip
    return (*assessment.components, *found)


def vulnerabilities(assessment: Assessment) -> dict[tuple[str, str | None], tuple[Finding, ...]]:
    """Findings of known vulnerabilities by the purl and file of the component that they are about."""
    by_purl: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        if finding.location.purl is not None and is_vulnerability(finding):
            by_purl[finding.location.purl].append(finding)
    found: dict[tuple[str, str | None], tuple[Finding, ...]] = {}
    for component in assessment.components:
        here = (f for f in by_purl.get(component.purl, ()) if _file(f) in (None, component.found_in))
        found[component.purl, component.found_in] = tuple(here)
    return found


def is_vulnerability(finding: Finding) -> bool:
    """Whether a finding says that a published advisory affects a component."""
    return isinstance(finding.evidence.get("advisory"), str) or (
        finding.location.purl is not None and bool(finding.aliases)
    )


def name_of(component: Component) -> str:
    """The name that it is known by: its own, else the last part of its purl."""
    return component.name or unversioned(component.purl).rpartition("/")[2] or component.purl


def why(introduced_by: Iterable[str]) -> str:
    """The way that brings a component in, for a person: ``flask > jinja2``."""
    return " > ".join(unversioned(purl).rpartition("/")[2] for purl in introduced_by)


def _file(finding: Finding) -> str | None:
    manifest = finding.evidence.get("manifest")
    return finding.location.path or (manifest if isinstance(manifest, str) else None)
