"""`pipesec show`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import known_rules, load_named
from pipesec_tui.cli.options import format_options
from pipesec_tui.cli.output import deliver
from pipesec_tui.report import FORMATS


@click.command(name="show")
@click.argument("id", default="latest")
@click.option("--project", type=click.Path(path_type=Path), default=".", help="Whose assessment, for `latest`.")
@format_options(FORMATS)
def command(id: str, project: Path, format: str, output: Path | None) -> None:
    """Show the assessment ID, or the latest of this project."""
    deliver(load_named(id, project), format, output, rules=known_rules())
