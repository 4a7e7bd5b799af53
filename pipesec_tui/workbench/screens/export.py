"""Writing what is on screen to a file."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, RadioSet, Static

from pipesec_tui.report import FORMATS
from pipesec_tui.workbench.screens.dialog import Dialog
from pipesec_tui.workbench.widgets.choices import Choices

_NAMES = tuple(FORMATS)


class Export(Struct, frozen=True):
    """Which format, and where to."""

    format: str
    path: Path


class ExportDialog(Dialog[Export]):
    """Asks for both."""

    def __init__(self, what: str, stem: str, folder: Path) -> None:
        super().__init__()
        self._what = what
        self._stem = stem
        self._folder = folder

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"Export {self._what}", classes="dialog-title", markup=False)
            yield Choices([f"{n}: {FORMATS[n].title}" for n in _NAMES], _NAMES.index("markdown"), id="format")
            yield Input(self._path("markdown"), placeholder="File", id="path")
            yield Static("", id="problem", classes="problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Write", variant="primary", id="yes")
                yield Button("Cancel", id="no")

    def on_mount(self) -> None:
        self.query_one("#format").focus()

    def _path(self, format: str) -> str:
        return str(self._folder / f"{self._stem}.{FORMATS[format].extension}")

    def on_radio_set_changed(self, event: RadioSet.Changed) -> None:
        path = self.query_one("#path", Input)
        if path.value in {self._path(name) for name in _NAMES}:
            path.value = self._path(_NAMES[event.index])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self._write()
        else:
            self.dismiss(None)

    def _write(self) -> None:
        text = self.query_one("#path", Input).value.strip()
        path = Path(text).expanduser()
        problem = None
        if not text:
            problem = "Name a file."
        elif path.is_dir():
            problem = f"{path} is a folder: name a file in it."
        elif not path.parent.is_dir():
            problem = f"There is no folder {path.parent}."
        if problem is not None:
            self.query_one("#problem", Static).update(f"✗ {problem}")
            return
        self.dismiss(Export(_NAMES[self.query_one("#format", Choices).chosen], path))
