"""`pipesec plugins`."""

from __future__ import annotations

import click

from pipesec_tui.cli.output import note
from pipesec_tui.cli.table import Column, print_json, print_table
from pipesec_tui.operations.errors import UsageError


@click.group(name="plugins")
def command() -> None:
    """Plugins and their health. Third-party plugins are off until they are enabled."""


@command.command(name="list")
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(format: str) -> None:
    """List all installed plugins."""
    from pipesec_tui.plugin.registry import discover

    plugins = discover(run_third_party=False).plugins
    if format == "json":
        print_json({"plugins": plugins})
        return
    rows = [
        (
            plugin.name,
            f"{plugin.distribution} {plugin.version}" + (f" (editable, {plugin.path})" if plugin.path else ""),
            plugin.state.value,
            ", ".join(check.id for check in plugin.specs.checks) if plugin.specs else ", ".join(plugin.expected_checks),
            plugin.detail or "",
        )
        for plugin in plugins
    ]
    print_table([Column(n) for n in ("plugin", "from", "state", "checks", "")], rows, empty="no plugins")


@command.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let the plugin NAME run, pinned to the version and files that are installed now."""
    from pipesec_tui.operations.plugins import enable as enable_plugin

    note(enable_plugin(name))


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Keep the plugin NAME from running."""
    from pipesec_tui.operations.plugins import disable as disable_plugin

    note(disable_plugin(name))


@command.command()
@click.argument("name", required=False)
def doctor(name: str | None) -> int:
    """Ask all plugins, or the plugin NAME, again, and say what is wrong. Exit status 3 where something is."""
    from pipesec_tui.plugin.registry import discover

    plugins = [plugin for plugin in discover(fresh=True).plugins if name in (None, plugin.name)]
    if not plugins:
        raise UsageError(f"there is no plugin {name!r}; `pipesec plugins list` shows them")
    for plugin in plugins:
        told = f"{plugin.name}: {plugin.state.value}" + (
            f", loaded in {plugin.seconds * 1e3:.0f} ms" if plugin.specs else ""
        )
        click.echo(f"{told}: {plugin.detail}" if plugin.detail else told)
    return 3 if any(plugin.broken for plugin in plugins) else 0
