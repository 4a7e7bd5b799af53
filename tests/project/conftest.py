"""Git repositories for tests. Running git is fine here: they are our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., bytes]


def git_in(folder: Path, *arguments: str, text: bytes | None = None) -> bytes:
    """Runs git with no configuration but the repository's own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, input=text, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """``git("add", ".")`` runs git in ``tmp_path / "repo"``, a fresh repository on branch ``main``."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed; it is needed to make repositories to test with")
    root = tmp_path / "repo"
    root.mkdir()
    git_in(root, "init", "-q", "-b", "main")
    return lambda *arguments, **options: git_in(root, *arguments, **options)


def write(root: Path, *paths: str, text: str = "x\n") -> None:
    """Files with some content, and their folders."""
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
