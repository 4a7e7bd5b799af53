"""What dialogs share."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pipesec_tui.workbench.actions import DIALOGS, bindings

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A dialog; escape leaves it without doing anything."""

    BINDINGS = bindings(DIALOGS)

    def action_close(self) -> None:
        self.dismiss(None)


class Message(Dialog[bool]):
    """Something to read; with ``question``, something to agree to."""

    def __init__(self, title: str, text: str, *, question: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-text"):
                yield Static(self._text, markup=False)
            with Horizontal(classes="dialog-buttons"):
                if self._question is not None:
                    yield Button(self._question, variant="primary", id="yes")
                yield Button("Cancel" if self._question else "Close", id="no")

    def on_mount(self) -> None:
        self.query_one("#no" if self._question is None else "#yes").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")
