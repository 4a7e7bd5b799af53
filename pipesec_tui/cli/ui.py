"""`pipesec ui`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from pipesec_tui.cli.options import path_argument
from pipesec_tui.operations.errors import UsageError


@click.command(name="ui")
@path_argument
@click.option("--offline", is_flag=True, help="Assessments from here let nothing leave this machine.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def command(path: Path, offline: bool, no_mouse: bool) -> int:
    """Open the workbench on the project in PATH.

    It shows every assessment of the project and starts new ones. `?` in it lists the keys.

    \b
    Examples:
      pipesec ui
      pipesec ui etl --offline
    """
    if not path.is_dir():
        raise UsageError(f"{path}: {'not a folder' if path.exists() else 'there is no such folder'}")
    why = no_terminal()
    if why is not None:
        raise UsageError(
            f"the workbench needs a terminal, and {why}; `pipesec assess` and `pipesec findings` need none"
        )
    return open_workbench(path, offline=offline, mouse=not no_mouse)


def no_terminal() -> str | None:
    """Why no workbench can be shown here; None where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "input or output is none"
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return "TERM says that this one can't move its cursor"
    return None


def open_workbench(path: Path, *, offline: bool = False, mouse: bool = True) -> int:
    """Run the workbench until the user leaves it. Returns the exit status."""
    from pipesec_tui.operations.session import AssessOptions
    from pipesec_tui.workbench.app import Workbench

    app = Workbench(path, AssessOptions(offline=offline))
    app.run(mouse=mouse)
    return app.return_code or 0
