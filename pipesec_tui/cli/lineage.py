"""`pipesec lineage`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from pipesec_tui.cli.assessed import open_history, project_key
from pipesec_tui.cli.options import format_options, path_argument
from pipesec_tui.cli.output import note
from pipesec_tui.cli.progress import Progress
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.operations.errors import UsageError

CHECK = "lineage"


@click.command(name="lineage")
@path_argument
@click.option("--fresh", is_flag=True, help="Look again, even where an assessment knows the lineage already.")
@click.option("--pipeline", metavar="NAME", help="Only this pipeline.")
@format_options(["tree", "json", "mermaid", "dot", "openlineage"], "tree")
def command(path: Path, fresh: bool, pipeline: str | None, format: str, output: Path | None) -> None:
    """Show where data of the project in PATH comes from, which stages touch it, and where it goes.

    Taken from the latest assessment; where there is none with a lineage, the project is assessed for it.
    """
    from pipesec_tui.operations.lineage import of_pipeline
    from pipesec_tui.report.atomic import ReportError, write_atomic
    from pipesec_tui.report.lineage import LINEAGE_FORMATS

    assessment = None if fresh else _latest(path)
    if assessment is None:
        assessment = _assess(path)
    lineage = assessment.lineage
    if pipeline is not None:
        known = sorted({node.pipeline for node in lineage.nodes if node.pipeline is not None})
        if pipeline not in known:
            raise UsageError(f"there is no pipeline {pipeline!r}; there are {', '.join(known) or 'none'}")
        lineage = of_pipeline(lineage, pipeline)

    def render(stream: TextIO) -> None:
        LINEAGE_FORMATS[format](lineage, stream)

    if output is None:
        render(sys.stdout)
        sys.stdout.flush()
        return
    try:
        write_atomic(output, render)
    except ReportError as error:
        raise UsageError(str(error)) from None
    note(f"wrote {output}")


def _latest(path: Path) -> Assessment | None:
    """The latest assessment, where the lineage was looked at in it."""
    key = project_key(path)
    with open_history() as history:
        if not history.assessments(key, limit=1):
            return None
        assessment = history.load("latest", project=key)
    return assessment if any(check.id == CHECK for check in assessment.assessment.checks) else None


def _assess(path: Path) -> Assessment:
    from pipesec_tui.operations.assess import assess
    from pipesec_tui.operations.session import AssessOptions

    with Progress() as progress:
        outcome = assess(path, AssessOptions(only=(CHECK,), offline=True), progress.take)
    return outcome.assessment
