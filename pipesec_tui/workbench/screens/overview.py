"""Overview: how the pipeline stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.finding_rows import COLUMNS, cells_of
from pipesec_tui.workbench.posture import AreaPosture, Posture, gather, stands
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable
from pipesec_tui.workbench.wording import line, number, spark

if TYPE_CHECKING:
    from pipesec_tui.history.store import History

_AREAS = (
    Column(id="area", title="check", width=12, grow=1),
    Column(id="state", title="state", width=14),
    *(
        Column(
            id=severity.value,
            title=severity.value[:4].upper(),
            width=4,
            right=True,
            rank=4 if severity is Severity.INFO else 0,
        )
        for severity in Severity
    ),
    Column(id="fresh", title="new", width=5, right=True, rank=2),
    Column(id="looked", title="looked at", width=10, right=True, rank=3),
)
_TOP = frozenset({"severity", "priority", "rule", "path", "title"})
_EMPTY = (
    "This project was not assessed yet.\n\n"
    "Press r to assess it now: nothing of it is run, and nothing but advisory data is downloaded.\n"
    "`pipesec init` drafts a pipesec.toml that names its sources, stages and sinks."
)


class OverviewPage(Page[Posture]):
    """Nothing here must be clicked to be known: what to do first stands at the top."""

    VIEW = "overview"
    BINDINGS = bindings("overview")
    AUTO_FOCUS = "#areas"

    def __init__(self) -> None:
        super().__init__()
        self._top: list[str] = []
        self._areas: list[str] = []

    def body(self) -> ComposeResult:
        yield Static("", id="headline", markup=False)
        with Horizontal(id="overview-upper"):
            yield VirtualTable(_AREAS, id="areas", empty="Reading …")
            with VerticalScroll(id="overview-side", can_focus=False):
                yield Static("", id="side", markup=False)
        with Vertical(id="overview-lower"):
            yield Static("First of all", classes="section", markup=False)
            yield VirtualTable([c for c in COLUMNS if c.id in _TOP], id="top")

    def gather(self, history: History, context: Context) -> Posture:
        return gather(history, context)

    def show(self, data: Posture) -> None:
        context = self.bench.context
        areas, top = self.query_one("#areas", VirtualTable), self.query_one("#top", VirtualTable)
        nothing = context is None or context.current is None
        areas.empty = _EMPTY if nothing else "No check ran."
        top.empty = "" if nothing else "No open finding. That means something only where coverage is ok, above."
        self._areas = [area.name for area in data.areas]
        areas.show(ListRows([_cells(area) for area in data.areas], self._areas))
        self._top = [finding.id for finding in data.top]
        top.show(ListRows([cells_of(finding) for finding in data.top], self._top))
        self.query_one("#headline", Static).update(Content("") if nothing else _headline(data))
        self.query_one("#side", Static).update(Content("") if nothing else _side(data))

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        if event.table.id == "top":
            self.bench.show_findings("status:open", self._top[event.index])
            return
        area = self._areas[event.index]
        self.bench.show_findings("" if area == "inventory" else f"status:open area:{area}")


def _cells(area: AreaPosture) -> dict[str, Cell]:
    word, tone = stands(area)
    counts = {s.value: Cell(number(area.open[s]) if area.open.get(s) else "·", s.value if area.open.get(s) else "quiet")
              for s in Severity}  # fmt: skip
    total = area.looked + area.not_looked
    looked = f"{area.looked}/{total}" if total else "none"
    return {
        "area": Cell(line(area.name), "strong"),
        "state": Cell(word, tone),
        **counts,
        "fresh": Cell(f"+{number(area.fresh)}" if area.fresh else "", "strong"),
        "looked": Cell(looked, "quiet" if not area.not_looked else "medium"),
    }


def _headline(data: Posture) -> Content:
    parts: list[str | tuple[str, str]] = []
    worst = {severity: sum(area.open.get(severity, 0) for area in data.areas) for severity in Severity}
    parts.append((f"{data.open} open", "bold"))
    for severity, count in worst.items():
        if count:
            parts.append(f"  {count} ")
            parts.append((severity.value, f"$severity-{severity.value}"))
    if data.decided:
        parts.append((f"  {data.decided} decided", "dim"))
    content = Content.assemble(*parts)
    if data.overdue:
        content = content.append(Content.assemble("\n", (f"! {data.overdue}", "bold $warning")))
    if data.gaps:
        more = f" (and {len(data.gaps) - 1} more)" if len(data.gaps) > 1 else ""
        content = content.append(
            Content.assemble("\n", (f"? Not all was seen: {line(data.gaps[0])}{more}", "$warning"))
        )
    return content


def _side(data: Posture) -> Content:
    parts = [Content.assemble(("Open findings over time", "bold $accent"))]
    totals = [sum(point.open.values()) for point in data.trend]
    grave = [point.open.get(Severity.CRITICAL, 0) + point.open.get(Severity.HIGH, 0) for point in data.trend]
    parts.append(Content(f" all          {spark(totals)}  {totals[-1] if totals else 0}"))
    parts.append(Content.assemble(" crit + high  ", (spark(grave), "$severity-high"), f"  {grave[-1] if grave else 0}"))
    parts += [Content(""), Content.assemble(("Since the assessment before", "bold $accent"))]
    if data.against is None:
        parts.append(Content(" This is the first one here."))
    elif not any(data.changes.values()):
        parts.append(Content(" = nothing changed"))
    else:
        signs = {"new": "+", "reopened": "!", "changed": "~", "fixed": "-", "removed": "x", "not_assessed": "?"}
        parts += [
            Content(f" {signs[name]} {count} {name.replace('_', ' ')}") for name, count in data.changes.items() if count
        ]
    if data.gaps:
        parts += [Content(""), Content.assemble(("What was not seen", "bold $accent"))]
        parts += [Content(f" ? {line(gap)}") for gap in data.gaps]
    if data.due:
        parts += [Content(""), Content.assemble(("Decisions to look at again", "bold $accent"))]
        parts += [Content(f" {line(due.what, 30)} {due.why}: {line(due.reason, 80)}") for due in data.due]
    return Content("\n").join(parts)
