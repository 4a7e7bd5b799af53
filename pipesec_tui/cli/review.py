"""`pipesec review`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.options import path_argument
from pipesec_tui.cli.table import Column, print_json, print_table


@click.command(name="review")
@path_argument
@click.option(
    "--days", type=click.IntRange(0), default=14, show_default=True, help="Decisions that end within so many days."
)
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(path: Path, days: int, format: str) -> int:
    """List decisions that need another look: ended, ending soon, or matching nothing any more.

    Exit status 0 where there is none, 3 where there is.
    """
    from pipesec_tui.operations.triage import due_for_review

    due = due_for_review(path, days)
    if format == "json":
        print_json(due)
        return 3 if due else 0
    rows = [(item.what, item.state, item.until or "-", item.why, item.reason) for item in due]
    print_table(
        [Column(n) for n in ("decision on", "state", "until", "why", "reason")], rows, empty="nothing to review"
    )
    return 3 if due else 0
