"""`pipesec db`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipesec_tui.cli.assessed import open_history
from pipesec_tui.cli.output import note
from pipesec_tui.operations.errors import UsageError


@click.group(name="db")
def command() -> None:
    """The database that holds the history of assessments."""


@command.command()
def check() -> int:
    """Look for damage. Exit status 0 where there is none, 3 where there is."""
    with open_history() as history:
        problems = history.check()
        place = history.path
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo(f"{place}: no damage")
    return 3 if problems else 0


@command.command()
@click.argument("destination", type=click.Path(path_type=Path))
def backup(destination: Path) -> None:
    """Write a copy of the history to DESTINATION, whole even while it is in use."""
    with open_history() as history:
        history.backup(destination)
    note(f"wrote {destination}")


@command.command()
@click.option("--keep", type=click.IntRange(1), help="Keep so many of the latest assessments of each branch.")
@click.option(
    "--older-than", "days", type=click.IntRange(1), metavar="DAYS", help="Remove those older than so many days."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(keep: int | None, days: int | None, yes: bool) -> None:
    """Remove old assessments. What was first seen when stays known."""
    if keep is None and days is None:
        raise UsageError("say what to remove: --keep N or --older-than DAYS")
    if not yes:
        click.confirm("Remove old assessments for good? `pipesec db backup` keeps a copy", abort=True, err=True)
    with open_history() as history:
        count = history.prune(keep=keep, older_than=_days_ago(days))
    note(f"removed {count} assessments")


@command.command()
@click.argument("destination", type=click.Path(path_type=Path))
def move(destination: Path) -> None:
    """Move the history to the file DESTINATION; set PIPESEC_HOME to its folder to go on there."""
    with open_history() as history:
        history.move(destination)
    note(f"moved to {destination}")


def _days_ago(days: int | None) -> str | None:
    if days is None:
        return None
    return (dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=days)).isoformat(timespec="seconds")
