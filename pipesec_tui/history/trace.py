"""What of a finding takes part in recognizing it, with renamed rules and moved files seen through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipesec_tui.model.assessment import AssessmentInfo
from pipesec_tui.model.asset import unversioned
from pipesec_tui.model.finding import Finding


class Trace(NamedTuple):
    """One finding as matching sees it.

    rule    -- by its newest name
    place   -- path, or the asset's URN without a version
    is_path -- whether ``place`` is a path
    code, line, context, scope, ordinal -- see ``Identity``; ``line`` is None for what isn't text
    start   -- line and column, to tell duplicates apart and to find the nearest
    package -- purl without a version
    """

    rule: str
    place: str
    is_path: bool
    scope: str | None
    code: str | None
    context: str | None
    line: str | None
    ordinal: int
    start: tuple[int, int]
    message: str | None
    check: str
    package: str | None
    aliases: tuple[str, ...]


def trace(finding: Finding, rules: Mapping[str, str], renames: Mapping[str, str]) -> Trace:
    """A finding's trace. ``rules`` maps retired ids to present ones, ``renames`` old paths to new ones."""
    identity, location = finding.identity, finding.location
    path = location.path
    return Trace(
        rules.get(finding.rule, finding.rule),
        unversioned(finding.asset) if path is None else renames.get(path, path),
        path is not None,
        identity.scope,
        identity.code,
        identity.context,
        identity.line,
        identity.ordinal,
        (location.start_line or 0, location.start_column or 0),
        finding.message,
        finding.check,
        None if location.purl is None else unversioned(location.purl),
        finding.aliases,
    )


def rule_names(*assessments: AssessmentInfo) -> dict[str, str]:
    """Every retired rule id that any of the assessments knows, and its newest name; a circle of names ends anywhere."""
    renamed = {old: new for info in assessments for run in info.checks for old, new in run.renamed.items()}
    return {old: _newest(old, renamed) for old in renamed}


def _newest(rule: str, renamed: Mapping[str, str]) -> str:
    seen = {rule}
    while (newer := renamed.get(rule)) is not None and newer not in seen:
        seen.add(newer)
        rule = newer
    return rule


def traces(findings: Iterable[Finding], rules: Mapping[str, str], renames: Mapping[str, str]) -> list[Trace]:
    return [trace(finding, rules, renames) for finding in findings]
