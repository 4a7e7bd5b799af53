"""`pipesec inventory`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import load_named
from pipesec_tui.cli.options import path_argument
from pipesec_tui.cli.output import deliver
from pipesec_tui.cli.table import Column, print_json, print_table
from pipesec_tui.model.component import ComponentKind
from pipesec_tui.report.inventory import InventoryDocument, parts, why


@click.command(name="inventory")
@path_argument
@click.option("--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in ComponentKind]),
              help="Only components of this kind; may be given several times.")  # fmt: skip
@click.option("--vulnerable", is_flag=True, help="Only components with a known vulnerability.")
@click.option("--format", type=click.Choice(["table", "json", "cyclonedx"]), default="table", show_default=True)
def command(path: Path, kinds: tuple[str, ...], vulnerable: bool, format: str) -> None:
    """List what the project in PATH is made of, by its latest assessment: libraries with what brings each in, images,
    packages of operating systems, and services that it talks to."""
    assessment = load_named("latest", path)
    wanted = frozenset(map(ComponentKind, kinds)) or frozenset(ComponentKind)
    found = parts(assessment, wanted, vulnerable=vulnerable)
    if format == "cyclonedx":
        from pipesec_tui.report.cyclonedx import only

        deliver(only(assessment, found), format, None)
        return
    if format == "json":
        info = assessment.assessment
        print_json(InventoryDocument(assessment=info.id, project=info.project, components=found))
        return
    rows = [
        (
            part.kind.value, part.name, part.version or "-",
            "direct" if part.direct else why(part.introduced_by) or "-",
            part.found_in or "-", str(len(part.vulnerabilities) or "-"),
        )
        for part in found
    ]  # fmt: skip
    columns = [*map(Column, ("kind", "name", "version", "brought in by", "found in")), Column("vulnerable", right=True)]
    print_table(columns, rows, empty="no such components")
