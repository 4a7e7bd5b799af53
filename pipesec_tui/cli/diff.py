"""`pipesec diff`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import known_rules, open_history, project_key
from pipesec_tui.cli.options import SEVERITY, format_options
from pipesec_tui.cli.output import deliver, note
from pipesec_tui.model.severity import Severity
from pipesec_tui.report import FORMATS


@click.command(name="diff")
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option("--project", type=click.Path(path_type=Path), default=".", help="Whose assessments, where none is named.")
@click.option("--fail-on", type=SEVERITY, help="Fail with new or reopened findings at or above this severity.")
@format_options([name for name, form in FORMATS.items() if form.compares])
def command(
    base: str | None, head: str | None, project: Path, fail_on: Severity | None, format: str, output: Path | None
) -> int:
    """Say what changed from BASE to HEAD.

    Each is an assessment's id or a JSON document. HEAD is the latest assessment of this project where it is left out,
    BASE the one before it. Exit status 0; with --fail-on 1 for new or reopened findings at or above that severity.

    \b
    Examples:
      pipesec diff
      pipesec diff A-0193 --format markdown
      pipesec diff main.json branch.json --fail-on high
    """
    from pipesec_tui.operations.compare import compare_named

    with open_history() as history:
        comparison = compare_named(history, project, project_key(project), base, head)
    deliver(comparison, format, output, rules=known_rules())
    failing = [
        finding
        for finding in (*comparison.new, *comparison.reopened)
        if fail_on is not None and finding.severity >= fail_on
    ]
    if failing:
        note(f"{len(failing)} new or reopened findings at or above {fail_on.value if fail_on else ''}")
    return 1 if failing else 0
