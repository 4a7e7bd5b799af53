"""The list: whatever its length, only what is on screen is read; whatever its text, lines stay lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from pipesec_tui.workbench.themes import SEVERITY_COLORS
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column, ListRows, VirtualTable, fitted
from pipesec_tui.workbench.wording import line

COLUMNS = (
    Column(id="number", title="number", width=8, right=True, sortable=True),
    Column(id="name", title="name", width=10, grow=1, sortable=True),
    Column(id="more", title="more", width=30, rank=1),
)


class Counted:
    """Rows made up as they are asked for; keeps which were."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.read: set[int] = set()

    def __len__(self) -> int:
        return self._count

    def key(self, index: int) -> int:
        return index * 10

    def cells(self, index: int) -> dict[str, Cell]:
        self.read.add(index)
        return {"number": Cell(str(index)), "name": Cell(f"row {index}", "high"), "more": Cell("x")}


class Bench(App[None]):
    def __init__(self, rows: Counted | ListRows) -> None:
        super().__init__()
        self._rows = rows
        self.sorts: list[tuple[str, bool]] = []
        self.selected: list[int] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return SEVERITY_COLORS

    def compose(self) -> ComposeResult:
        yield VirtualTable(COLUMNS, sorted_by="number", empty="Nothing here.\nDo something.")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).show(self._rows)

    def on_virtual_table_sort_wanted(self, event: VirtualTable.SortWanted) -> None:
        self.sorts.append((event.column, event.reverse))

    def on_virtual_table_selected(self, event: VirtualTable.Selected) -> None:
        self.selected.append(event.index)


def play(
    rows: Counted | ListRows, scenario: Callable[[VirtualTable, Pilot[None]], Awaitable[None]], width: int = 80
) -> Bench:
    app = Bench(rows)

    async def run() -> None:
        async with app.run_test(size=(width, 20)) as pilot:
            await pilot.pause()
            await scenario(app.query_one(VirtualTable), pilot)

    asyncio.run(run())
    return app


def text(table: VirtualTable, y: int) -> str:
    return table.render_line(y).text


def test_only_what_is_on_screen_is_read() -> None:
    rows = Counted(100_000)

    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        assert "row 0" in text(table, 1)
        await pilot.press("G")
        assert table.cursor == 99_999
        assert "row 99999" in text(table, 19)
        await pilot.press("g", "pagedown")
        assert table.cursor == 19

    play(rows, scenario)
    assert len(rows.read) < 100


def test_the_cursor_stays_within_the_list_and_in_sight() -> None:
    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        await pilot.press("k")
        assert table.cursor == 0
        for _ in range(30):
            table.action_cursor(1)
        await pilot.pause()
        assert table.cursor == 24
        assert any("row 24" in text(table, y) for y in range(1, 20))

    play(Counted(25), scenario)


def test_marks_follow_their_rows() -> None:
    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        await pilot.press("space", "space")
        assert table.marks == {0, 10}
        assert "●" in text(table, 1)
        table.show(Counted(1))
        assert table.marked() == [0, 10]
        await pilot.press("A")
        assert table.marks == set()
        assert table.marked() == [0]

    play(Counted(50), scenario)


def test_a_click_goes_to_a_line_sorts_by_a_header_and_opens_twice() -> None:
    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        await pilot.click(VirtualTable, offset=(20, 4))
        assert table.cursor == 3
        await pilot.click(VirtualTable, offset=(14, 0))
        await pilot.click(VirtualTable, offset=(4, 0))
        await pilot.click(VirtualTable, offset=(20, 2), times=2)

    app = play(Counted(50), scenario)
    assert app.sorts == [("name", False), ("number", True)]
    assert app.selected == [1]


def test_columns_that_do_not_fit_go_by_rank() -> None:
    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        assert "more" not in text(table, 0)
        assert "name" in text(table, 0)

    play(Counted(5), scenario, width=40)


def test_an_empty_list_says_what_to_do() -> None:
    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        await pilot.press("down", "enter", "space", "G")
        assert "Nothing here." in text(table, 2)
        assert "Do something." in text(table, 3)

    assert play(ListRows(), scenario).selected == []


def test_hostile_text_stays_text_on_its_line() -> None:
    nasty = ["[red]x[/red]", "\x1b[2J\x1b]0;t\x07", "a\u202eb", "日本語" * 40, "line\nbreak", "y" * 10_000]
    rows = ListRows([{"name": Cell(line(each))} for each in nasty])

    async def scenario(table: VirtualTable, pilot: Pilot[None]) -> None:
        for y in range(20):
            strip = table.render_line(y)
            assert strip.cell_length == 80
            assert not any(ord(c) < 32 or c in "\u202e\x7f" for c in strip.text)
        assert "[red]x[/red]" in text(table, 1)

    play(rows, scenario)


@given(st.text(max_size=60), st.integers(1, 40), st.booleans())
def test_a_cell_is_as_wide_as_its_column(raw: str, width: int, right: bool) -> None:
    assert cell_len(fitted(line(raw), width, right)) == width
