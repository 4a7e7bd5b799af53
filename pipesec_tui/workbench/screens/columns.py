"""Choosing columns."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from pipesec_tui.workbench.screens.dialog import Dialog
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable


class ColumnsDialog(Dialog[frozenset[str]]):
    """Answers with the ids of the columns to hide: those without a mark."""

    def __init__(self, columns: Sequence[Column], hidden: frozenset[str]) -> None:
        super().__init__()
        self._columns = columns
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Columns", classes="dialog-title", markup=False)
            yield VirtualTable([Column(id="title", title="shown", width=20, grow=1)], id="columns")
            yield Static("Space marks those to show. What does not fit the window is left out.", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Show these", variant="primary", id="yes")
                yield Button("Cancel", id="no")

    def on_mount(self) -> None:
        table = self.query_one(VirtualTable)
        table.marks = {column.id for column in self._columns if column.id not in self._hidden}
        rows = [{"title": Cell(column.title)} for column in self._columns]
        table.show(ListRows(rows, [column.id for column in self._columns]))
        table.focus()

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        event.stop()
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        shown = self.query_one(VirtualTable).marks
        self.dismiss(frozenset(column.id for column in self._columns if column.id not in shown))
