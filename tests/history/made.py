"""Assessments made up for tests: a few words each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import structs

from pipesec_tui.history.store import History
from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import (
    Assessment,
    AssessmentInfo,
    AssessmentStatus,
    CheckRun,
    CheckStatus,
    DataVersion,
)
from pipesec_tui.model.asset import file_urn, unversioned
from pipesec_tui.model.comparison import Comparison, Outcome
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Evidence, Finding, Location
from pipesec_tui.model.identity import code_identity, finding_id, subject_identity
from pipesec_tui.model.lineage import Lineage
from pipesec_tui.model.severity import Confidence, Severity

OK = CoverageStatus.OK


def weak_lines(
    path: str, text: str, rule: str = "eval", check: str = "sast", scope: str | None = None
) -> list[Finding]:
    """A finding for every line of ``text`` that says ``weak``, as the engine would number them."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if "weak" in line:
            identity = code_identity(rule, path, scope, lines, number, number)
            found.append(
                Finding(
                    id="", identity=identity, rule=rule, check=check, asset=file_urn(path), area=Area.SAST,
                    severity=Severity.HIGH, confidence=Confidence.HIGH, title="Weak line", message="This line is weak.",
                    location=Location(path=path, start_line=number, end_line=number), cwe=(78,),
                )
            )  # fmt: skip
    return numbered(found)


def about(
    asset: str, *subject: str, rule: str = "no-schema", check: str = "schema", path: str | None = None,
    purl: str | None = None, aliases: Sequence[str] = (), severity: Severity = Severity.MEDIUM,
    evidence: Evidence | None = None,
) -> Finding:  # fmt: skip
    """A finding that isn't text."""
    identity = subject_identity(rule, path if path is not None else unversioned(asset), None, subject)
    return Finding(
        id=finding_id(identity.anchor, 0), identity=identity, rule=rule, check=check, asset=asset, area=Area.SCHEMA,
        severity=severity, confidence=Confidence.HIGH, title="A title", message="A message.",
        location=Location(path=path, purl=purl), aliases=tuple(aliases), evidence=evidence or {},
    )  # fmt: skip


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with ordinals and ids, in the order given."""
    seen: dict[str, int] = {}
    out = []
    for finding in findings:
        anchor = finding.identity.anchor
        ordinal = seen[anchor] = seen.get(anchor, -1) + 1
        identity = structs.replace(finding.identity, ordinal=ordinal)
        out.append(structs.replace(finding, identity=identity, id=finding_id(anchor, ordinal)))
    return out


def ran(
    check: str, rules: Mapping[str, int], data: str | None = None, status: CheckStatus = CheckStatus.OK,
    renamed: Mapping[str, str] | None = None, reason: str | None = None,
) -> CheckRun:  # fmt: skip
    return CheckRun(
        id=check, plugin="test", version="1", rules=dict(rules), status=status, renamed=dict(renamed or {}),
        data=None if data is None else DataVersion("osv", data), reason=reason,
    )  # fmt: skip


def rows(check: str, *assets: str, status: CoverageStatus = OK, reason: str | None = None) -> list[Coverage]:
    return [Coverage(check=check, asset=asset, status=status, reason=reason) for asset in assets]


def inventory(*paths: str) -> list[Coverage]:
    return rows(INVENTORY, *(file_urn(path) for path in paths))


def assessed(
    findings: Iterable[Finding] = (), checks: Iterable[CheckRun] = (), coverage: Iterable[Coverage] = (), day: int = 1,
    lineage: Lineage | None = None, branch: str | None = "main",
) -> Assessment:  # fmt: skip
    """An assessment that began on a day of January 2026 (days beyond 31 run on)."""
    at = f"2026-{1 + (day - 1) // 28:02d}-{1 + (day - 1) % 28:02d}T10:00:00Z"
    info = AssessmentInfo(
        id=f"A-{day}", project="shop", branch=branch, status=AssessmentStatus.COMPLETE, started_at=at,
        finished_at=at, commit=None, pipesec="0.1", checks=tuple(checks),
    )  # fmt: skip
    return Assessment(assessment=info, findings=tuple(findings), coverage=tuple(coverage), lineage=lineage or Lineage())


def of_files(texts: Mapping[str, str], day: int = 1, branch: str | None = "main", revision: int = 1) -> Assessment:
    """An assessment by check ``sast`` of files that were all looked at."""
    findings = [
        structs.replace(finding, rule_revision=revision)
        for path, text in texts.items()
        for finding in weak_lines(path, text)
    ]
    coverage = [*inventory(*texts), *rows("sast", *(file_urn(path) for path in texts))]
    return assessed(findings, [ran("sast", {"eval": revision})], coverage, day, branch=branch)


def record(history: History, assessment: Assessment, **how: object) -> Assessment:
    """Store an assessment as one of project ``shop``."""
    info = assessment.assessment
    recording = history.begin(
        "shop", info.branch, default_branch="main", commit=None, started_at=info.started_at, pipesec="0.1"
    )
    return recording.finish(assessment, **how)  # type: ignore[arg-type]


def open_history(folder: Path) -> History:
    return History.open(folder / "history.sqlite")


def ids(comparison: Comparison, outcome: Outcome) -> list[str]:
    return sorted(finding.id for finding in comparison.of(outcome))


def counts(comparison: Comparison) -> dict[str, int]:
    """How many findings have each outcome; those that none has are left out."""
    found = {o.value: len(comparison.of(o)) for o in Outcome if o is not Outcome.UNCHANGED}
    found["unchanged"] = comparison.unchanged_count
    return {name: count for name, count in found.items() if count}
