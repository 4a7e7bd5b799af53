"""`pipesec backlog`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import click

from pipesec_tui.cli.assessed import load_named, load_project, open_history, project_key
from pipesec_tui.cli.options import format_options
from pipesec_tui.cli.output import note
from pipesec_tui.cli.table import Column, print_json, print_table
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.report.atomic import ReportError, write_atomic
from pipesec_tui.report.backlog import Document, Entry, write_csv, write_json, write_markdown

_project = click.option("--project", type=click.Path(path_type=Path), default=".", help="The project's folder.")


@click.group(name="backlog", invoke_without_command=True)
@_project
@format_options(["table", "markdown", "csv", "json"])
@click.option("--owner", help="Only items of this owner.")
@click.option("--overdue", is_flag=True, help="Only items that are past their due date.")
@click.pass_context
def command(
    context: click.Context, project: Path, format: str, output: Path | None, owner: str | None, overdue: bool
) -> None:
    """List what to do about the findings of the latest assessment, the most pressing first.

    What one remedy mends is one item: an upgrade that fixes five findings, all uses of one rule in a file, all
    credentials in a file. An item keeps its key from assessment to assessment, so that an export never doubles it;
    csv is for Jira's importer, with the key as External ID.
    """
    if context.invoked_subcommand is not None:
        return
    from pipesec_tui.operations.backlog import backlog
    from pipesec_tui.operations.session import today

    assessment = load_named("latest", project)
    found = backlog(project, assessment, load_project(project), today())
    entries = [
        entry
        for entry in found.entries
        if (owner is None or (entry.owner is not None and owner in (entry.owner, *entry.owner.split())))
        and (entry.overdue or not overdue)
    ]
    for key in found.done:
        note(f"{key} has a plan in pipesec.backlog.toml and no open finding any more")
    info = assessment.assessment
    if format == "table" and output is None:
        _print(entries)
        return

    def render(stream: TextIO) -> None:
        if format == "csv":
            write_csv(entries, stream)
        elif format == "json":
            write_json(Document(assessment=info.id, project=info.project, items=tuple(entries)), stream)
        else:
            write_markdown(entries, stream)

    _deliver(render, format, output)


@command.command(name="set")
@click.argument("item")
@click.option("--ticket", help="Where the work is tracked, such as SEC-12.")
@click.option("--sprint", help="When it is planned.")
@_project
def set_(item: str, ticket: str | None, sprint: str | None, project: Path) -> None:
    """Give ITEM a ticket or a sprint, in pipesec.backlog.toml, to be reviewed and committed like code."""
    from pipesec_tui.operations.backlog import backlog, plan
    from pipesec_tui.operations.session import today

    if ticket is None and sprint is None:
        raise click.UsageError("give --ticket or --sprint")
    found = backlog(project, load_named("latest", project), load_project(project), today())
    note(plan(project, found, item, ticket, sprint))


@command.command()
@_project
@click.option("--branch", help="Of this branch; that of the latest assessment where left out.")
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def times(project: Path, branch: str | None, format: str) -> None:
    """Say, for each month and severity, how long findings have been open and how long it took to fix them."""
    from pipesec_tui.operations.backlog_times import months

    key = project_key(project)
    with open_history() as history:
        records = history.assessments(key, branch, limit=1)
        spans = history.spans(key, records[0].branch) if records else ()
    found = months(spans, dt.datetime.now(tz=dt.UTC))
    if format == "json":
        print_json(found)
        return
    rows = [
        (
            m.month, m.severity.value, str(m.open), _days(m.open_median), _days(m.open_p90),
            str(m.fixed), _days(m.fix_median), _days(m.fix_p90),
        )
        for m in found
    ]  # fmt: skip
    numbers = ("open", "days open", "90 %", "fixed", "days to fix", "90 %")
    columns = [Column("month"), Column("severity"), *(Column(name, right=True) for name in numbers)]
    print_table(columns, rows, empty="no findings so far")


def _days(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _print(entries: list[Entry]) -> None:
    rows = [
        (
            entry.key, f"{entry.priority:.1f}", entry.severity.value, str(len(entry.findings)), entry.title,
            entry.owner or "-", (entry.due or "-") + (" overdue" if entry.overdue else ""), entry.ticket or "-",
            entry.sprint or "-",
        )
        for entry in entries
    ]  # fmt: skip
    columns = [
        Column("item"), Column("priority", right=True), Column("severity"), Column("findings", right=True),
        *map(Column, ("what to do", "owner", "due", "ticket", "sprint")),
    ]  # fmt: skip
    print_table(columns, rows, empty="nothing to do")


def _deliver(render: Callable[[TextIO], None], format: str, output: Path | None) -> None:
    if output is None:
        render(sys.stdout)
        sys.stdout.flush()
        return
    if format == "table":
        raise UsageError("--output needs --format markdown, csv or json")
    try:
        write_atomic(output, render)
    except ReportError as error:
        raise UsageError(str(error)) from None
    note(f"wrote {output}")
