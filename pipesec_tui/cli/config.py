"""`pipesec config`."""

from __future__ import annotations

import click

from pipesec_tui.cli.table import print_json


@click.group(name="config")
def command() -> None:
    """What pipesec.toml may hold."""


@command.command()
def schema() -> None:
    """Print the JSON Schema of pipesec.toml."""
    from pipesec_tui.project.config import json_schema

    print_json(json_schema())
