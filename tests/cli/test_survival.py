"""kill -9 at any moment of `pipesec assess` leaves an intact history, no part of an assessment, and nothing running."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import WEAK

MOMENTS = int(os.environ.get("PIPESEC_TEST_KILLS", "8"))
COMMAND = [sys.executable, "-m", "pipesec_tui.cli.main"]


def pipesec(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PIPESEC_HOME": str(home)}
    return subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)


def workers_of(home: Path) -> list[str]:
    """Command lines of processes that work for a state directory."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if f"PIPESEC_HOME={home}".encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_kill_at_any_moment_leaves_an_intact_history_and_no_part_of_an_assessment(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    for number in range(60):
        (project / f"file_{number}.py").write_text(WEAK + "x = 1\n" * 50)
    assess = ["assess", str(project), "--only", "secrets", "--offline", "--format", "json"]
    started = time.monotonic()
    first = pipesec(home, *assess)
    assert first.returncode == 0, first.stderr
    took = time.monotonic() - started
    chance = random.Random(5)
    finished = 1
    for moment in range(MOMENTS):
        (project / "changing.py").write_text(f"# {moment}\n{WEAK}")
        environment = os.environ | {"PIPESEC_HOME": str(home)}
        process = subprocess.Popen(
            [*COMMAND, *assess], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.05, took * 1.1))
        process.send_signal(signal.SIGKILL)
        finished += process.wait() == 0
        checked = pipesec(home, "db", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        listed = json.loads(pipesec(home, "history", str(project), "--limit", "999", "--format", "json").stdout)
        whole = [record for record in listed if record["findings"] is not None]
        # A kill after the commit and before the end of the process leaves one more.
        assert finished <= len(whole) <= finished + 1
        finished = len(whole)
        assert all(record["state"] == "interrupted" for record in listed if record["findings"] is None)
        assert {record["findings"] for record in whole} <= {60, 61}
    last = pipesec(home, *assess)
    assert last.returncode == 0, last.stderr
    deadline = time.monotonic() + 5
    while workers_of(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers_of(home) == []
