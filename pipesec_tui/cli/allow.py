"""`pipesec allow`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from pipesec_tui.cli.options import path_argument
from pipesec_tui.cli.output import note
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.project.consent import ConsentPlan
from pipesec_tui.report.escape import terminal_safe


@click.command(name="allow")
@path_argument
@click.option("--yes", is_flag=True, help="Consent without being asked.")
@click.option("--revoke", is_flag=True, help="Take consent back.")
def command(path: Path, yes: bool, revoke: bool) -> int:
    """Show exactly what dynamic checks would run for the project in PATH, and consent to it.

    Consent is for what is shown: anything that changes asks again. Exit status 0 with consent, 3 without.
    """
    from pipesec_tui.operations.session import open_session
    from pipesec_tui.project import consent

    session = open_session(path)
    if revoke:
        had = consent.revoke(session.root)
        note("consent taken back" if had else "there was no consent")
        return 0
    plan = consent.plan(session.project, session.root, session.inventory)
    if plan.is_empty():
        note(f"{path}: pipesec.toml names no stage that could be run; nothing to consent to")
        return 0
    for line in _described(plan):
        click.echo(terminal_safe(line))
    if consent.granted(plan):
        note("you have consented to exactly this")
        return 0
    if not yes and not click.confirm("Run this when a dynamic check asks for it?", default=False, err=True):
        note("no consent given; dynamic checks wait")
        return 3
    try:
        consent.grant(plan)
    except OSError as error:
        raise UsageError(f"consent could not be stored: {error}") from None
    note(f"consent stored for {session.root}")
    return 0


def _described(plan: ConsentPlan) -> Iterator[str]:
    """All that consent is for, line by line: nothing that is part of its digest is left out."""
    for stage in plan.stages:
        yield f"stage {stage.stage}: {shlex.join(stage.run)}"
        limit = stage.timeout or "the default time"
        yield f"  in {stage.cwd}, isolation {stage.isolation}, image {stage.image or 'none'}, at most {limit}"
        if stage.env:
            yield f"  with {' '.join(f'{name}={value}' for name, value in sorted(stage.env.items()))}"
        if stage.services:
            yield f"  with stand-ins for {', '.join(stage.services)}; no other network"
        for kind, inputs in (("runs", stage.files), ("reads", stage.data)):
            for item in inputs:
                yield f"  {kind} {item.path} ({item.digest[:12]})"
    for name, arguments in (("on promote", plan.on_promote), ("on roll back", plan.on_rollback)):
        if arguments:
            yield f"{name}: {shlex.join(arguments)}"
    for item in (*plan.canary_files, *plan.extensions):
        yield f"uses {item.path} ({item.digest[:12]})"
