"""Plugins: their health, and which of them may run."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Static

from pipesec_tui.history.store import History
from pipesec_tui.operations import plugins
from pipesec_tui.plugin.registry import Plugin, PluginState, discover
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.screens.dialog import Message
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable
from pipesec_tui.workbench.wording import line

_COLUMNS = (
    Column(id="name", title="plugin", width=16, grow=1),
    Column(id="state", title="state", width=16),
    Column(id="version", title="version", width=12, rank=2),
    Column(id="distribution", title="from", width=14, grow=1, rank=3),
    Column(id="checks", title="checks", width=16, grow=2),
    Column(id="rules", title="rules", width=6, right=True, rank=4),
    Column(id="ms", title="load", width=8, right=True, rank=5),
)
_STATES = {
    PluginState.LOADED: ("✓ loaded", "good"), PluginState.NOT_ENABLED: ("- not enabled", "quiet"),
    PluginState.DISABLED: ("- disabled", "quiet"), PluginState.CHANGED: ("! changed", "bad"),
    PluginState.INCOMPATIBLE: ("✗ incompatible", "bad"), PluginState.FAILED: ("✗ failed", "bad"),
    PluginState.MISSING: ("✗ missing", "bad"),
}  # fmt: skip


class PluginsPage(Page[tuple[Plugin, ...]]):
    VIEW = "plugins"
    BINDINGS = bindings("plugins")
    AUTO_FOCUS = "#plugins"

    def __init__(self) -> None:
        super().__init__()
        self._plugins: tuple[Plugin, ...] = ()

    def body(self) -> ComposeResult:
        yield VirtualTable(_COLUMNS, id="plugins", empty="Asking the plugins …")
        yield Static("", id="plugin", markup=False)

    def gather(self, history: History, context: Context) -> tuple[Plugin, ...]:
        return discover().plugins

    def show(self, data: tuple[Plugin, ...]) -> None:
        self._plugins = data
        rows = ListRows([_cells(plugin) for plugin in data], [plugin.name for plugin in data])
        self.query_one(VirtualTable).show(rows)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        if not 0 <= event.index < len(self._plugins):
            return
        plugin = self._plugins[event.index]
        told = [plugin.detail or "", f"pinned by its path {plugin.path}" if plugin.path and not plugin.shipped else ""]
        told += [f"{check.id}: {check.title}" for check in plugin.specs.checks] if plugin.specs else []
        self.query_one("#plugin", Static).update("\n".join(line(each) for each in told if each))

    def _at_hand(self) -> Plugin | None:
        cursor = self.query_one(VirtualTable).cursor
        return self._plugins[cursor] if 0 <= cursor < len(self._plugins) else None

    def action_enable(self) -> None:
        plugin = self._at_hand()
        if plugin is None:
            return
        text = (
            f"{line(plugin.name)} from {line(plugin.distribution)} {line(plugin.version)} will run on this machine "
            "with your rights whenever you assess. It is pinned as it is now: after any change it is asked about again."
        )
        self._ask(f"Enable {line(plugin.name)}?", text, "Enable", lambda: plugins.enable(plugin.name))

    def action_disable(self) -> None:
        plugin = self._at_hand()
        if plugin is None:
            return
        text = "Its checks are not run any more. What they found stays in the history, as not assessed."
        self._ask(f"Disable {line(plugin.name)}?", text, "Disable", lambda: plugins.disable(plugin.name))

    def _ask(self, title: str, text: str, question: str, change: Callable[[], str]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.bench.job("plugins", change, self._changed)

        self.app.push_screen(Message(title, text, question=question), answered)

    def _changed(self, told: str) -> None:
        self.notify(told, markup=False)
        self.reload()


def _cells(plugin: Plugin) -> dict[str, Cell]:
    word, tone = _STATES[plugin.state]
    checks = [check.id for check in plugin.specs.checks] if plugin.specs else list(plugin.expected_checks)
    return {
        "name": Cell(line(plugin.name), "strong"),
        "state": Cell(word, tone),
        "version": Cell(line(plugin.version), "quiet"),
        "distribution": Cell(line(plugin.distribution) + ("" if plugin.shipped else ", not ours"), "quiet"),
        "checks": Cell(line(", ".join(checks))),
        "rules": Cell(str(len(plugin.specs.rules)) if plugin.specs else ""),
        "ms": Cell(f"{plugin.seconds * 1e3:.0f} ms" if plugin.specs else "", "quiet"),
    }
