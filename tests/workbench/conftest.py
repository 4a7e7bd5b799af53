"""The workbench, driven as a person drives it, on a history of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pipesec_tui.history.store import History
from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.app import Workbench
from tests.history.made import assessed, inventory, numbered, ran, record, rows, weak_lines

Scenario = Callable[[Workbench, Pilot[int]], Awaitable[None]]
Drive = Callable[..., Workbench]

FILES = {
    "etl/clean.py": "import os\nweak(one)\nx = 1\nweak(two)\n",
    "etl/load.py": "weak(three)\n",
    "report/[bold]odd[/bold].py": "weak(four)\n",
}
LATER = {**FILES, "etl/load.py": "strong(three)\n", "etl/new.py": "weak(five)\n"}


def _store(history: History, files: dict[str, str], day: int) -> None:
    findings = [finding for path, text in files.items() for finding in weak_lines(path, text)]
    severities = [Severity.CRITICAL, *Severity]
    from msgspec import structs

    findings = [
        structs.replace(finding, severity=severities[place % 6], priority=9.0 - place)
        for place, finding in enumerate(numbered(findings))
    ]
    urns = [f"file:{path}" for path in files]
    coverage = [*inventory(*files), *rows("sast", *urns)]
    record(history, assessed(findings, [ran("sast", {"eval": 1})], coverage, day))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project named ``shop`` with its files as they were when it was assessed for the second time."""
    root = tmp_path / "shop"
    for path, text in LATER.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (root / "pipesec.toml").write_text(
        '[project]\nname = "shop"\n[[source]]\nname = "orders"\ntrust = "untrusted"\n'
        '[[stage]]\nname = "clean"\nrun = ["python", "clean.py"]\ncwd = "etl"\nreads = ["orders"]\nwrites = ["tidy"]\n'
        '[[dataset]]\nname = "tidy"\n[[sink]]\nname = "lake"\nreads = ["tidy"]\n'
    )
    with History.open() as history:
        _store(history, FILES, 1)
        _store(history, LATER, 2)
    return root


@pytest.fixture
def drive() -> Drive:
    """``drive(root, scenario, size=(120, 40))`` runs the application without a terminal and a scenario on it."""

    def run(root: Path, scenario: Scenario, size: tuple[int, int] = (120, 40)) -> Workbench:
        app = Workbench(root)

        async def play() -> None:
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                await scenario(app, pilot)

        asyncio.run(play())
        return app

    return run


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nothing is being read any more."""
    for _ in range(2):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot[int], holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds; fail where it does not in time."""
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError("it did not come to hold")
