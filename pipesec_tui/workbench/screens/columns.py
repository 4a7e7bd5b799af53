"""Choosing columns."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, SelectionList, Static
from textual.widgets.selection_list import Selection

from pipesec_tui.workbench.screens.dialog import Dialog
from pipesec_tui.workbench.widgets.virtual_table import Column


class ColumnsDialog(Dialog[frozenset[str]]):
    """Answers with the ids of the columns to hide."""

    def __init__(self, columns: Sequence[Column], hidden: frozenset[str]) -> None:
        super().__init__()
        self._columns = columns
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Columns", classes="dialog-title", markup=False)
            yield SelectionList[str](
                *(Selection(column.title, column.id, column.id not in self._hidden) for column in self._columns)
            )
            yield Static("Those that don't fit the window are left out from the right.", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Show these", variant="primary", id="yes")
                yield Button("Cancel", id="no")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "no":
            self.dismiss(None)
            return
        shown = set(self.query_one(SelectionList).selected)
        self.dismiss(frozenset(column.id for column in self._columns if column.id not in shown))
