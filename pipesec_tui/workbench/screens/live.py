"""The assessment that runs: a row a check, and the findings as they come."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.widgets import Static

from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import CheckStatus
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.finding_rows import COLUMNS, cells_of
from pipesec_tui.workbench.live import RUNS, WAITS, CheckLine
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable
from pipesec_tui.workbench.wording import bar

_CHECKS = (
    Column(id="check", title="check", width=14, grow=1),
    Column(id="state", title="state", width=16),
    Column(id="progress", title="", width=12, rank=2),
    Column(id="findings", title="findings", width=8, right=True),
    Column(id="gaps", title="gaps", width=5, right=True, rank=1),
    Column(id="seconds", title="time", width=7, right=True, rank=3),
    Column(id="what", title="", width=10, grow=4),
)
_SIGNS = {
    WAITS: ("· waits", "quiet"), RUNS: ("◆ runs", "strong"), CheckStatus.OK.value: ("✓ ok", "good"),
    CheckStatus.PARTIAL.value: ("~ partial", "medium"), CheckStatus.FAILED.value: ("✗ failed", "bad"),
    CheckStatus.CANCELLED.value: ("x cancelled", "medium"), CheckStatus.MISSING.value: ("✗ missing", "bad"),
    CheckStatus.CONSENT.value: ("? needs consent", "quiet"),
}  # fmt: skip
_SHOWN = frozenset({"area", "path", "severity", "title"})


class LivePage(Page[None]):
    """Reads ``app.live`` ten times a second while it runs."""

    VIEW = "live"
    BINDINGS = bindings("live")
    AUTO_FOCUS = "#checks"

    def __init__(self) -> None:
        super().__init__()
        self._shown = -1

    def body(self) -> ComposeResult:
        yield Static("", id="live-line", markup=False)
        yield VirtualTable(_CHECKS, id="checks", empty="Nothing runs. Press r to assess the project now.")
        yield Static("Findings as they come", classes="section", markup=False)
        came = VirtualTable([column for column in COLUMNS if column.id in _SHOWN], id="came", empty="None yet.")
        yield came

    def gather(self, history: History, context: Context) -> None:
        return None

    def show(self, data: None) -> None:
        self.tick()

    def tick(self) -> None:
        """Draw what changed since the last time."""
        live = self.bench.live
        if live is None:
            return
        checks = list(live.checks.values())
        self.query_one("#checks", VirtualTable).show(ListRows([_cells(c) for c in checks], [c.check for c in checks]))
        if live.error is not None:
            told = f"✗ It could not be assessed: {live.error}"
        elif live.outcome is not None:
            told = f"✓ {live.outcome.summary()}  (2 shows the findings, 5 what changed)"
        elif not live.running:
            told = "The assessment was given up."
        elif not checks:
            told = f"◆ looking at the project  {live.seconds:.0f} s"
        else:
            told = f"◆ {live.word()}  {live.seconds:.0f} s"
        self.query_one("#live-line", Static).update(told)
        if len(live.findings) != self._shown:
            self._shown = len(live.findings)
            recent = live.findings[:-2001:-1]
            table = self.query_one("#came", VirtualTable)
            table.show(ListRows([cells_of(f) for f in recent], [f.id for f in recent]), keep=table.cursor > 0)

    def action_cancel(self) -> None:
        live = self.bench.live
        checks = list(live.checks.values()) if live is not None else []
        cursor = self.query_one("#checks", VirtualTable).cursor
        if live is None or not live.running or not 0 <= cursor < len(checks):
            self.notify("Nothing runs.")
            return
        check = checks[cursor]
        if not check.running:
            self.notify(f"{check.check} does not run.")
            return
        live.cancel(check.check)
        self.notify(f"{check.check} is being cancelled: what it said stays, the rest is a gap.")

    def action_cancel_all(self) -> None:
        live = self.bench.live
        if live is None or not live.running:
            self.notify("Nothing runs.")
            return
        live.cancel()
        self.notify("All checks are being cancelled.")


def _cells(line: CheckLine) -> dict[str, Cell]:
    sign, tone = _SIGNS.get(line.state, (f"- {line.state.replace('_', ' ')}", "quiet"))
    seconds = line.seconds
    if line.running and line.started is not None:
        seconds = time.monotonic() - line.started
    share = f"{line.done}/{line.total}" if line.total else str(line.done) if line.done else ""
    progress = ""
    if line.running:
        progress = bar(line.done / line.total, 12) if line.total else share
    return {
        "check": Cell(line.check, "strong"),
        "state": Cell(sign, tone),
        "progress": Cell(progress, "good"),
        "findings": Cell(str(line.findings) if line.findings or line.state not in (WAITS, RUNS) else ""),
        "gaps": Cell(str(line.gaps or ""), "medium"),
        "seconds": Cell(f"{seconds:.1f} s" if seconds else "", "quiet"),
        "what": Cell(f"{share} {line.what}".strip() if line.running and line.total else line.what, "quiet"),
    }
