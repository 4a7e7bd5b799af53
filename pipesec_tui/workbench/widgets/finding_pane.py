"""The finding at hand, beside the list."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from pipesec_tui.workbench.details import Details, written


class FindingPane(VerticalScroll, can_focus=True):
    """Scrolls, and can be selected and copied from with the mouse."""

    DEFAULT_CSS = """
    FindingPane { height: 1fr; padding: 0 1; border-left: vkey $panel; background: $surface; }
    FindingPane:focus { border-left: vkey $primary; }
    """

    def __init__(self, empty: str = "No finding", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._empty = empty
        self.details: Details | None = None
        # Kept rather than looked up: a result may arrive while the screen is built or taken down.
        self._text = Static(empty, id="finding-text", markup=False)

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, details: Details | None) -> None:
        """Show a finding from its top; None: say that there is none."""
        again = self.details is not None and details is not None and self.details.finding.id == details.finding.id
        self.details = details
        self._text.update(self._empty if details is None else written(details))
        if not again:
            self.scroll_home(animate=False)
