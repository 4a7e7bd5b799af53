"""Help: the keys that work here."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from pipesec_tui.workbench.actions import ANYWHERE, LISTS, of, shown
from pipesec_tui.workbench.query import __doc__ as QUERY_HELP
from pipesec_tui.workbench.screens.dialog import Dialog


class Help(Dialog[bool]):
    """All keys of a view, of lists, and those that work anywhere."""

    def __init__(self, view: str, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._view = view
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog-tall"):
            yield Static("Keys", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-text"):
                yield Static(self._written(), markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close", id="no")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(None)

    def _written(self) -> Content:
        parts: list[Content] = []
        for place, title in ((self._view, self._view.capitalize()), (LISTS, "Lists"), (ANYWHERE, "Anywhere")):
            actions = of(place)
            if not actions:
                continue
            parts.append(Content.assemble((title, "bold $accent")))
            for action in actions:
                keys = shown(self._keymap.get(action.id, action.keys))
                parts.append(Content.assemble((f" {keys:<14}", "bold"), action.tells))
            parts.append(Content(""))
        if self._view in ("findings", "compare"):
            parts += [Content.assemble(("Filters", "bold $accent")), Content((QUERY_HELP or "").replace("``", ""))]
        parts.append(Content("Shift (on macOS Option) and the mouse selects text as the terminal does."))
        return Content("\n").join(parts)
