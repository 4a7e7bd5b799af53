"""`pipesec history`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import open_history, project_key
from pipesec_tui.cli.options import path_argument
from pipesec_tui.cli.table import Column, print_json, print_table


@click.command(name="history")
@path_argument
@click.option("--all", "everything", is_flag=True, help="Assessments of all projects.")
@click.option("--branch", help="Only those of this branch.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(path: Path, everything: bool, branch: str | None, limit: int, format: str) -> None:
    """List the assessments of the project in PATH, the latest first."""
    project = None if everything else project_key(path)
    with open_history() as history:
        records = history.assessments(project, branch, limit)
    if format == "json":
        print_json(records)
        return
    rows = [
        (
            r.id, r.project, r.branch or "-", _short(r.started_at), r.state.value,
            "-" if r.findings is None else str(r.findings), (r.commit or "-")[:12],
        )
        for r in records
    ]  # fmt: skip
    columns = ("assessment", "project", "branch", "started (UTC)", "status", "findings", "commit")
    print_table([Column(name) for name in columns], rows, empty="no assessments yet: run `pipesec assess`")


def _short(time: str) -> str:
    return time[:19].replace("T", " ")
