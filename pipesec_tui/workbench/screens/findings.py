"""Findings: the list, and the one at hand beside it."""

from __future__ import annotations

from array import array

from msgspec import Struct, structs
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from pipesec_tui.history.store import FindingFilter, History, HistoryError, Sort
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.workbench import editor
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.details import Details, gather, plain
from pipesec_tui.workbench.finding_rows import COLUMNS, HIDDEN, FindingRows
from pipesec_tui.workbench.query import QueryError, parse
from pipesec_tui.workbench.screens.columns import ColumnsDialog
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.finding_pane import FindingPane
from pipesec_tui.workbench.widgets.virtual_table import VirtualTable

FIRST_FILTER = "status:open"
TYPING = 0.15
"""Seconds without a key after which a filter is looked up."""
RESTING = 0.08
"""Seconds on a line after which its finding is read."""
AT_A_TIME = 500


class Listing(Struct, frozen=True):
    """Which findings the list holds, in order."""

    keys: array[int]
    where: FindingFilter


class FindingsPage(Page[Listing]):
    """Rows come from the history page by page, through a connection of the interface's own; sorting and filtering
    happen in a thread."""

    VIEW = "findings"
    BINDINGS = bindings("findings")
    AUTO_FOCUS = "#findings"

    def __init__(self) -> None:
        super().__init__()
        self._history: History | None = None
        self._query = FIRST_FILTER
        self._where = parse(FIRST_FILTER)
        self._sort = Sort.PRIORITY
        self._typing: Timer | None = None
        self._resting: Timer | None = None
        self._sought: str | None = None

    def body(self) -> ComposeResult:
        with Vertical(id="filter-row"):
            yield Input(
                self._query, placeholder="severity>=high area:sast path:etl/ new word", id="filter", compact=True,
                select_on_focus=False,
            )  # fmt: skip
            yield Static("", id="filter-said", markup=False)
        with Horizontal(id="findings-and-pane"):
            table = VirtualTable(COLUMNS, sorted_by="priority", id="findings", empty="Reading …")
            table.hidden = HIDDEN
            yield table
            yield FindingPane("No finding at hand.", id="pane")

    def on_unmount(self) -> None:
        if self._history is not None:
            self._history.close()

    @property
    def table(self) -> VirtualTable:
        return self.query_one("#findings", VirtualTable)

    def narrow(self, query: str, finding: str | None = None) -> None:
        """Show the findings of another filter; ``finding`` is the id of the one to go to."""
        self._query = query
        self._sought = finding
        self._where = parse(query)
        if self.is_mounted:
            self.query_one("#filter", Input).value = query
            self.reload()

    def gather(self, history: History, context: Context) -> Listing:
        where = self._full(context)
        if context.current is None:
            return Listing(array("q"), where)
        return Listing(history.listing(context.current.id, sort=self._sort, where=where), where)

    def _full(self, context: Context) -> FindingFilter:
        if not context.is_latest:
            return self._where
        decided = tuple((name, entry.state) for name, entry in context.decided.items())
        return structs.replace(self._where, decided=decided)

    def show(self, data: Listing) -> None:
        context = self.bench.context
        table = self.table
        table.empty = self._nothing()
        if context is None or context.current is None:
            table.show(FindingRows(self._connection(), array("q"), {}))
            return
        keys = data.keys
        if table.reverse:
            keys = array("q", reversed(keys))
        decided = {name: entry.state for name, entry in context.decided.items()} if context.is_latest else {}
        rows = FindingRows(self._connection(), keys, decided)
        table.show(rows)
        if self._sought is not None:
            for index in range(min(len(rows), 2_000)):
                found = rows.finding(index)
                if found is not None and found.id == self._sought:
                    table.cursor = index
                    break
            self._sought = None
        self._say()

    def _connection(self) -> History:
        if self._history is None:
            self._history = History.open()
        return self._history

    def _nothing(self) -> str:
        context = self.bench.context
        if context is None or context.current is None:
            return "Not assessed yet. Press r to assess the project now."
        if self._query:
            return "No findings here.\nEsc takes the filter away; ? explains it."
        return "No findings.\nThat means something only where a check has looked: 1 shows what was covered."

    def _say(self, error: str | None = None) -> None:
        said = self.query_one("#filter-said", Static)
        said.set_class(error is not None, "-error")
        if error is not None:
            said.update(f"✗ {error}")
            return
        context = self.bench.context
        of = context.current.findings if context is not None and context.current is not None else 0
        marks = f"  ● {len(self.table.marks)} marked" if self.table.marks else ""
        order = f"by {self.table.sorted_by}{', reversed' if self.table.reverse else ''}"
        said.update(f"{len(self.table.rows)} of {of} findings, {order}{marks}")

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value == self._query:
            return
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING, self._typed)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._typed()
        self.table.focus()

    def _typed(self) -> None:
        query = self.query_one("#filter", Input).value
        try:
            where = parse(query)
        except QueryError as error:
            self._say(str(error))
            return
        if query != self._query:
            self._query, self._where = query, where
            self.reload()
        else:
            self._say()

    def on_virtual_table_sort_wanted(self, event: VirtualTable.SortWanted) -> None:
        table = event.table
        table.sorted_by, table.reverse = event.column, event.reverse
        self._sort = Sort(event.column)
        self.reload()

    def on_virtual_table_marked(self) -> None:
        self._say()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted) -> None:
        if self._resting is not None:
            self._resting.stop()
        if self.query_one("#pane").display:
            self._resting = self.set_timer(RESTING, self._read_finding)

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        pane = self.query_one("#pane", FindingPane)
        self._show_pane(True)
        pane.focus()
        self._read_finding()

    def _read_finding(self) -> None:
        finding, context = self.finding(), self.bench.context
        pane = self.query_one("#pane", FindingPane)
        if finding is None or context is None:
            pane.show(None)
            return
        rules, root, key = self.bench.rules, context.root, context.key
        decided = context.decided.get(finding.id) if context.is_latest else None

        def job() -> Details:
            with History.open() as history:
                return gather(history, root, key, finding, rules, decided)

        self.bench.job("finding", job, pane.show)

    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        table = self.table
        rows = table.rows
        return rows.finding(table.cursor) if isinstance(rows, FindingRows) and len(rows) else None

    def chosen(self) -> list[Finding]:
        """The marked findings; else the one under the cursor."""
        keys = [key for key in self.table.marked() if isinstance(key, int)]
        found: list[Finding] = []
        for start in range(0, len(keys), AT_A_TIME):
            listed = self._connection().listed(keys[start : start + AT_A_TIME])
            found += [one.finding for one in listed.values()]
        return found

    def document(self, history: History, context: Context) -> Assessment:
        """The assessment with the findings of the filter alone."""
        assert context.current is not None
        whole = history.load(context.current.id)
        keys = history.listing(context.current.id, where=self._full(context))
        wanted: set[str] = set()
        for start in range(0, len(keys), AT_A_TIME):
            wanted |= {one.finding.id for one in history.listed(keys[start : start + AT_A_TIME]).values()}
        return structs.replace(whole, findings=tuple(f for f in whole.findings if f.id in wanted))

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_clear(self) -> None:
        if self.focused is not self.table:
            self.table.focus()
        elif self.table.clear_marks():
            return
        elif self._query:
            self.narrow("")

    def action_triage(self) -> None:
        context = self.bench.context
        if context is None or not context.is_latest:
            self.notify("Decisions are made on the latest assessment: press > to go there.", severity="warning")
            return
        try:
            chosen = self.chosen()
        except HistoryError as error:
            self.bench.show_error("reading the findings", error)
            return
        if chosen:
            self.bench.decide(chosen)

    def action_pane(self) -> None:
        self._show_pane(not self.query_one("#pane").display)

    def _show_pane(self, shown: bool) -> None:
        pane = self.query_one("#pane", FindingPane)
        pane.display = shown
        self.set_class(not shown, "-no-pane")
        if shown:
            self._read_finding()
        elif pane.has_focus:
            self.table.focus()

    def action_columns(self) -> None:
        def choose(hidden: frozenset[str] | None) -> None:
            if hidden is not None:
                self.table.choose(hidden)

        self.app.push_screen(ColumnsDialog(COLUMNS, self.table.hidden), choose)

    def action_edit(self) -> None:
        finding, context = self.finding(), self.bench.context
        if finding is None or context is None:
            return
        problem = editor.open_at(self.app, context.root, finding.location.path, finding.location.start_line)
        if problem is not None:
            self.notify(problem, severity="warning", markup=False)

    def action_copy(self) -> None:
        details = self.query_one("#pane", FindingPane).details
        if details is None:
            self.notify("Nothing to copy: open a finding first.")
            return
        self.app.copy_to_clipboard(plain(details))
        self.notify("Copied, where the terminal allows it (OSC 52); e writes to a file.")

    def action_flow(self) -> None:
        finding = self.finding()
        if finding is not None:
            self.bench.show_flow(finding)
