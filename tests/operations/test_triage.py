"""One decision on several findings is written for all or for none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipesec_tui.history.store import History
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import today
from pipesec_tui.operations.triage import decide_all, decisions, take_back
from tests.history.made import of_files, record

LATER = dt.timedelta(days=9)


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    (tmp_path / "pipesec.toml").write_text('[project]\nname = "shop"\n')
    with History.open() as history:
        return [f.id for f in record(history, of_files({"a.py": "weak(1)\nweak(2)\n"})).findings]


def test_all_are_decided_and_each_can_be_taken_back(tmp_path: Path, names: list[str]) -> None:
    told = decide_all(tmp_path, names, FindingStatus.ACCEPTED, "known", today() + LATER)
    assert told.startswith("2 findings are accepted until")
    assert set(decisions(tmp_path)) == set(names)
    take_back(tmp_path, names[0])
    assert set(decisions(tmp_path)) == {names[1]}


def test_an_unknown_one_leaves_the_file_alone(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(UsageError, match="neither a finding nor a gap"):
        decide_all(tmp_path, [*names, "PS-none"], FindingStatus.ACCEPTED, "known", today() + LATER)
    assert decisions(tmp_path) == {}


def test_a_later_decision_takes_the_place_of_the_earlier(tmp_path: Path, names: list[str]) -> None:
    for state in (FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE):
        decide_all(tmp_path, names[:1], state, "known", today() + LATER)
    assert [entry.state for entry in decisions(tmp_path).values()] == [FindingStatus.FALSE_POSITIVE]
