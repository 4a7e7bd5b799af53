"""`pipesec export`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import known_rules, load_named
from pipesec_tui.cli.output import deliver
from pipesec_tui.report import FORMATS


@click.command(name="export")
@click.argument("id", default="latest")
@click.option("--project", type=click.Path(path_type=Path), default=".", help="Whose assessment, for `latest`.")
@click.option("--format", type=click.Choice(list(FORMATS)), required=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(id: str, project: Path, format: str, output: Path | None) -> None:
    """Write the assessment ID, or the latest of this project, in another format.

    The same assessment gives the same bytes every time.
    """
    deliver(load_named(id, project), format, output, rules=known_rules())
