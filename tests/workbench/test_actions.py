"""Keys, help, palette and reference come from one registry, and it is sound."""

from __future__ import annotations

import pytest

from docs import reference
from pipesec_tui.workbench.actions import ACTIONS, ANYWHERE, DIALOGS, LISTS, VIEWS, Action, clashes, of
from pipesec_tui.workbench.app import Workbench
from pipesec_tui.workbench.screens.dialog import Dialog
from pipesec_tui.workbench.widgets.virtual_table import VirtualTable

OWNERS = {LISTS: VirtualTable, DIALOGS: Dialog, ANYWHERE: Workbench}


def test_no_two_actions_want_one_key_in_one_place() -> None:
    assert clashes() == []


def test_a_key_given_twice_is_told() -> None:
    assert clashes({"findings.triage": "q"}) == ["q: findings.triage and anywhere.quit both want it"]


def test_ids_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_there_and_says_what_it_does(action: Action) -> None:
    owner = Workbench if action.does.startswith("app.") else OWNERS.get(action.place)
    if owner is None:
        make = Workbench.MODES[action.place]
        assert callable(make)
        owner = type(make())
    name = action.does.removeprefix("app.").partition("(")[0]
    assert callable(getattr(owner, f"action_{name}"))
    assert action.tells.endswith(".")


def test_every_view_has_a_key_and_a_screen() -> None:
    assert [view.name for view in VIEWS if view.name not in Workbench.MODES] == []
    assert {f"{ANYWHERE}.{view.name}" for view in VIEWS} <= {action.id for action in of(ANYWHERE)}


def test_the_page_on_keys_is_what_the_registry_says() -> None:
    """`make docs` brings it up to date."""
    assert reference.KEYS.read_text("utf-8") == reference.render_keys()
