"""Inventory: what the pipeline is made of, and why each part is here."""

from __future__ import annotations

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from pipesec_tui.history.store import FindingFilter, History
from pipesec_tui.model.area import Area
from pipesec_tui.model.asset import unversioned
from pipesec_tui.model.component import Component
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable
from pipesec_tui.workbench.wording import SEVERITY_WORDS, line

_COLUMNS = (
    Column(id="name", title="name", width=18, grow=2),
    Column(id="version", title="version", width=12),
    Column(id="kind", title="kind", width=10, rank=3),
    Column(id="direct", title="asked for", width=14, rank=2),
    Column(id="worst", title="findings", width=12),
    Column(id="found_in", title="named in", width=16, grow=2, rank=1),
)
_MOST = 5_000
"""Findings on components that are looked through."""


class Part(Struct, frozen=True):
    """A component and the open findings on it, the worst first."""

    component: Component
    findings: tuple[Finding, ...]


class InventoryPage(Page[tuple[Part, ...]]):
    VIEW = "inventory"
    BINDINGS = bindings("inventory")
    AUTO_FOCUS = "#components"

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Part, ...] = ()
        self._shown: list[Part] = []

    def body(self) -> ComposeResult:
        with Vertical(id="filter-row"):
            yield Input("", placeholder="name, kind or file", id="filter", compact=True)
            yield Static("", id="filter-said", markup=False)
        with Horizontal(id="findings-and-pane"):
            yield VirtualTable(_COLUMNS, id="components", empty="Reading …")
            with VerticalScroll(id="pane"):
                yield Static("", id="why", markup=False)

    def gather(self, history: History, context: Context) -> tuple[Part, ...]:
        if context.current is None:
            return ()
        outline = history.outline(context.current.id)
        where = FindingFilter(areas=(Area.DEPENDENCIES, Area.IMAGES), statuses=(FindingStatus.OPEN,))
        keys = history.listing(context.current.id, where=where)[:_MOST]
        by_purl: dict[str, list[Finding]] = {}
        for start in range(0, len(keys), 500):
            page = keys[start : start + 500]
            listed = history.listed(page)
            for key in page:
                if key in listed and listed[key].finding.location.purl:
                    by_purl.setdefault(str(listed[key].finding.location.purl), []).append(listed[key].finding)
        parts = [Part(component, tuple(by_purl.get(component.purl, ()))) for component in outline.components]
        return tuple(sorted(parts, key=lambda part: (-_rank(part), _name(part.component))))

    def show(self, data: tuple[Part, ...]) -> None:
        self._parts = data
        self.query_one(
            VirtualTable
        ).empty = "No component is known.\nThat means something only where the dependencies check ran: 1 shows that."
        self._fill()

    def _fill(self) -> None:
        words = self.query_one("#filter", Input).value.lower().split()
        self._shown = [part for part in self._parts if all(word in _searched(part) for word in words)]
        rows = [_cells(part) for part in self._shown]
        keys = [(part.component.purl, part.component.found_in) for part in self._shown]
        self.query_one("#filter-said", Static).update(f"{len(self._shown)} of {len(self._parts)} components")
        self.query_one(VirtualTable).show(ListRows(rows, keys))

    def on_input_changed(self) -> None:
        self._fill()

    def on_input_submitted(self) -> None:
        self.query_one(VirtualTable).focus()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        part = self._shown[event.index] if 0 <= event.index < len(self._shown) else None
        self.query_one("#why", Static).update("" if part is None else _why(part))

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        part = self._shown[event.index]
        if part.findings:
            self.bench.show_findings("status:open area:dependencies,images", part.findings[0].id)
        else:
            self.notify("No open finding on it.")

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    def action_clear(self) -> None:
        table = self.query_one(VirtualTable)
        if self.focused is not table:
            table.focus()
        else:
            self.query_one("#filter", Input).value = ""


def _rank(part: Part) -> int:
    return max((finding.severity.rank + 1 for finding in part.findings), default=0)


def _name(component: Component) -> str:
    return component.name or unversioned(component.purl).removeprefix("pkg:").partition("/")[2] or component.purl


def _searched(part: Part) -> str:
    component = part.component
    return f"{component.purl} {component.kind.value} {component.found_in or ''} {component.version or ''}".lower()


def _asked(component: Component) -> str:
    if component.direct is None:
        return "not known"
    return "by the project" if component.direct else "by another"


def _cells(part: Part) -> dict[str, Cell]:
    component, findings = part.component, part.findings
    worst = Cell("")
    if findings:
        severity = max(finding.severity for finding in findings)
        worst = Cell(f"{len(findings)}  {SEVERITY_WORDS[severity]}", severity.value)
    return {
        "name": Cell(line(_name(component)), "strong"),
        "version": Cell(line(component.version or "not pinned"), "" if component.version else "medium"),
        "kind": Cell(component.kind.value.replace("_", " "), "quiet"),
        "direct": Cell(_asked(component), "quiet"),
        "worst": worst,
        "found_in": Cell(line(component.found_in or ""), "quiet"),
    }


def _why(part: Part) -> Content:
    component = part.component
    parts = [Content.assemble((line(component.purl), "bold")), Content("")]
    parts.append(Content.assemble(("Why it is here", "bold $accent")))
    if component.introduced_by:
        for depth, purl in enumerate((*component.introduced_by, component.purl)):
            parts.append(Content(f" {'  ' * depth}{'└ ' if depth else ''}{line(purl)}"))
    elif component.direct:
        parts.append(Content(" The project asks for it itself."))
    else:
        parts.append(Content(" What asks for it is not known from the files at hand."))
    if component.found_in:
        parts.append(Content(f" named in {line(component.found_in)}"))
    parts += [Content(""), Content.assemble(("Open findings", "bold $accent"))]
    if not part.findings:
        parts.append(Content(" None. That means something only where the dependencies check's coverage is ok."))
    for finding in part.findings:
        names = line(", ".join(finding.aliases) or finding.title, 60)
        fixed = f"  fixed in {line(finding.fixed_in)}" if finding.fixed_in else "  no fix known"
        tone = f"$severity-{finding.severity.value}"
        parts.append(Content.assemble(" ", (SEVERITY_WORDS[finding.severity], tone), f"  {names}{fixed}"))
    return Content("\n").join(parts)
