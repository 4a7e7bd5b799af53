"""Findings for a list: row numbers of all, and a page of findings at a time."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipesec_tui.history.errors import HistoryError
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column
from pipesec_tui.workbench.wording import SEVERITY_WORDS, STATUS_WORDS, day, line, place

if TYPE_CHECKING:
    from pipesec_tui.history.store import History, Listed

PAGE = 64
_PAGES = 32

COLUMNS = (
    Column(id="priority", title="prio", width=6, right=True, rank=3, sortable=True),
    Column(id="severity", title="severity", width=8, sortable=True),
    Column(id="area", title="area", width=12, rank=5),
    Column(id="rule", title="rule", width=14, grow=1, rank=2, sortable=True),
    Column(id="path", title="where", width=18, grow=2, sortable=True),
    Column(id="title", title="what", width=18, grow=3),
    Column(id="status", title="status", width=10, rank=4, sortable=True),
    Column(id="confidence", title="sure", width=6, rank=7),
    Column(id="stage", title="stage", width=10, rank=8),
    Column(id="first_seen", title="first seen", width=16, rank=9),
    Column(id="id", title="id", width=14, rank=10),
)
HIDDEN = frozenset({"confidence", "stage", "first_seen", "id"})


def cells_of(finding: Finding, decided: FindingStatus | None = None) -> dict[str, Cell]:
    """A finding's cells. ``decided``: a decision that the history does not hold yet."""
    status = decided or finding.status
    words = STATUS_WORDS[status] + (" *" if decided and decided is not finding.status else "")
    if finding.not_assessed:
        words += ", not seen again"
    tone = finding.severity.value
    at = finding.location
    return {
        "priority": Cell("" if finding.priority is None else f"{finding.priority:.1f}", "strong"),
        "severity": Cell(SEVERITY_WORDS[finding.severity], tone),
        "area": Cell(finding.area.value, "quiet"),
        "rule": Cell(line(finding.rule)),
        "path": Cell(place(finding)),
        "title": Cell(line(finding.title)),
        "status": Cell(words, "quiet" if status is not FindingStatus.OPEN else ""),
        "confidence": Cell(finding.confidence.value, "quiet"),
        "stage": Cell(line(at.stage or "")),
        "first_seen": Cell(day(finding.first_seen), "quiet"),
        "id": Cell(line(finding.id), "quiet"),
    }


class FindingRows:
    """Rows of the history, read from the screen's own connection when they are seen. A finding that another process
    has pruned meanwhile is a line that says so."""

    def __init__(self, history: History, keys: array[int], decided: Mapping[str, FindingStatus]) -> None:
        self._history = history
        self.keys = keys
        self._decided = decided
        self._pages: OrderedDict[int, dict[int, Listed]] = OrderedDict()

    def __len__(self) -> int:
        return len(self.keys)

    def key(self, index: int) -> int:
        return self.keys[index]

    def finding(self, index: int) -> Finding | None:
        """The finding of a line; None where it is gone."""
        page = index // PAGE
        if page not in self._pages:
            try:
                self._pages[page] = self._history.listed(self.keys[page * PAGE : (page + 1) * PAGE])
            except HistoryError:
                return None
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        found = self._pages[page].get(self.keys[index])
        return None if found is None else found.finding

    def cells(self, index: int) -> dict[str, Cell]:
        finding = self.finding(index)
        if finding is None:
            return {"title": Cell("(forgotten meanwhile: press R)", "quiet")}
        return cells_of(finding, self._decided.get(finding.id))
