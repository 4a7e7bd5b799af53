"""`pipesec explain`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import known_rules, load_named, load_project, open_history, project_key
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.report.escape import terminal_safe
from pipesec_tui.risk.factors import Factors, factors


@click.command(name="explain")
@click.argument("name", metavar="RULE|FINDING")
@click.option("--project", type=click.Path(path_type=Path), default=".", help="Whose finding.")
def command(name: str, project: Path) -> None:
    """Say what a rule looks for and what to do, or where a finding comes from and what became of it."""
    rules = known_rules()
    if name in rules:
        _print_rule(rules[name])
        return
    assessment = load_named("latest", project)
    finding = next((finding for finding in assessment.findings if finding.id == name), None)
    if finding is None:
        raise UsageError(f"{name}: neither a rule nor a finding of the latest assessment; see `pipesec findings`")
    with open_history() as history:
        steps = history.finding_history(name, project=project_key(project))
    _print_finding(finding)
    _print_factors(factors(assessment, load_project(project), finding), finding.priority)
    for step in steps:
        reason = f" ({step.reason})" if step.reason else ""
        click.echo(terminal_safe(f"  {step.at[:19].replace('T', ' ')} {step.outcome}{reason} in {step.assessment}"))
    if finding.rule in rules:
        click.echo()
        _print_rule(rules[finding.rule])


def _print_rule(rule: RuleSpec) -> None:
    cwe = ", ".join(f"CWE-{number}" for number in rule.cwe)
    click.echo(f"{rule.id}: {rule.title}")
    click.echo(f"severity {rule.severity.value}, revision {rule.revision}" + (f", {cwe}" if cwe else ""))
    click.echo(f"\nWhy\n  {_wrapped(rule.why)}\n\nRemedy\n  {_wrapped(rule.remedy)}")
    for example in rule.examples[:1]:
        click.echo(f"\nWeak\n{_indented(example.bad)}\n\nSafe\n{_indented(example.good)}")
    for reference in rule.references:
        click.echo(f"\n{reference}")


def _print_finding(finding: Finding) -> None:
    at = finding.location
    place = f"{at.path}:{at.start_line}" if at.start_line else at.path or finding.asset
    lines = [
        f"{finding.id}: {finding.title}",
        f"{place} ({finding.severity.value}, confidence {finding.confidence.value}, priority {finding.priority})",
        f"status {finding.status.value}, first seen {finding.first_seen}",
        finding.message,
    ]
    if at.stage:
        lines.append(f"in stage {at.stage}; its data reaches {', '.join(finding.blast_radius) or 'no declared sink'}")
    if finding.exposed_to:
        lines.append(f"on which depend: {', '.join(finding.exposed_to)}")
    if finding.not_assessed:
        lines.append(f"not assessed again: {finding.not_assessed}")
    if finding.triage:
        lines.append(f"{finding.triage.state.value} until {finding.triage.until}: {finding.triage.reason}")
    lines += [f"via {step.path}:{step.line} {step.what}" for step in finding.flow]
    lines += [f"{key}: {value}" for key, value in sorted(finding.evidence.items())]
    if finding.fixed_in:
        lines.append(f"fixed in {finding.fixed_in}")
    if finding.aliases:
        lines.append(f"also known as {', '.join(finding.aliases)}")
    for line in lines:
        click.echo(terminal_safe(line))


def _print_factors(found: Factors, stored: float | None) -> None:
    words = found.words
    changed = f" as pipesec.toml stands now, {stored} when it was assessed" if found.priority != stored else ""
    click.echo(f"why priority {found.priority}{changed}: the product of, at most 10")
    for value, name, why in (
        (found.severity, "severity", words.severity),
        (found.confidence, "confidence", words.confidence),
        (found.exposure, "exposure", words.exposure),
        (found.blast, "blast radius", words.blast),
    ):
        click.echo(f"  {value:5.2f} {name:<12}  {terminal_safe(why)}")
    if len(found.path) > 1:
        steps = (f"{step.kind.value} {step.name}" if step.kind else f"[{step.name}]" for step in found.path)
        click.echo(f"  path: {terminal_safe(' → '.join(steps))}")


def _wrapped(text: str) -> str:
    import textwrap

    return "\n  ".join(textwrap.wrap(text, 96))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
