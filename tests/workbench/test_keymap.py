"""The user's own keys count where they can be understood, and never stop the workbench."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipesec_tui.workbench import keymap


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "keys.toml") == keymap.Keymap({})


def test_keys_are_taken_by_action(pipesec_home: Path) -> None:
    (pipesec_home / "keys.toml").write_text('[keys]\n"findings.triage" = "ctrl+t"\n')
    assert keymap.load() == keymap.Keymap({"findings.triage": "ctrl+t"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[keys\n", "the usual keys are in use"),
        ("[keys]\nq = 3\n", "the usual keys are in use"),
        ('[keys]\n"findings.fly" = "w"\n', "there is no action 'findings.fly'"),
        ('[keys]\n"findings.triage" = "y"\n', "both want it"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    assert told in keymap.load(path).problems[0]
