"""Every command is documented, quick to start, and fails in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from docs import reference
from pipesec_tui.cli.group import COMMANDS, cli
from tests.cli.conftest import Pipesec


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_that_says_what_it_does(pipesec: Pipesec, name: str) -> None:
    said = pipesec(name, "--help")
    assert said.status == 0
    assert "Usage: pipesec" in said.out
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help


def test_the_reference_is_what_the_code_says() -> None:
    """`make docs` brings it up to date. It holds every command, format, hook and rule."""
    assert reference.TARGET.read_text("utf-8") == reference.render()


def test_an_unknown_command_is_wrong_use(pipesec: Pipesec) -> None:
    said = pipesec("asess")
    assert said.status == 2
    assert "asess" in said.err


HEAVY = {
    "semgrep", "textual", "rich", "duckdb", "docker", "jsonschema", "detect_secrets", "jinja2", "dulwich", "pluggy",
    "sqlite_utils", "packaging", "yaml",
}  # fmt: skip


def loaded(*arguments: str) -> set[str]:
    """Modules that a command line imports."""
    code = (
        "import sys, contextlib, io\n"
        f"sys.argv = ['pipesec', *{list(arguments)!r}]\n"
        "from pipesec_tui.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(' '.join(sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_the_version_costs_nothing() -> None:
    ours = {"click", "msgspec", "pluggy", "sqlite3", "importlib.metadata", "typing_extensions"}
    assert not loaded("--version") & ours


@pytest.mark.parametrize("arguments", [("--help",), ("history",), ("findings",), ("assess", "--help")])
def test_light_commands_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded("history")  # makes the database, which costs sqlite_utils once
    assert not loaded(*arguments) & HEAVY


def test_a_full_pipe_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m pipesec_tui.cli.main --help | head -1"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stderr == ""
