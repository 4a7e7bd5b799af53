"""Work items: what one remedy mends is one item, however many findings it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from pipesec_tui.model.area import Area
from pipesec_tui.model.asset import unversioned
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.identity import digest
from pipesec_tui.model.severity import Severity

KEY_VERSION = "w1"
"""Of the scheme by which keys are derived. A change of it gives every item a new key, and every tracker its doubles."""


class RemedyKind(Enum):
    """What is done about an item.

    ``UPGRADE``: another version of a package in a file. ``CODE``: what one rule found in a file is mended. ``SECRETS``:
    all credentials of a file are taken out and replaced. ``RULE``: whatever else one rule found.
    """

    UPGRADE = "upgrade"
    CODE = "code"
    SECRETS = "secrets"
    RULE = "rule"


class Remedy(Struct, frozen=True):
    """What mends: of a kind, of a subject (package or rule), in a file where it concerns one. Holds nothing that moves
    while the work is the same: no line, version, severity or wording."""

    kind: RemedyKind
    subject: str
    path: str | None

    def key(self, project: str) -> str:
        """The item's key, ``PW-`` and 12 characters; ``project`` is the name declared in pipesec.toml, or empty."""
        return "PW-" + digest(KEY_VERSION, project, self.kind.value, self.subject, self.path)[:12]


class WorkItem(Struct, frozen=True, kw_only=True):
    """Findings that one remedy answers, the most pressing first, of which there is at least one.

    version -- for an upgrade: the smallest that fixes all that can be fixed; None where none is known
    unfixed -- for an upgrade: findings that no known version fixes
    """

    key: str
    remedy: Remedy
    findings: tuple[Finding, ...]
    version: str | None = None
    unfixed: int = 0

    @property
    def priority(self) -> float:
        """The highest among the findings, 0 to 10."""
        return self.findings[0].priority or 0.0

    @property
    def severity(self) -> Severity:
        """The worst among the findings."""
        return max(finding.severity for finding in self.findings)

    @property
    def title(self) -> str:
        """What to do, on one line."""
        subject, place = self.remedy.subject, f" in {self.remedy.path}" if self.remedy.path else ""
        match self.remedy.kind:
            case RemedyKind.UPGRADE:
                name = subject.rpartition("/")[2]
                if self.version is None:
                    return f"Replace {name}{place}: no version is fixed"
                return f"Upgrade {name} to {self.version}{place}"
            case RemedyKind.SECRETS:
                return f"Take the credentials out{place.replace(' in ', ' of ')} and replace them"
            case RemedyKind.CODE:
                return f"Mend {subject}{place}"
            case RemedyKind.RULE:
                return f"Mend {subject}: {self.findings[0].title}"


def work_items(findings: Iterable[Finding], project: str) -> tuple[WorkItem, ...]:
    """Open findings by what mends them: the highest priority first, then the most findings, then by key.

    project -- the name that pipesec.toml declares; empty where it declares none
    """
    groups: defaultdict[Remedy, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.status is FindingStatus.OPEN:
            groups[remedy_of(finding)].append(finding)
    items = (_item(remedy, group, project) for remedy, group in groups.items())
    return tuple(sorted(items, key=lambda item: (-item.priority, -len(item.findings), item.key)))


def remedy_of(finding: Finding) -> Remedy:
    """What mends a finding."""
    path = finding.location.path
    if finding.location.purl is not None and (finding.fixed_in is not None or finding.aliases):
        manifest = finding.evidence.get("manifest")
        named = manifest if isinstance(manifest, str) else None
        return Remedy(RemedyKind.UPGRADE, unversioned(finding.location.purl), path or named)
    if finding.area is Area.SECRETS and path is not None:
        return Remedy(RemedyKind.SECRETS, "credentials", path)
    if finding.area is Area.SAST:
        return Remedy(RemedyKind.CODE, finding.rule, path or finding.asset)
    return Remedy(RemedyKind.RULE, finding.rule, None)


def _item(remedy: Remedy, findings: list[Finding], project: str) -> WorkItem:
    ordered = tuple(sorted(findings, key=lambda finding: (-(finding.priority or 0.0), finding.id)))
    fixes = list(_fixes(ordered)) if remedy.kind is RemedyKind.UPGRADE else []
    return WorkItem(
        key=remedy.key(project),
        remedy=remedy,
        findings=ordered,
        version=max(fixes, key=_release)[1] if fixes else None,
        unfixed=len(ordered) - len(fixes) if remedy.kind is RemedyKind.UPGRADE else 0,
    )


def _fixes(findings: Iterable[Finding]) -> Iterator[tuple[Version | None, str]]:
    for finding in findings:
        if finding.fixed_in is not None:
            yield _version(finding.fixed_in), finding.fixed_in


def _release(fix: tuple[Version | None, str]) -> tuple[bool, Version, str]:
    """Versions that PEP 440 can't order come before all others, by their text."""
    version, text = fix
    return version is not None, version or Version("0"), text


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
