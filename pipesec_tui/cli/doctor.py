"""`pipesec doctor`."""

from __future__ import annotations

import click

from pipesec_tui.cli.table import Column, print_json, print_table


@click.command(name="doctor")
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(format: str) -> int:
    """Say what works here, what doesn't, why, and the command that mends it.

    Exit status 0 where all that assessments need works, 3 where something they need doesn't.
    """
    from pipesec_tui.operations.doctor import examine

    symptoms = examine()
    if format == "json":
        print_json({"doctor": symptoms})
    else:
        rows = [(s.what, s.health.value, s.detail, s.mend or "") for s in symptoms]
        print_table([Column(name) for name in ("what", "state", "", "to mend it")], rows, empty="nothing to examine")
    return 3 if any(symptom.is_serious for symptom in symptoms) else 0
