"""A list of any length: only the lines on screen are read and drawn.

Textual's DataTable measures every cell of every row when it is filled, which takes seconds for 100,000 rows; here a
row costs nothing until it is seen.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain
from typing import ClassVar, NamedTuple, Protocol

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pipesec_tui.workbench.actions import LISTS, bindings

_GAP = 2
_MARGIN = 2
_CURSOR = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
TONES = ("critical", "high", "medium", "low", "info", "good", "bad", "quiet", "strong")


class Cell(NamedTuple):
    """One cell. ``tone`` is one of ``TONES``, or empty; the text must be safe for a terminal and say the same."""

    text: str
    tone: str = ""


class Column(Struct, frozen=True, kw_only=True):
    """One column.

    width -- cells at least; ``grow`` is its share of what is left over
    rank  -- columns of higher rank go first where there is no room; 0 stays
    """

    id: str
    title: str
    width: int
    grow: int = 0
    right: bool = False
    rank: int = 0
    sortable: bool = False


class Rows(Protocol):
    """Where a list gets its rows from."""

    def __len__(self) -> int: ...
    def key(self, index: int) -> Hashable:
        """What stays the same of a row while others come and go."""

    def cells(self, index: int) -> dict[str, Cell]:
        """A row's cells by column."""


class ListRows:
    """Rows that are in memory already."""

    def __init__(self, rows: Sequence[dict[str, Cell]] = (), keys: Sequence[Hashable] | None = None) -> None:
        self._rows = rows
        self._keys = keys

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> Hashable:
        return index if self._keys is None else self._keys[index]

    def cells(self, index: int) -> dict[str, Cell]:
        return self._rows[index]


