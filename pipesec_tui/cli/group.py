"""The table of commands, and what becomes of errors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

import click

from pipesec_tui.home import StateError
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.report.escape import terminal_safe

COMMANDS = {
    "demo": "Assess a bundled pipeline with planted weaknesses",
    "init": "Draft a pipesec.toml from what is found",
    "allow": "Show what dynamic checks would run here, and consent to it",
    "config": "The schema of pipesec.toml",
    "doctor": "What works here, what doesn't, and the command that mends it",
    "assess": "Assess a project and store the result",
    "history": "Assessments so far",
    "show": "One assessment, whole",
    "findings": "Findings of an assessment",
    "lineage": "Where data comes from, what touches it, where it goes",
    "explain": "A rule, or a finding with its history",
    "diff": "What changed between two assessments",
    "export": "Write an assessment in another format",
    "triage": "Decide on a finding or a gap, with a reason and an end",
    "review": "Decisions that end soon, ended, or match nothing any more",
    "plugins": "Plugins: list, enable, disable, doctor",
    "db": "The history's database: check, backup, prune, move",
}
"""Commands of our own, in the order of the help; each lives in the module of its name. Plugins add theirs."""


class Commands(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *_plugin_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module = import_module(f"pipesec_tui.cli.{cmd_name}")
            command: click.Command = module.command
            return command
        # A shipped plugin's command asks no third party's plugin; a name that none has asks those that are enabled.
        target = _plugin_commands().get(cmd_name) or _plugin_commands(run_third_party=True).get(cmd_name)
        if target is None:
            return None
        module_name, _, name = target[0].partition(":")
        try:
            found: click.Command = getattr(import_module(module_name), name)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise UsageError(f"the command {cmd_name!r} of a plugin can't be loaded: {problem}") from error
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        plugins = _plugin_commands()
        if plugins:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, title) for name, (_, title) in plugins.items()])


def _plugin_commands(*, run_third_party: bool = False) -> dict[str, tuple[str, str]]:
    """Import string and title of plugins' commands by name. None of the plugins is imported here."""
    from pipesec_tui.plugin.registry import discover

    commands = discover(run_third_party=run_third_party).commands()
    return {name: (spec.command, spec.title) for name, spec in commands.items() if name not in COMMANDS}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pipesec", message="pipesec %(version)s")
def cli() -> None:
    """Assess the security of data preprocessing pipelines, again and again.

    `pipesec assess` looks at the project in the current folder, stores what it finds, and says what changed.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status. A traceback is a bug; all else is one line."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        result = cli.main(args=list(arguments), prog_name="pipesec", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (UsageError, StateError) as error:
        for line in str(error).splitlines():
            click.echo(f"pipesec: {terminal_safe(line)}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("pipesec: cancelled", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return int(result) if isinstance(result, int) else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
