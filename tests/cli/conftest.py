"""The command line, run in this process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from pipesec_tui.cli.group import run

WEAK = 'DATABASE_PASSWORD = "Winter-Garden-88"\n'


class Said(Struct, frozen=True):
    """What a command line ended with and said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Pipesec = Callable[..., Said]


@pytest.fixture
def pipesec(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Pipesec:
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one hard-coded credential."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "settings.py").write_text(WEAK)
    (root / "pipesec.toml").write_text('[project]\nname = "p"\n')
    return root


def git(root: Path, *arguments: str) -> str:
    """Run git in a repository of the test's own."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    ran = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return ran.stdout.strip()
