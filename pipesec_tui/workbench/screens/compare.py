"""Compare: what changed between any two assessments."""

from __future__ import annotations

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from pipesec_tui.history.store import History, Record
from pipesec_tui.model.comparison import ComparedFinding, Comparison, Outcome
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.compared import COLUMNS, ComparedRows, narrowed, rows_of
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.details import Details, gather
from pipesec_tui.workbench.query import QueryError
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.widgets.finding_pane import FindingPane
from pipesec_tui.workbench.widgets.virtual_table import ListRows, VirtualTable
from pipesec_tui.workbench.wording import OUTCOME_WORDS, ago, short

RESTING = 0.08
_ALONE = "There is nothing to compare yet: it takes two assessments. Press r to assess again."


class Pair(Struct, frozen=True):
    """Two assessments and what changed; None where there is only one."""

    base: Record | None
    comparison: Comparison | None


class ComparePage(Page[Pair]):
    """The head is the assessment that is looked at; ``b`` and ``B`` choose another base."""

    VIEW = "compare"
    BINDINGS = bindings("compare")
    AUTO_FOCUS = "#changes"

    def __init__(self) -> None:
        super().__init__()
        self._base: str | None = None
        self._pair = Pair(None, None)
        self._query = ""
        self._resting: Timer | None = None

    def body(self) -> ComposeResult:
        yield Static("", id="pair", markup=False)
        with Vertical(id="filter-row"):
            yield Input("", placeholder="outcome:new severity>=high word", id="filter", compact=True)
            yield Static("", id="filter-said", markup=False)
        with Horizontal(id="findings-and-pane"):
            yield VirtualTable(COLUMNS, id="changes", empty="Reading …")
            yield FindingPane("Nothing at hand.", id="pane")

    def choose(self, base: str) -> None:
        """Compare with this assessment."""
        self._base = base
        if self.is_mounted:
            self.reload()

    def gather(self, history: History, context: Context) -> Pair:
        base = self._chosen(context)
        if base is None or context.current is None:
            return Pair(None, None)
        return Pair(base, history.compare(base.id, context.current.id))

    def _chosen(self, context: Context) -> Record | None:
        current = context.current
        others = [record for record in context.finished if record != current]
        wanted = next((record for record in others if record.id == self._base), None)
        if wanted is not None or current is None:
            return wanted
        older = [record for record in others if record.started_at < current.started_at]
        return next((r for r in older if r.branch == current.branch), next(iter(older), None))

    def show(self, data: Pair) -> None:
        self._pair = data
        context = self.bench.context
        table = self.query_one("#changes", VirtualTable)
        if data.base is None or data.comparison is None or context is None or context.current is None:
            table.empty = _ALONE
            table.show(ListRows())
            self.query_one("#pair", Static).update("")
            return
        table.empty = "Nothing changed between the two." if not self._query else "No change fits this filter."
        self.query_one("#pair", Static).update(_headline(data.base, context.current, data.comparison))
        self._fill()

    def _fill(self) -> None:
        if self._pair.comparison is None:
            return
        said = self.query_one("#filter-said", Static)
        every = rows_of(self._pair.comparison)
        try:
            shown = narrowed(every, self._query)
        except QueryError as error:
            said.set_class(True, "-error")
            said.update(f"✗ {error}")
            return
        said.set_class(False, "-error")
        said.update(f"{len(shown)} of {len(every)} changes")
        self.query_one("#changes", VirtualTable).show(ComparedRows(shown))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._query = event.value
        self._fill()

    def on_input_submitted(self) -> None:
        self.query_one("#changes").focus()

    def on_virtual_table_highlighted(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(RESTING, self._read)

    def on_virtual_table_selected(self) -> None:
        self.query_one("#pane").display = True
        self.query_one("#pane").focus()

    def _at_hand(self) -> tuple[Outcome, ComparedFinding] | None:
        table = self.query_one("#changes", VirtualTable)
        rows = table.rows
        return rows.at(table.cursor) if isinstance(rows, ComparedRows) and len(rows) else None

    def _read(self) -> None:
        at_hand, context = self._at_hand(), self.bench.context
        pane = self.query_one("#pane", FindingPane)
        if at_hand is None or context is None:
            pane.show(None)
            return
        outcome, finding = at_hand
        rules, root, key = self.bench.rules, context.root, context.key
        why = f"{OUTCOME_WORDS[outcome]}{f': {finding.reason}' if finding.reason else ''}"
        if finding.match_pass is not None and finding.match_pass > 1:
            why += f" (recognized by pass {finding.match_pass} of matching; 1 is the surest)"

        def job() -> Details:
            with History.open() as history:
                return gather(history, root, key, finding, rules, None, why)

        self.bench.job("finding", job, pane.show)

    def document(self, history: History, context: Context) -> Comparison:
        pair = self.gather(history, context)
        if pair.comparison is None:
            raise UsageError(_ALONE)
        kept = narrowed(rows_of(pair.comparison), self._query)
        return narrow_comparison(pair.comparison, {id(finding) for _, finding in kept})

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_clear(self) -> None:
        table = self.query_one("#changes", VirtualTable)
        if self.focused is not table:
            table.focus()
        else:
            self.query_one("#filter", Input).value = ""

    def action_pane(self) -> None:
        pane = self.query_one("#pane")
        pane.display = not pane.display

    def action_base(self, step: int) -> None:
        context = self.bench.context
        if context is None or self._pair.base is None:
            self.notify(_ALONE)
            return
        others = [record for record in context.finished if record != context.current]
        place = others.index(self._pair.base) + step
        if not 0 <= place < len(others):
            self.notify("There is none further that way.")
            return
        self.choose(others[place].id)


def narrow_comparison(comparison: Comparison, kept: set[int]) -> Comparison:
    """A comparison with those of its findings alone that are kept, by identity of the object."""
    from msgspec import structs

    names = [outcome.value for outcome in Outcome if outcome is not Outcome.UNCHANGED]
    return structs.replace(
        comparison, **{name: tuple(f for f in getattr(comparison, name) if id(f) in kept) for name in names}
    )


def _headline(base: Record, head: Record, comparison: Comparison) -> Content:
    parts: list[str | tuple[str, str]] = [
        ("base ", "dim"), (short(base.id), "bold"), f" {ago(base.started_at)}  →  ", ("head ", "dim"),
        (short(head.id), "bold"), f" {ago(head.started_at)}\n",
    ]  # fmt: skip
    for outcome in Outcome:
        count = comparison.unchanged_count if outcome is Outcome.UNCHANGED else len(comparison.of(outcome))
        parts.append((f"{OUTCOME_WORDS[outcome]} {count}   ", "bold" if count else "dim"))
    return Content.assemble(*parts)
