"""`pipesec init`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.options import path_argument
from pipesec_tui.cli.output import note
from pipesec_tui.operations.errors import UsageError


@click.command(name="init")
@path_argument
@click.option("--force", is_flag=True, help="Replace a pipesec.toml that is there.")
@click.option("--print", "show", is_flag=True, help="Print the draft and write nothing.")
def command(path: Path, force: bool, show: bool) -> None:
    """Draft PATH/pipesec.toml from what is found there. Nothing of the project is run."""
    from pipesec_tui.project.config import CONFIG_NAME
    from pipesec_tui.project.draft import draft
    from pipesec_tui.project.inventory import take
    from pipesec_tui.report.atomic import ReportError, write_atomic

    if not path.is_dir():
        raise UsageError(f"{path}: there is no such folder")
    text = draft(path, take(path.resolve()))
    if show:
        click.echo(text, nl=False)
        return
    target = path / CONFIG_NAME
    if target.exists() and not force:
        raise UsageError(f"{target} is there already; --force replaces it, --print shows the draft")
    try:
        write_atomic(target, lambda stream: print(text, end="", file=stream))
    except ReportError as error:
        raise UsageError(str(error)) from None
    note(f"wrote {target}: read it, above all the trust of sources; then `pipesec assess`")
