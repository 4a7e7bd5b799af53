"""Small tables and JSON for commands that list things."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import msgspec
from msgspec import Struct

from pipesec_tui.report.escape import json_safe, terminal_safe


class Column(Struct, frozen=True):
    """A column's heading; ``right`` aligns numbers."""

    name: str
    right: bool = False


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows as a table on standard output; ``empty`` is said where there are none. Cells are made safe here."""
    if not rows:
        click.echo(empty)
        return
    cells = [[terminal_safe(cell) for cell in row] for row in rows]
    widths = [max(len(column.name), *(len(row[i]) for row in cells)) for i, column in enumerate(columns)]
    for row in ([column.name for column in columns], *cells):
        padded = [
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def print_json(value: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json_safe(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()) + "\n")
