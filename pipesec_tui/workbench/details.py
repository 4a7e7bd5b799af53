"""All there is to say about one finding."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from textual.content import Content

from pipesec_tui.history.store import FindingEvent, History
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.report.escape import printable, terminal_safe
from pipesec_tui.workbench.source import Excerpt, excerpt
from pipesec_tui.workbench.wording import OUTCOME_WORDS, SEVERITY_WORDS, STATUS_WORDS, day, place


class Details(Struct, frozen=True, kw_only=True):
    """A finding with what its pane shows beside it."""

    finding: Finding
    excerpt: Excerpt | None = None
    events: tuple[FindingEvent, ...] = ()
    rule: RuleSpec | None = None
    decided: TriageEntry | None = None
    reason: str | None = None


def gather(
    history: History, root: Path, project: str, finding: Finding, rules: dict[str, RuleSpec],
    decided: TriageEntry | None, reason: str | None = None,
) -> Details:  # fmt: skip
    """Read what belongs to a finding: its code as it is now, and its life so far."""
    at = finding.location
    code = excerpt(root, at.path, at.start_line, at.end_line) if at.path and at.start_line else None
    return Details(
        finding=finding, excerpt=code, events=history.finding_history(finding.id, project=project),
        rule=rules.get(finding.rule), decided=decided, reason=reason,
    )  # fmt: skip


def written(details: Details) -> Content:
    """The pane's text. Nothing of the target is read as markup."""
    finding = details.finding
    parts: list[Content] = [
        _styled(terminal_safe(finding.title), "bold"),
        Content.assemble(
            (SEVERITY_WORDS[finding.severity], f"bold $severity-{finding.severity.value}"),
            f"  {finding.area.value}  {terminal_safe(finding.rule)}  ",
            (finding.id[:20], "dim"),
        ),
        Content.assemble((place(finding), "underline"), _within(finding)),
    ]
    if details.reason:
        parts.append(_styled(terminal_safe(details.reason), "italic"))
    parts += [Content(""), Content(_paragraph(finding.message))]
    parts += _status(details)
    parts += _code(details.excerpt)
    if finding.flow:
        parts += _section("The way of the data")
        for number, step in enumerate(finding.flow, 1):
            where = f"{step.path}:{step.line}" if step.path and step.line else step.path or ""
            parts.append(Content.assemble(f" {number} ", (terminal_safe(where), "dim"), f" {terminal_safe(step.what)}"))
    parts += _section("Why this priority") + [Content(line) for line in _priority(finding)]
    parts += _remedy(details)
    if finding.evidence:
        parts += _section("Evidence")
        parts += [Content(f" {terminal_safe(k)}: {terminal_safe(str(v))}") for k, v in sorted(finding.evidence.items())]
    if details.events:
        parts += _section("History") + [_event(event) for event in details.events]
    parts += _references(details)
    return Content("\n").join(parts)


def plain(details: Details) -> str:
    """The pane's text for the clipboard."""
    return written(details).plain


def _styled(text: str, style: str) -> Content:
    return Content.assemble((text, style))


def _section(title: str) -> list[Content]:
    return [Content(""), _styled(title, "bold $accent")]


def _paragraph(text: str) -> str:
    return printable(text.strip())[:4_000]


def _within(finding: Finding) -> str:
    at = finding.location
    named = (
        ("stage", at.stage),
        ("pipeline", at.pipeline),
        ("dataset", at.dataset),
        ("image", at.image),
        ("", at.purl),
    )
    return "".join(f"  {word} {terminal_safe(value)}".replace("   ", "  ") for word, value in named if value)


def _status(details: Details) -> list[Content]:
    finding, entry = details.finding, details.decided
    lines = []
    if entry is not None:
        lines.append(
            f"{STATUS_WORDS[entry.state]} until {entry.until} by {terminal_safe(entry.actor or 'someone')}: "
            f"{terminal_safe(entry.reason)}"
        )
        if entry.state is not finding.status:
            lines.append("(in pipesec.triage.toml; the history learns of it with the next assessment)")
    elif finding.triage is not None:
        lines.append(
            f"{STATUS_WORDS[finding.triage.state]} until {finding.triage.until}: {terminal_safe(finding.triage.reason)}"
        )
    if finding.not_assessed:
        lines.append(f"? not looked at again: {terminal_safe(finding.not_assessed)}")
    return [Content(""), *map(Content, lines)] if lines else []


def _code(code: Excerpt | None) -> list[Content]:
    if code is None:
        return []
    parts = _section("Code")
    if code.problem is not None:
        return [*parts, _styled(code.problem, "italic")]
    for row in code.lines:
        sign = "▶" if row.marked else " "
        style = "bold" if row.marked else "dim"
        parts.append(
            Content.assemble((f"{sign}{row.number:>5} ", "$accent" if row.marked else "dim"), (row.text, style))
        )
    return parts


def _priority(finding: Finding) -> list[str]:
    scored = "" if finding.priority is None else f"{finding.priority:.1f} of 10: "
    base = f"CVSS {terminal_safe(finding.cvss)}" if finding.cvss else f"severity {finding.severity.value}"
    lines = [f" {scored}{base}, confidence {finding.confidence.value}"]
    if finding.location.stage:
        reached = ", ".join(map(terminal_safe, finding.blast_radius)) or "no declared sink"
        lines.append(f" stage {terminal_safe(finding.location.stage)} runs it; its data reaches {reached}")
    if finding.exposed_to:
        lines.append(f" on that depend: {', '.join(map(terminal_safe, finding.exposed_to))}")
    return lines


def _remedy(details: Details) -> list[Content]:
    finding, rule = details.finding, details.rule
    remedy = finding.remediation or (rule.remedy if rule is not None else None)
    parts: list[Content] = []
    if remedy or finding.fixed_in:
        parts += _section("Remedy")
        if finding.fixed_in:
            parts.append(Content(f" fixed in {terminal_safe(finding.fixed_in)}"))
        if remedy:
            parts.append(Content(_paragraph(remedy)))
    if rule is not None:
        parts += [*_section("Why it matters"), Content(_paragraph(rule.why))]
    return parts


def _event(event: FindingEvent) -> Content:
    words = next((word for outcome, word in OUTCOME_WORDS.items() if outcome.value == event.outcome), event.outcome)
    reason = f" ({terminal_safe(event.reason)})" if event.reason else ""
    branch = f" on {terminal_safe(event.branch)}" if event.branch else ""
    return Content.assemble(f" {words}{reason}  ", (f"{day(event.at)}{branch} {event.assessment[:14]}", "dim"))


def _references(details: Details) -> list[Content]:
    finding, rule = details.finding, details.rule
    lines = [f"CWE-{number}" for number in finding.cwe] + [terminal_safe(alias) for alias in finding.aliases]
    links = [terminal_safe(link) for link in (rule.references if rule is not None else ())]
    if not lines and not links:
        return []
    return [
        *_section("Also known as, and more"),
        Content(f" {'  '.join(lines)}"),
        *(Content(f" {one}") for one in links),
    ]
