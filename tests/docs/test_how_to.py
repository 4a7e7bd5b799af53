"""Every command of docs/how-to.md works, in the order of the page; README's two commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pipesec_tui.cli.group import run
from pipesec_tui.demo import advisories

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to.md").read_text("utf-8")


def commands() -> list[str]:
    """The lines of the page's code blocks."""
    return re.findall(r"^ {4}(pipesec .+)$", PAGE, re.MULTILINE)


def test_the_page_shows_commands() -> None:
    assert len(commands()) > 12


def test_every_command_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    project = tmp_path / "project"
    project.mkdir()
    (project / "settings.py").write_text('DATABASE_PASSWORD = "Winter-Garden-88"\n')
    monkeypatch.chdir(project)
    assert run(["advisories", "import", str(advisories())]) == 0
    for command in commands():
        arguments = shlex.split(command)[1:]
        if arguments[0] == "assess" and "--offline" not in arguments:
            arguments.append("--offline")
        assert run(arguments) == 0, command


def test_the_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = re.findall(r"^ {4}make (\w+)", readme, re.MULTILINE)
    assert targets == ["demo", "test"]
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
