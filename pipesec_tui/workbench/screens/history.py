"""History: all assessments of the project."""

from __future__ import annotations

from textual.app import ComposeResult

from pipesec_tui.history.store import History, Record, State, TrendPoint
from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable
from pipesec_tui.workbench.wording import ago, day, line, number

_COLUMNS = (
    Column(id="at", title="began (UTC)", width=16),
    Column(id="ago", title="", width=10, rank=4),
    Column(id="state", title="state", width=13),
    Column(id="branch", title="branch", width=10, grow=1, rank=3),
    Column(id="commit", title="commit", width=10, rank=7),
    Column(id="findings", title="findings", width=8, right=True),
    *(
        Column(id=severity.value, title=severity.value[:4].upper(), width=5, right=True, rank=rank)
        for severity, rank in zip(Severity, (5, 6, 8, 9, 10), strict=True)
    ),
    Column(id="id", title="id", width=18, rank=2),
)
_STATES = {
    State.COMPLETE: ("✓ complete", "good"), State.INCOMPLETE: ("~ incomplete", "medium"),
    State.INTERRUPTED: ("x interrupted", "bad"), State.RUNNING: ("◆ running", "strong"),
}  # fmt: skip
_COUNTED = 200


class HistoryPage(Page[dict[str, TrendPoint]]):
    """Enter looks at an assessment; two marked ones can be compared."""

    VIEW = "history"
    BINDINGS = bindings("history")

    def body(self) -> ComposeResult:
        yield VirtualTable(_COLUMNS, id="records", empty="Not assessed yet. Press r to assess the project now.")

    def gather(self, history: History, context: Context) -> dict[str, TrendPoint]:
        heads = {record.branch: record for record in reversed(context.finished)}
        points = [point for head in heads.values() for point in history.trend(head.id, _COUNTED)]
        return {point.assessment: point for point in points}

    def show(self, data: dict[str, TrendPoint]) -> None:
        context = self.bench.context
        if context is None:
            return
        records = context.records
        rows = [_cells(record, data.get(record.id), record == context.current) for record in records]
        self.query_one(VirtualTable).show(ListRows(rows, [record.id for record in records]))

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        context = self.bench.context
        record = context.records[event.index] if context is not None else None
        if record is None or record.findings is None:
            self.notify("That assessment did not finish: it has no findings to look at.", severity="warning")
            return
        self.bench.look_at(record.id, then="overview")

    def action_compare(self) -> None:
        context = self.bench.context
        table = self.query_one(VirtualTable)
        if context is None or not len(table.rows):
            return
        finished = [record.id for record in context.finished]
        if table.marks:
            chosen = [name for name in finished if name in table.marks]
            if len(chosen) != 2:
                self.notify("Mark two finished assessments with space, or none.", severity="warning")
                return
            head, base = chosen
        else:
            name = str(table.rows.key(table.cursor))
            place = finished.index(name) if name in finished else len(finished)
            if place + 1 >= len(finished):
                self.notify("There is no finished assessment before this one.", severity="warning")
                return
            head, base = finished[place], finished[place + 1]
        self.bench.show_comparison(base, head)


def _cells(record: Record, point: TrendPoint | None, here: bool) -> dict[str, Cell]:
    word, tone = _STATES[record.state]
    cells = {
        "at": Cell(day(record.started_at), "strong" if here else ""),
        "ago": Cell(ago(record.started_at), "quiet"),
        "state": Cell(word, tone),
        "branch": Cell(line(record.branch or "")),
        "commit": Cell(line(record.commit or "")[:10], "quiet"),
        "findings": Cell("" if record.findings is None else str(record.findings)),
        "id": Cell(line(record.id), "quiet"),
    }
    if point is not None:
        cells |= {severity.value: _count(severity, point.open.get(severity, 0)) for severity in Severity}
    return cells


def _count(severity: Severity, count: int) -> Cell:
    return Cell(number(count), severity.value) if count else Cell("·", "quiet")
