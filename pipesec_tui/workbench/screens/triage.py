"""A decision on findings: what, why, until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.workbench.screens.dialog import Dialog
from pipesec_tui.workbench.widgets.choices import Choices
from pipesec_tui.workbench.wording import SEVERITY_WORDS, line, place

USUAL_DAYS = 90
_STATES = (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE)
_TITLES = ("Accepted: the weakness is there, and is lived with", "False positive: there is no weakness")


class Decision(Struct, frozen=True):
    """What the user decided."""

    state: FindingStatus
    reason: str
    until: dt.date


class TriageDialog(Dialog[Decision]):
    """Reason and end are required: an acceptance that nobody can explain or that never ends is not a decision."""

    def __init__(self, findings: Sequence[Finding], today: dt.date) -> None:
        super().__init__()
        self._findings = findings
        self._today = today

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"Decide on {_count(len(self._findings))}", classes="dialog-title", markup=False)
            shown = [f"{SEVERITY_WORDS[f.severity]}  {place(f)}  {line(f.title, 80)}" for f in self._findings[:3]]
            more = len(self._findings) - 3
            yield Static("\n".join([*shown, *([f"and {more} more"] if more > 0 else [])]), markup=False)
            yield Choices(_TITLES, id="state")
            yield Input(placeholder="Reason (required)", id="reason")
            usual = self._today + dt.timedelta(days=USUAL_DAYS)
            yield Input(usual.isoformat(), placeholder="Until YYYY-MM-DD (required)", id="until")
            yield Static("", id="problem", classes="problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Decide", variant="primary", id="yes")
                yield Button("Cancel", id="no")

    def on_mount(self) -> None:
        self.query_one("#reason").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._decide()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self._decide()
        else:
            self.dismiss(None)

    def _decide(self) -> None:
        reason = self.query_one("#reason", Input).value.strip()
        until = self.query_one("#until", Input).value.strip()
        if not reason:
            self._refuse("Say why, for whoever reads this next year.", "#reason")
            return
        try:
            day = dt.date.fromisoformat(until)
        except ValueError:
            self._refuse(f"{until or 'Nothing'} is not a date: write YYYY-MM-DD.", "#until")
            return
        if day < self._today:
            self._refuse(f"{day} is in the past.", "#until")
            return
        state = _STATES[self.query_one("#state", Choices).chosen]
        self.dismiss(Decision(state, reason, day))

    def _refuse(self, why: str, field: str) -> None:
        self.query_one("#problem", Static).update(f"✗ {why}")
        self.query_one(field).focus()


def _count(number: int) -> str:
    return "this finding" if number == 1 else f"{number} findings"
