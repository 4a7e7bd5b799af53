"""`pipesec triage`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipesec_tui.cli.output import note
from pipesec_tui.model.finding import FindingStatus

_STATES = (FindingStatus.ACCEPTED.value, FindingStatus.FALSE_POSITIVE.value)


@click.command(name="triage")
@click.argument("name", metavar="FINDING|GAP")
@click.option("--state", type=click.Choice([*_STATES, "open"]), required=True, help="`open` takes a decision back.")
@click.option("--reason", help="Why; needed for all but `open`.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which it counts; needed for all but `open`."
)
@click.option("--project", type=click.Path(path_type=Path), default=".")
def command(name: str, state: str, reason: str | None, until: dt.datetime | None, project: Path) -> None:
    """Decide on a finding (its id) or a gap (CHECK=ASSET) of the latest assessment.

    The decision goes into pipesec.triage.toml, to be reviewed and committed like code; it counts from the next
    assessment on.

    \b
    Examples:
      pipesec triage PS-1c9e0f2a77bd --state accepted --reason "only reachable by operators" --until 2027-03-31
      pipesec triage sast=file:legacy/job.py --state accepted --reason "Python 2, goes in spring" --until 2027-04-30
      pipesec triage PS-1c9e0f2a77bd --state open
    """
    from pipesec_tui.operations.triage import decide, take_back

    if state == "open":
        note(take_back(project, name))
        return
    if not reason or until is None:
        raise click.UsageError("a decision needs --reason and --until")
    note(decide(project, name, FindingStatus(state), reason, until.date()))
