"""One HTML page that works offline: no scripts, nothing loaded from anywhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, AssessmentInfo
from pipesec_tui.model.comparison import Comparison, Outcome
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.severity import Severity
from pipesec_tui.report.context import ReportContext
from pipesec_tui.report.escape import printable
from pipesec_tui.report.gaps import (
    NO_GAPS,
    Gap,
    comparison_gaps,
    coverage_gaps,
    extent_told,
    gap_sections,
    has_gaps,
    reason_told,
)  # fmt: skip
from pipesec_tui.report.summary import (
    LISTED,
    CheckSummary,
    by_priority,
    check_summaries,
    counted,
    data_lines,
    headline,
    is_open,
    place,
    reason,
    severities,
)  # fmt: skip

if TYPE_CHECKING:
    from jinja2 import Template

MAX_FINDINGS = 5_000
"""Listed on one page, the most urgent first: browsers become slow beyond."""

_GAPS = 200


class Tile(Struct, frozen=True):
    """A number at the head of the page; ``tone`` is the severity that it counts, or empty."""

    title: str
    count: int
    tone: str = ""


class Section(Struct, frozen=True, kw_only=True):
    """A list of findings under a heading; ``left_out`` of them are not on the page."""

    title: str
    findings: Sequence[Finding]
    left_out: int


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    ranked = by_priority(assessment.findings)
    sections = _sections(
        [("Open findings", [*filter(is_open, ranked)]), ("Decided on", [f for f in ranked if not is_open(f)])]
    )
    info = assessment.assessment
    subtitle = f"Assessment {info.id}, {info.status.value}, of {info.started_at}"
    totals = severities(ranked)
    tiles = [Tile(severity.value, totals[severity], severity.value) for severity in Severity]
    _write(stream, context, info, subtitle, tiles, check_summaries(assessment), coverage_gaps(assessment), sections)


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    lists = [(_title(outcome), by_priority(comparison.of(outcome))) for outcome in LISTED]
    tiles = [Tile(title, len(findings)) for title, findings in lists]
    tiles.append(Tile(_title(Outcome.UNCHANGED), comparison.unchanged_count))
    head = comparison.head
    subtitle = f"Comparison of {head.id} ({head.status.value}) with {comparison.base.id}"
    _write(stream, context, head, subtitle, tiles, [], comparison_gaps(comparison), _sections(lists))


def _title(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ").capitalize()


def _sections(lists: Sequence[tuple[str, Sequence[Finding]]]) -> list[Section]:
    sections, room = [], MAX_FINDINGS
    for title, findings in lists:
        if findings:
            shown = findings[:room]
            room -= len(shown)
            sections.append(Section(title=title, findings=shown, left_out=len(findings) - len(shown)))
    return sections


def _write(
    stream: TextIO,
    context: ReportContext,
    info: AssessmentInfo,
    subtitle: str,
    tiles: Sequence[Tile],
    checks: Sequence[CheckSummary],
    gaps: Sequence[Gap],
    sections: Sequence[Section],
) -> None:
    pieces = _template().generate(
        headline=headline(info),
        subtitle=subtitle,
        gate=context.gate,
        tiles=tiles,
        severities=[*Severity],
        checks=checks,
        no_gaps=None if has_gaps(gaps) else NO_GAPS,
        gap_sections=gap_sections(gaps, _GAPS),
        sections=sections,
        rules=context.rules,
        data=data_lines(info),
        version=info.pipesec,
    )
    for piece in pieces:
        stream.write(piece)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files(__package__).joinpath("templates")
    style = folder.joinpath("page.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_harmless
    )
    environment.globals.update(
        style=Markup(style),  # noqa: S704 - ours, from the package
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        place=place,
        reason=reason,
        counted=counted,
        reason_told=reason_told,
        extent_told=extent_told,
    )
    return environment.from_string(folder.joinpath("page.html.j2").read_text("utf-8"))


def _harmless(value: object) -> object:
    """What every expression of the template passes through before it is escaped."""
    return printable(value) if type(value) is str else value
