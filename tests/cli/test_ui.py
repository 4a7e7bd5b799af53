"""The workbench needs a terminal; where there is none, its command says what to use instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipesec_tui.cli import ui
from tests.cli.conftest import Pipesec


def test_without_a_terminal_it_is_refused_with_what_to_use(pipesec: Pipesec, project: Path) -> None:
    said = pipesec("ui", project)
    assert said.status == 2
    assert "needs a terminal" in said.err
    assert "pipesec assess" in said.err


def test_a_folder_that_is_not_there_is_told(pipesec: Pipesec, tmp_path: Path) -> None:
    assert "there is no such folder" in pipesec("ui", tmp_path / "gone").err


def test_pipesec_alone_prints_help_without_a_terminal(pipesec: Pipesec) -> None:
    said = pipesec()
    assert said.status == 0
    assert "Usage: pipesec" in said.out


def test_a_dumb_terminal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert "can't move its cursor" in (ui.no_terminal() or "")
    monkeypatch.setenv("TERM", "xterm")
    assert ui.no_terminal() is None