class VirtualTable(ScrollView, can_focus=True):
    """The list itself. Line 0 is the header and does not scroll."""

    BINDINGS = bindings(LISTS)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header", "table--cursor", "table--cursor-blurred", "table--mark", *(f"table--{tone}" for tone in TONES),
    }  # fmt: skip
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; min-height: 3; background: $background; color: $foreground; scrollbar-size-horizontal: 1;
        & > .table--header { background: $panel; color: $foreground; text-style: bold; }
        & > .table--cursor { background: $primary 35%; text-style: bold; }
        & > .table--cursor-blurred { background: $panel; }
        & > .table--mark { color: $accent; text-style: bold; }
        & > .table--critical { color: $severity-critical; text-style: bold; }
        & > .table--high { color: $severity-high; }
        & > .table--medium { color: $severity-medium; }
        & > .table--low { color: $severity-low; }
        & > .table--info { color: $severity-info; }
        & > .table--good { color: $success; }
        & > .table--bad { color: $error; }
        & > .table--quiet { color: $foreground 60%; }
        & > .table--strong { text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(0)

    class Highlighted(Message):
        """The cursor came to a line, or other rows came under it; ``index`` is -1 in an empty list."""

        def __init__(self, table: VirtualTable, index: int) -> None:
            super().__init__()
            self.table = table
            self.index = index

        @property
        def control(self) -> VirtualTable:
            return self.table

    class Selected(Highlighted):
        """Enter or a double click on a line."""

    class SortWanted(Message):
        """The user wants the list by a column; ``reverse`` turned around."""

        def __init__(self, table: VirtualTable, column: str, reverse: bool) -> None:
            super().__init__()
            self.table = table
            self.column = column
            self.reverse = reverse

        @property
        def control(self) -> VirtualTable:
            return self.table

    class Marked(Message):
        """Marks came or went."""

        def __init__(self, table: VirtualTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> VirtualTable:
            return self.table

    def __init__(
        self, columns: Sequence[Column], *, sorted_by: str | None = None, empty: str = "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.hidden: frozenset[str] = frozenset()
        self.sorted_by = sorted_by
        self.reverse = False
        self.empty = empty
        self.marks: set[Hashable] = set()
        self._rows: Rows = ListRows()
        self._layout: list[tuple[Column, int]] = []
        self._strips: LRUCache[tuple[int, bool, bool, bool], Strip] = LRUCache(1024)
        self._styles: dict[str, Style] = {}

    @property
    def rows(self) -> Rows:
        return self._rows

    def show(self, rows: Rows, *, keep: bool = True) -> None:
        """Show other rows. ``keep``: the cursor stays on the row that has the same key near where it was, else in its
        place; marks of rows stay."""
        key = self._rows.key(self.cursor) if keep and 0 <= self.cursor < len(self._rows) else None
        self._rows = rows
        self._strips.clear()
        self._fit()
        index: int = self._find(key) if key is not None else 0
        before = self.cursor
        self.cursor = max(0, min(index, len(rows) - 1))
        self.refresh()
        if before == self.cursor:
            self._tell()

    def redraw(self) -> None:
        """Read all rows on screen again."""
        self._strips.clear()
        self.refresh()

    def choose(self, hidden: frozenset[str]) -> None:
        """Hide some columns."""
        self.hidden = hidden
        self._fit()
        self.redraw()

    def marked(self) -> list[Hashable]:
        """Keys of the marked rows; of the row under the cursor where none is marked."""
        if self.marks:
            return list(self.marks)
        return [self._rows.key(self.cursor)] if len(self._rows) else []

    def clear_marks(self) -> bool:
        """Take all marks away; whether there were any."""
        had = bool(self.marks)
        self.marks = set()
        if had:
            self.redraw()
            self.post_message(self.Marked(self))
        return had

    def _find(self, key: Hashable) -> int:
        """Where a row is now; looked for among the first thousand and around where it was, else the same place."""
        count = len(self._rows)
        here: int = min(self.cursor, max(0, count - 1))
        near = range(max(0, here - 200), min(count, here + 200))
        for index in chain(near, range(min(count, 1000))):
            if self._rows.key(index) == key:
                return index
        return here

    def _fit(self) -> None:
        """Lay out the columns in the width at hand."""
        width = self.outer_size.width - self.gutter.width
        if len(self._rows) + 1 > self.outer_size.height - self.gutter.height:
            width -= self.scrollbar_size_vertical  # it is going to be there, and may not be yet
        shown = [column for column in self.columns if column.id not in self.hidden]

        def needed() -> int:
            return _MARGIN + sum(column.width + _GAP for column in shown)

        while needed() > width and any(column.rank for column in shown):
            shown.remove(max(shown, key=lambda column: column.rank))
        spare = max(0, width - needed())
        shares = sum(column.grow for column in shown) or 1
        self._layout = [(column, column.width + spare * column.grow // shares) for column in shown]
        total = _MARGIN + sum(size + _GAP for _, size in self._layout)
        # A scrollbar that comes and goes with the other one's room would stay for nothing.
        self.styles.overflow_x = "auto" if total > width else "hidden"
        self.virtual_size = Size(max(total, width, 1), len(self._rows) + 1)
        self._strips.clear()

    def on_resize(self) -> None:
        self._fit()
        self._reveal()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        left = self.scroll_offset.x
        if y == 0:
            return self._header().crop_extend(left, left + width, self._style("table--header"))
        index = self.scroll_offset.y + y - 1
        if index >= len(self._rows):
            if not len(self._rows) and y - 2 >= 0 and y - 2 < len(lines := self.empty.splitlines()):
                return Strip([Segment("  " + lines[y - 2], self._style("table--quiet"))]).crop_extend(
                    0, width, self.rich_style
                )
            return Strip.blank(width, self.rich_style)
        at_cursor = index == self.cursor
        key = (index, at_cursor, self.has_focus, bool(self.marks) and self._rows.key(index) in self.marks)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._draw(index, at_cursor, key[3])
        return strip.crop_extend(left, left + width, self._base(at_cursor))

    def _base(self, at_cursor: bool) -> Style:
        if not at_cursor:
            return self.rich_style
        return self.rich_style + self._style("table--cursor" if self.has_focus else "table--cursor-blurred")

    def _draw(self, index: int, at_cursor: bool, marked: bool) -> Strip:
        base = self._base(at_cursor)
        cells = self._rows.cells(index)
        sign = (_CURSOR if at_cursor else " ") + ("●" if marked else " ")
        segments = [Segment(sign, base + self._tone("mark") if at_cursor or marked else base)]
        for column, size in self._layout:
            cell = cells.get(column.id, Cell(""))
            text = fitted(cell.text, size, column.right) + " " * _GAP
            segments.append(Segment(text, base + self._tone(cell.tone) if cell.tone else base))
        return Strip(segments)

    def _header(self) -> Strip:
        style = self._style("table--header")
        parts = [" " * _MARGIN]
        for column, size in self._layout:
            title = column.title
            if column.id == self.sorted_by:
                title += " ▲" if self.reverse else " ▼"
            parts.append(fitted(title, size, column.right) + " " * _GAP)
        return Strip([Segment("".join(parts), style)])

    def _tone(self, tone: str) -> Style:
        """A tone's color and weight, without its background: that is the line's."""
        name = f"tone {tone}"
        if name not in self._styles:
            full = self.get_component_rich_style(f"table--{tone}", partial=True)
            self._styles[name] = Style(color=full.color, bold=full.bold)
        return self._styles[name]

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(name)
        return self._styles[name]

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._rows) - 1))

    def watch_cursor(self, before: int, now: int) -> None:
        for index in (before, now):
            self.refresh_line(index + 1)
        self._reveal()
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.Highlighted(self, self.cursor if len(self._rows) else -1))

    def _screenful(self) -> int:
        height = int(self.scrollable_content_region.height)
        return max(1, height - 1)

    def _reveal(self) -> None:
        top = self.scroll_offset.y
        last = top + self._screenful() - 1
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor > last:
            self.scroll_to(y=self.cursor - self._screenful() + 1, animate=False, immediate=True)

    def action_cursor(self, step: int) -> None:
        self.cursor += step

    def action_page(self, step: int) -> None:
        self.cursor += step * self._screenful()

    def action_end(self, which: int) -> None:
        self.cursor = len(self._rows) - 1 if which else 0

    def action_sideways(self, step: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + 8 * step, animate=False, immediate=True)

    def action_select(self) -> None:
        if len(self._rows):
            self.post_message(self.Selected(self, self.cursor))

    def action_mark(self) -> None:
        if len(self._rows):
            self.marks ^= {self._rows.key(self.cursor)}
            self.redraw()
            self.post_message(self.Marked(self))
            self.cursor += 1

    def action_mark_all(self) -> None:
        if not self.clear_marks():
            self.marks = {self._rows.key(index) for index in range(len(self._rows))}
            self.redraw()
            self.post_message(self.Marked(self))

    def action_sort(self) -> None:
        sortable = [column.id for column in self.columns if column.sortable]
        if sortable:
            place = sortable.index(self.sorted_by) + 1 if self.sorted_by in sortable else 0
            self.post_message(self.SortWanted(self, sortable[place % len(sortable)], False))

    def action_turn(self) -> None:
        if self.sorted_by is not None:
            self.post_message(self.SortWanted(self, self.sorted_by, not self.reverse))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            column = self._column_at(offset.x + self.scroll_offset.x)
            if column is not None and column.sortable:
                again = column.id == self.sorted_by
                self.post_message(self.SortWanted(self, column.id, again and not self.reverse))
            return
        index = self.scroll_offset.y + offset.y - 1
        if index >= len(self._rows):
            return
        self.cursor = index
        if event.ctrl or event.shift or offset.x + self.scroll_offset.x < _MARGIN:
            self.marks ^= {self._rows.key(index)}
            self.redraw()
            self.post_message(self.Marked(self))
        elif event.chain == 2:
            self.post_message(self.Selected(self, index))

    def _column_at(self, x: int) -> Column | None:
        edge = _MARGIN
        for column, size in self._layout:
            edge += size + _GAP
            if x < edge:
                return column
        return None


def fitted(text: str, width: int, right: bool = False) -> str:
    """Text in exactly ``width`` cells; what is cut off ends in …"""
    size = len(text) if text.isascii() else cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    return " " * (width - size) + text if right else text + " " * (width - size)
