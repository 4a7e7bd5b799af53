"""`pipesec demo`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pipesec_tui.cli.output import deliver, gate_text, note
from pipesec_tui.cli.progress import Progress
from pipesec_tui.cli.ui import no_terminal, open_workbench
from pipesec_tui.demo import FEEDBACK, VARIANTS, advisories, copy_to
from pipesec_tui.home import home


@click.command(name="demo")
@click.option("--variant", type=click.Choice(VARIANTS), default=FEEDBACK, show_default=True)
@click.option("--to", type=click.Path(path_type=Path), help="Only copy the pipeline to this new folder.")
def command(variant: str, to: Path | None) -> int:
    """Assess a bundled pipeline with planted weaknesses.

    The demo has a state directory of its own, beside yours; nothing leaves this machine. Assess another variant
    afterwards and `pipesec demo` shows what changed between the two. On a terminal the workbench opens at the end.

    \b
    Examples:
      pipesec demo
      pipesec demo --variant feedback_v2
      pipesec demo --to /tmp/feedback
    """
    if to is not None:
        note(f"copied to {copy_to(to, variant)}: `pipesec assess {to}` assesses it")
        return 0
    place = home() / "demo"
    project = place / "feedback"
    shutil.rmtree(project, ignore_errors=True)
    project.parent.mkdir(parents=True, exist_ok=True)
    copy_to(project, variant)
    with _home_at(place / "state"):
        _import_advisories()
        _assess(project)
        if no_terminal() is None:
            open_workbench(project, offline=True)
    return 0


@contextmanager
def _home_at(place: Path) -> Iterator[None]:
    """Another state directory, for this process and its workers."""
    before = os.environ.get("PIPESEC_HOME")
    os.environ["PIPESEC_HOME"] = str(place)
    try:
        yield
    finally:
        os.environ.pop("PIPESEC_HOME")
        if before is not None:
            os.environ["PIPESEC_HOME"] = before


def _import_advisories() -> None:
    """The demo's few advisories, through the command that imports any."""
    from pipesec_tui.cli.group import cli

    cli.main(["advisories", "import", str(advisories())], prog_name="pipesec", standalone_mode=False)


def _assess(project: Path) -> None:
    from pipesec_tui.operations.assess import assess
    from pipesec_tui.operations.session import AssessOptions

    with Progress() as progress:
        outcome = assess(project, AssessOptions(offline=True), progress.take)
    rules = outcome.registry.rules()
    deliver(outcome.assessment, "table", None, gate=gate_text(outcome.gate), rules=rules)
    before = outcome.comparison
    if before is not None and (before.new or before.fixed or before.reopened or before.removed):
        sys.stdout.write("\n")
        deliver(before, "table", None, rules=rules)
    note(outcome.summary())
