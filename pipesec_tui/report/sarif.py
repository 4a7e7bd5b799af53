"""SARIF 2.1.0, for code scanning services. Source: OASIS, "Static Analysis Results Interchange Format 2.1.0".

Services close what a file no longer holds, so findings that were not assessed again are carried in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO, TypeAlias
from urllib.parse import quote

import msgspec

from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus
from pipesec_tui.model.comparison import ComparedFinding, Comparison, Outcome
from pipesec_tui.model.finding import Finding, FindingStatus, FlowStep, Location
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.model.severity import Confidence, Severity
from pipesec_tui.report.context import ReportContext
from pipesec_tui.report.escape import json_safe
from pipesec_tui.report.gaps import Gap, GapKind, comparison_gaps, coverage_gaps, extent_told
from pipesec_tui.report.summary import LISTED, by_priority, reason

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
"""GitHub takes no more results in one run. Source: GitHub's documentation, "SARIF support for code scanning"."""
MAX_STEPS = 1_000
MAX_TAGS = 20

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Item: TypeAlias = tuple[Finding, str | None]
"""A finding and its baselineState."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "pipesec")
_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORE = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}
"""Middle of each band of CVSS, which is what services order by where a rule has no vector of its own."""
_PRECISION = {
    Confidence.PROVEN: "very-high",
    Confidence.HIGH: "high",
    Confidence.MEDIUM: "medium",
    Confidence.LOW: "low",
}
_STATE = {
    Outcome.NEW: "new",
    Outcome.REOPENED: "new",
    Outcome.CHANGED: "updated",
    Outcome.NOT_ASSESSED: "unchanged",
    Outcome.FIXED: "absent",
    Outcome.REMOVED: "absent",
}
_GAP_LEVEL = {"failed": "error", "cancelled": "error"}


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    info = assessment.assessment
    shown = [f for f in assessment.findings if f.status is not FindingStatus.FIXED]
    # Without a baseline there is no baselineState; with one, every result has it.
    known = any(f.not_assessed or (f.first_seen or info.started_at) < info.started_at for f in shown)
    items: list[Item] = [(finding, _state(finding, info) if known else None) for finding in by_priority(shown)]
    notes = [_notification(gap) for gap in coverage_gaps(assessment)]
    _write(info, None, items, notes, stream, context)


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    items: list[Item] = [
        (finding, _STATE[outcome]) for outcome in LISTED for finding in by_priority(comparison.of(outcome))
    ]
    items.sort(key=lambda item: (item[1] == "absent", -item[0].severity.rank))
    notes = [_notification(gap) for gap in comparison_gaps(comparison)]
    if comparison.unchanged_count:
        notes.append(
            _note(
                "note",
                "unchanged-not-listed",
                f"{comparison.unchanged_count:,} unchanged findings are not listed: a comparison holds what changed. "
                "A service that closes what is missing needs the assessment's own SARIF.",
            )
        )
    _write(comparison.head, comparison.base, items, notes, stream, context)


def _state(finding: Finding, info: AssessmentInfo) -> str:
    seen_before = finding.first_seen is not None and finding.first_seen < info.started_at
    return "unchanged" if finding.not_assessed or seen_before else "new"


def _write(
    info: AssessmentInfo,
    base: AssessmentInfo | None,
    items: Sequence[Item],
    notes: list[Json],
    stream: TextIO,
    context: ReportContext,
) -> None:
    kept = items
    if len(items) > MAX_RESULTS:
        kept = sorted(items, key=lambda item: (item[1] == "absent", -item[0].severity.rank))[:MAX_RESULTS]
        notes.append(
            _note(
                "warning",
                "results-truncated",
                f"{len(items) - MAX_RESULTS:,} of {len(items):,} findings are left out, the least severe ones: "
                f"services take {MAX_RESULTS:,} in one file.",
            )
        )
    rules = _rules([finding for finding, _ in kept], context)
    index = {rule_id: number for number, rule_id in enumerate(rules)}
    # GitHub's category is what stands before the last slash: it must stay the same from upload to upload.
    details: Json = {"id": f"pipesec/{quote(info.project, safe='')}/", "guid": _guid(info.id)}
    driver: Json = {
        "name": "pipesec",
        "semanticVersion": info.pipesec,
        "rules": [*rules.values()],
        "notifications": [{"id": name} for name in sorted({_descriptor(note) for note in notes})],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "automationDetails": details,
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the project"}}},
        "invocations": [_invocation(info, notes)],
        "properties": {"assessment": info.id, "branch": info.branch, "commit": info.commit},
    }
    if base is not None:
        run["baselineGuid"] = _guid(base.id)
    head = msgspec.json.format(msgspec.json.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), indent=1)
    stream.write(json_safe(head.decode().removesuffix("\n  }\n ]\n}")))
    stream.write(',\n   "results": [')
    separator = "\n    "
    for item in kept:
        stream.write(separator + json_safe(msgspec.json.encode(_result(*item, index)).decode()))
        separator = ",\n    "
    stream.write("\n   ]\n  }\n ]\n}\n")


def _rules(findings: Iterable[Finding], context: ReportContext) -> dict[str, Json]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.rule, []).append(finding)
    return {name: _rule(name, grouped[name], context.rules.get(name)) for name in sorted(grouped)}


def _rule(name: str, findings: Sequence[Finding], spec: RuleSpec | None) -> Json:
    first = min(findings, key=lambda finding: finding.id)
    worst = max(finding.severity for finding in findings)
    title = spec.title if spec else first.title
    cwe = sorted({number for finding in findings for number in finding.cwe} | set(spec.cwe if spec else ()))
    tags = ["security", first.area.value, *(f"external/cwe/cwe-{number:03}" for number in cwe)]
    remedy = spec.remedy if spec else first.remediation
    rule: dict[str, Json] = {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": spec.why if spec else title},
        "defaultConfiguration": {"level": _LEVEL[spec.severity if spec else worst]},
        "properties": {
            "tags": [*tags[:MAX_TAGS]],
            "precision": _PRECISION[spec.confidence if spec else first.confidence],
            "security-severity": _SCORE[worst],
        },
    }
    if remedy:
        rule["help"] = {"text": remedy}
    return rule


def _result(finding: Finding, state: str | None, index: dict[str, int]) -> dict[str, Json]:
    unjudged = finding.not_assessed is not None or (isinstance(finding, ComparedFinding) and state == "unchanged")
    properties: dict[str, Json] = {
        "id": finding.id,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "priority": finding.priority,
        "area": finding.area.value,
        "asset": finding.asset,
        "aliases": [*finding.aliases],
        "fixedIn": finding.fixed_in,
        "cvss": finding.cvss,
        "firstSeen": finding.first_seen,
        "reason": reason(finding),
    }
    if unjudged:
        properties["notReassessed"] = True
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message or finding.title},
        "locations": [_location(finding.location, finding.asset)],
        "guid": _guid(finding.id),
        "partialFingerprints": {"pipesecIdentity/v1": f"{finding.identity.anchor}:{finding.identity.ordinal}"},
        "suppressions": [*_suppressions(finding)],
        "properties": properties,
    }
    if state is not None:
        result["baselineState"] = state
    if finding.flow:
        steps: list[Json] = [{"location": _step(step)} for step in finding.flow[:MAX_STEPS]]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _suppressions(finding: Finding) -> Iterator[Json]:
    if finding.status in (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE):
        triage = finding.triage
        suppression: dict[str, Json] = {
            "kind": "external",
            "status": "accepted",
            "properties": {"state": finding.status.value, "until": triage.until if triage else None},
        }
        if triage is not None:
            suppression["justification"] = triage.reason
        yield suppression


def _location(location: Location, asset: str) -> Json:
    found: dict[str, Json] = {}
    if location.path is not None:
        physical: dict[str, Json] = {"artifactLocation": _artifact(location.path)}
        region = _region(location)
        if region:
            physical["region"] = region
        found["physicalLocation"] = physical
    logical: list[Json] = [
        {"fullyQualifiedName": name, "kind": kind}
        for kind, name in (
            ("package", location.purl),
            ("image", location.image),
            ("stage", location.stage),
            ("dataset", location.dataset),
            ("pipeline", location.pipeline),
        )
        if name is not None
    ]
    if not found and not logical:
        logical = [{"fullyQualifiedName": asset, "kind": "asset"}]
    if logical:
        found["logicalLocations"] = logical
    return found


def _region(location: Location) -> dict[str, Json]:
    region: dict[str, Json] = {
        "startLine": location.start_line,
        "startColumn": location.start_column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }
    if location.start_line is None:
        return {}
    return {key: value for key, value in region.items() if value is not None}


def _step(step: FlowStep) -> Json:
    found: dict[str, Json] = {"message": {"text": step.what}}
    if step.path is not None:
        physical: dict[str, Json] = {"artifactLocation": _artifact(step.path)}
        if step.line is not None:
            physical["region"] = {"startLine": step.line}
        found["physicalLocation"] = physical
    return found


def _artifact(path: str) -> Json:
    return {"uri": quote(path, safe="/"), "uriBaseId": "%SRCROOT%"}


def _invocation(info: AssessmentInfo, notes: list[Json]) -> Json:
    invocation: dict[str, Json] = {
        "executionSuccessful": info.status is AssessmentStatus.COMPLETE,
        "startTimeUtc": info.started_at,
        "toolExecutionNotifications": [*notes],
    }
    if info.finished_at is not None:
        invocation["endTimeUtc"] = info.finished_at
    return invocation


def _notification(gap: Gap) -> Json:
    level = _GAP_LEVEL.get(gap.status, "warning") if gap.kind is GapKind.GAP else "note"
    extent = extent_told(gap)
    text = f"{gap.check}: {gap.count:,} {gap.status} ({gap.kind.value}): {gap.reason}"
    return _note(level, "coverage-gap", f"{text}: {extent}" if extent else text)


def _note(level: str, descriptor: str, text: str) -> dict[str, Json]:
    return {"level": level, "descriptor": {"id": descriptor}, "message": {"text": text}}


def _descriptor(note: Json) -> str:
    match note:
        case {"descriptor": {"id": str(name)}}:
            return name
    raise TypeError("a notification without a descriptor")


def _guid(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))
