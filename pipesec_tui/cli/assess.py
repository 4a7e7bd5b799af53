"""`pipesec assess`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.options import SEVERITY, format_options, path_argument
from pipesec_tui.cli.output import deliver, gate_text, note
from pipesec_tui.cli.progress import Progress
from pipesec_tui.model.severity import Severity
from pipesec_tui.report import FORMATS


@click.command(name="assess")
@path_argument
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check alone; may be given again.")
@click.option("--skip", multiple=True, metavar="CHECK", help="Leave this check out; may be given again.")
@click.option("--allow", is_flag=True, help="Consent, for this call, to running the project's stages.")
@click.option("--offline", is_flag=True, help="Nothing leaves this machine, not even downloads of advisories.")
@click.option("--online", is_flag=True, help="Also ask services that learn package names (pip-audit).")
@click.option("--baseline", metavar="ID|FILE|REF", help="Compare with this instead of the assessment before.")
@click.option("--fail-on", type=SEVERITY, help="Fail with open findings at or above this severity.")
@click.option("--new-only", is_flag=True, help="Fail only for findings that are new or reopened.")
@click.option("--allow-gaps", is_flag=True, help="Report what was not looked at without failing for it.")
@click.option("--policy-from", metavar="REF", help="Take policy and triage from this git revision.")
@click.option("--no-cache", is_flag=True, help="Look at every file again.")
@click.option("--jobs", type=click.IntRange(1), help="Checks at the same time; by default one a core.")
@format_options(FORMATS)
def command(
    path: Path, only: tuple[str, ...], skip: tuple[str, ...], allow: bool, offline: bool, online: bool,
    baseline: str | None, fail_on: Severity | None, new_only: bool, allow_gaps: bool, policy_from: str | None,
    no_cache: bool, jobs: int | None, format: str, output: Path | None,
) -> int:  # fmt: skip
    """Assess the project in PATH and store the result.

    Works without configuration. Exit status: 0 passed, 1 gate failed, 2 wrong use, 3 incomplete, 130 cancelled.

    \b
    Examples:
      pipesec assess
      pipesec assess etl --only sast --only secrets
      pipesec assess --fail-on high --new-only --baseline main --format sarif --output pipesec.sarif
    """
    from pipesec_tui.operations.assess import assess
    from pipesec_tui.operations.session import AssessOptions

    if offline and online:
        raise click.UsageError("--offline and --online exclude each other")
    options = AssessOptions(
        only=only, skip=skip, allow=allow, offline=offline, online=online, use_cache=not no_cache, workers=jobs,
        baseline=baseline, fail_on=fail_on, new_only=new_only, allow_gaps=allow_gaps, policy_from=policy_from,
    )  # fmt: skip
    with Progress() as progress:
        outcome = assess(path, options, progress.take)
    for line in outcome.notes:
        note(line)
    deliver(outcome.assessment, format, output, gate=gate_text(outcome.gate), rules=outcome.registry.rules())
    note(outcome.summary())
    return int(outcome.gate.exit_status)
