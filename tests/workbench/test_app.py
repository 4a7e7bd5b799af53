"""The workbench as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from pipesec_tui.history.store import History
from pipesec_tui.workbench.actions import VIEWS
from pipesec_tui.workbench.app import Workbench
from pipesec_tui.workbench.screens.compare import ComparePage
from pipesec_tui.workbench.screens.dialog import Message
from pipesec_tui.workbench.screens.findings import FindingsPage
from pipesec_tui.workbench.screens.help import Help
from pipesec_tui.workbench.screens.triage import TriageDialog
from pipesec_tui.workbench.themes import CYCLE
from pipesec_tui.workbench.widgets.finding_pane import FindingPane
from pipesec_tui.workbench.widgets.virtual_table import VirtualTable
from tests.workbench.conftest import Drive, settled, until


def shown(app: Workbench) -> str:
    """All that is on screen, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def findings(app: Workbench) -> FindingsPage:
    page = app.page
    assert isinstance(page, FindingsPage)
    return page


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
def test_every_view_opens_at_any_size(drive: Drive, shop: Path, size: tuple[int, int]) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        for view in VIEWS:
            await app.action_view(view.name)
            await settled(pilot)
            assert app.page is not None
            assert view.name == app.page.VIEW

    drive(shop, scenario, size)


def test_the_overview_says_how_things_stand(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        text = shown(app)
        assert "4 open" in text
        assert "+ 1 new" in text
        assert "- 1 fixed" in text
        assert "C CRIT" in text
        assert "This is the first one" not in text

    drive(shop, scenario)


def test_a_project_without_assessments_is_told_what_to_do(drive: Drive, tmp_path: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        assert "Press r to assess it now" in shown(app)
        for key in "2357":
            await pilot.press(key, "enter", "space", "e")
            await settled(pilot)
        assert app.page is app.screen

    drive(tmp_path, scenario)


def test_typing_a_filter_narrows_the_list_and_a_wrong_one_is_explained(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2")
        await settled(pilot)
        page = findings(app)
        assert len(page.table.rows) == 4
        await pilot.press("slash")
        page.query_one("#filter", Input).value = "path:etl/ new"
        await until(pilot, lambda: len(page.table.rows) == 1)
        page.query_one("#filter", Input).value = "severity>=bad"
        await until(pilot, lambda: "none of critical" in shown(app))
        assert len(page.table.rows) == 1
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(page.table.rows) == 4)

    drive(shop, scenario)


def test_the_pane_shows_code_way_and_history_of_the_finding(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2")
        await settled(pilot)
        pane = app.screen.query_one("#pane", FindingPane)
        await until(pilot, lambda: pane.details is not None)
        text = str(pane.query_one(Static).content)
        assert "weak(one)" in text
        assert "+ new" in text
        assert "Why this priority" in text

    drive(shop, scenario)


def test_markup_in_a_path_is_text(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        app.show_findings("path:report/")
        await settled(pilot)
        await until(pilot, lambda: "report/[bold]odd[/bold].py:1" in shown(app))

    drive(shop, scenario, (200, 40))


def test_a_decision_wants_a_reason_counts_at_once_and_can_be_undone(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2")
        await settled(pilot)
        page = findings(app)
        await pilot.press("space", "space", "t")
        await until(pilot, lambda: isinstance(app.screen, TriageDialog))
        await pilot.press("enter")
        assert "Say why" in shown(app)
        app.screen.query_one("#reason", Input).value = "known"
        await pilot.press("enter")
        await until(pilot, lambda: len(page.table.rows) == 2)
        assert (shop / "pipesec.triage.toml").read_text().count("known") == 2
        page.narrow("status:accepted")
        await until(pilot, lambda: "accepted *" in shown(app))
        assert len(page.table.rows) == 2
        await pilot.press("u")
        await until(pilot, lambda: len(page.table.rows) == 0)
        assert "known" not in (shop / "pipesec.triage.toml").read_text()

    drive(shop, scenario, (200, 40))


def test_a_decision_on_an_older_assessment_is_refused(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2", "less_than_sign")
        await settled(pilot)
        assert "older assessment" in shown(app)
        await pilot.press("t")
        assert app.screen is app.page

    drive(shop, scenario, (200, 40))


def test_compare_shows_what_changed_and_exports_it(drive: Drive, shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "diff.json"

    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("5")
        await settled(pilot)
        page = app.page
        assert isinstance(page, ComparePage)
        table = page.query_one("#changes", VirtualTable)
        assert len(table.rows) == 3
        page.query_one("#filter", Input).value = "outcome:new"
        await until(pilot, lambda: len(table.rows) == 1)
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("down", "enter")
        app.screen.query_one("#path", Input).value = str(target)
        app.screen.query_one("#path").focus()
        await pilot.press("enter")
        await until(pilot, target.exists)

    drive(shop, scenario)
    document = json.loads(target.read_text())
    assert document["schema"] == "pipesec.diff/1"
    assert [len(document[name]) for name in ("new", "fixed", "changed")] == [1, 0, 0]


def test_the_export_of_findings_holds_what_is_on_screen(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        app.show_findings("path:etl/clean.py")
        await settled(pilot)
        page, context = findings(app), app.context
        assert context is not None
        with History.open() as history:
            document = page.document(history, context)
        assert {finding.location.path for finding in document.findings} == {"etl/clean.py"}
        assert len(document.findings) == 2

    drive(shop, scenario)


def test_two_marked_assessments_are_compared(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("space", "space", "d")
        await settled(pilot)
        assert isinstance(app.page, ComparePage)
        assert "+ new 1" in shown(app)

    drive(shop, scenario)


def test_an_assessment_that_is_forgotten_meanwhile_is_a_line_and_no_end(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2", "less_than_sign")
        await settled(pilot)
        with History.open() as history:
            history.prune(keep=1)
        page = findings(app)
        await pilot.press("G", "g", "R")
        await settled(pilot)
        await until(pilot, lambda: app.context is not None and app.context.is_latest)
        assert app.is_running
        assert len(page.table.rows) == 4

    drive(shop, scenario)


def test_an_error_in_a_thread_is_a_message(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        def broken() -> None:
            raise RuntimeError("the [disk] is full")

        app.job("saving", broken, lambda _: None)
        await until(pilot, lambda: isinstance(app.screen, Message))
        await until(pilot, lambda: "the [disk] is full" in shown(app))
        await pilot.press("escape")
        assert app.screen is app.page

    drive(shop, scenario)


def test_help_tells_the_keys_of_the_view_at_hand(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("2", "question_mark")
        assert isinstance(app.screen, Help)
        assert "Decide on the marked findings" in shown(app)
        await pilot.press("escape", "q")

    assert drive(shop, scenario).return_code == 0


def test_keys_of_the_user_count(drive: Drive, shop: Path, pipesec_home: Path) -> None:
    (pipesec_home / "keys.toml").write_text('[keys]\n"anywhere.findings" = "w"\n')

    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("w")
        assert findings(app).is_current

    drive(shop, scenario)


def test_every_theme_can_be_chosen_and_severity_is_a_word_in_all(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        for _ in CYCLE:
            await pilot.press("T")
            await pilot.pause()
            assert "C CRIT" in shown(app)

    drive(shop, scenario)


def test_a_finding_leads_to_its_place_in_the_flow(drive: Drive, shop: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("3")
        await settled(pilot)
        text = shown(app)
        assert "orders" in text
        assert "clean C2" in text

    drive(shop, scenario)
