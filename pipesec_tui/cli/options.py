"""Options and arguments that commands share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from pipesec_tui.model.severity import Severity

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _SeverityType(click.ParamType[Severity]):
    name = "severity"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "|".join(severity.value for severity in Severity)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Severity:
        try:
            return Severity(value)
        except ValueError:
            names = ", ".join(severity.value for severity in Severity)
            self.fail(f"{value!r} is none of {names}", param, ctx)


SEVERITY = _SeverityType()

path_argument = click.argument("path", type=click.Path(path_type=Path), default=".")


def format_options(formats: Collection[str], default: str = "table") -> Callable[[_Function], _Function]:
    """``--format`` and ``--output``."""

    def decorate(function: _Function) -> _Function:
        output = click.option(
            "--output",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write to this file.",
        )
        choice = click.option("--format", type=click.Choice(list(formats)), default=default, show_default=True)
        return choice(output(function))

    return decorate
