"""pipesec.backlog.toml keeps what people wrote, and names what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipesec_tui.project.backlog_file import BACKLOG_NAME, BacklogError, Plan, load, parse, put


def test_without_a_file_nothing_is_planned(tmp_path: Path) -> None:
    assert load(tmp_path) == {}


def test_what_is_planned_is_read_back(tmp_path: Path) -> None:
    put(tmp_path, Plan(key="PW-1", title="Upgrade", ticket="SEC-1"))
    put(tmp_path, Plan(key="PW-2", sprint="2027-W05"))
    assert load(tmp_path)["PW-1"].ticket == "SEC-1"
    assert load(tmp_path)["PW-2"].sprint == "2027-W05"


def test_a_second_plan_adds_to_the_first_and_keeps_comments(tmp_path: Path) -> None:
    (tmp_path / BACKLOG_NAME).write_text('# ours\n[[item]]\nkey = "PW-1"  # soon\nticket = "SEC-1"\n')
    put(tmp_path, Plan(key="PW-1", sprint="W1"))
    text = (tmp_path / BACKLOG_NAME).read_text()
    assert "# ours" in text
    assert "# soon" in text
    assert load(tmp_path) == {"PW-1": Plan(key="PW-1", ticket="SEC-1", sprint="W1")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[item]]\nkey = "a"\n\n[[item]]\nkey = "a"\n', "pipesec.backlog.toml:5: item[1].key: is there already"),
        ('[[item]]\nticket = "a"\n', 'pipesec.backlog.toml:1: item[0]: needs a "key"'),
        ('[[item]]\nkey = "a"\ntiket = "b"\n', 'item[0].tiket: unknown key; did you mean "ticket"?'),
        ("item = [", "pipesec.backlog.toml:1: is not TOML"),
        ("[[item]]\nkey = 3\n", "item[0].key: must be a text in quotes"),
    ],
)
def test_mistakes_are_told_with_file_line_and_key(text: str, told: str) -> None:
    with pytest.raises(BacklogError) as caught:
        parse(text)
    assert told in str(caught.value)


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / BACKLOG_NAME).write_text("[[item]]\n")
    with pytest.raises(BacklogError):
        put(tmp_path, Plan(key="PW-1", ticket="T"))
    assert (tmp_path / BACKLOG_NAME).read_text() == "[[item]]\n"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / BACKLOG_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BacklogError, match="can't be read"):
        load(tmp_path)
