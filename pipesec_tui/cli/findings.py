"""`pipesec findings`."""

from __future__ import annotations

from pathlib import Path

import click

from pipesec_tui.cli.assessed import load_named
from pipesec_tui.cli.options import SEVERITY
from pipesec_tui.cli.table import Column, print_json, print_table
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity


@click.command(name="findings")
@click.argument("id", default="latest")
@click.option("--project", type=click.Path(path_type=Path), default=".", help="Whose assessment, for `latest`.")
@click.option("--severity", type=SEVERITY, help="At or above this severity.")
@click.option("--area", type=click.Choice([area.value for area in Area]), help="Of this area.")
@click.option("--rule", help="Of this rule.")
@click.option("--path", "prefix", help="In files whose path begins so.")
@click.option("--all", "everything", is_flag=True, help="Accepted findings and false positives too.")
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(
    id: str, project: Path, severity: Severity | None, area: str | None, rule: str | None, prefix: str | None,
    everything: bool, format: str,
) -> None:  # fmt: skip
    """List the findings of the assessment ID, or of the latest, the most pressing first."""

    def wanted(finding: Finding) -> bool:
        return (
            (everything or finding.status is FindingStatus.OPEN)
            and (severity is None or finding.severity >= severity)
            and (area is None or finding.area.value == area)
            and (rule is None or finding.rule == rule)
            and (prefix is None or (finding.location.path or "").startswith(prefix))
        )

    found = [finding for finding in load_named(id, project).findings if wanted(finding)]
    found.sort(key=lambda finding: -(finding.priority or 0.0))
    if format == "json":
        print_json(found)
        return
    columns = [Column("finding"), Column("priority", right=True), *map(Column, ("severity", "rule", "where", "title"))]
    rows = [(f.id, f"{f.priority or 0:.1f}", f.severity.value, f.rule, _where(f), f.title + _mark(f)) for f in found]
    print_table(columns, rows, empty="no such findings")


def _where(finding: Finding) -> str:
    at = finding.location
    if at.path is None:
        return finding.asset
    return f"{at.path}:{at.start_line}" if at.start_line else at.path


def _mark(finding: Finding) -> str:
    if finding.not_assessed is not None:
        return f" (not assessed again: {finding.not_assessed})"
    return "" if finding.status is FindingStatus.OPEN else f" ({finding.status.value})"
