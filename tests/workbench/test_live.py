"""An assessment from the workbench, with real workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from pipesec_tui.history.store import History, State
from pipesec_tui.model.assessment import CheckRun, CheckStatus
from pipesec_tui.model.events import AssessmentStarted, CheckFinished, CheckProgress, CheckStarted, Progress
from pipesec_tui.operations.session import AssessOptions
from pipesec_tui.workbench.app import Workbench
from pipesec_tui.workbench.live import RUNS, LiveRun
from tests.workbench.conftest import settled, until


@pytest.fixture
def weak(tmp_path: Path) -> Path:
    root = tmp_path / "weak"
    root.mkdir()
    (root / "pipesec.toml").write_text('[project]\nname = "weak"\n')
    (root / "settings.py").write_text('DATABASE_PASSWORD = "Winter-Garden-88"\n')
    return root


def play(root: Path, scenario: object, options: AssessOptions) -> None:
    import asyncio

    app = Workbench(root, options)
    assert callable(scenario)

    async def run() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            await scenario(app, pilot)

    asyncio.run(run())


def test_an_assessment_runs_shows_its_findings_and_is_looked_at(weak: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("r")
        assert app.live is not None
        await until(pilot, lambda: app.live is not None and not app.live.running)
        await until(pilot, lambda: app.context is not None and app.context.current is not None)
        assert app.live.checks["secrets"].state == CheckStatus.OK.value
        assert len(app.live.findings) == 1
        assert app.context is not None
        assert app.context.current is not None
        assert app.context.current.findings == 1

    play(weak, scenario, AssessOptions(only=("secrets",), offline=True))


def test_leaving_gives_the_assessment_up(weak: Path) -> None:
    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await until(pilot, lambda: app.live is not None and app.live.checks)
        await pilot.press("q")
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running)

    play(weak, scenario, AssessOptions(only=("secrets",), offline=True))
    with History.open() as history:
        states = {record.state for record in history.assessments("weak")}
    assert states <= {State.INTERRUPTED, State.COMPLETE}
    assert states


def test_what_cannot_be_assessed_is_one_line(weak: Path) -> None:
    (weak / "pipesec.toml").write_text("[project\n")

    async def scenario(app: Workbench, pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await until(pilot, lambda: app.live is not None and app.live.error is not None)
        assert app.live is not None
        assert "pipesec.toml" in (app.live.error or "")

    play(weak, scenario, AssessOptions(offline=True))


def test_events_become_lines() -> None:
    live = LiveRun(Path(), AssessOptions())
    for event in (
        AssessmentStarted("A-1", "p", ("sast", "secrets")),
        CheckStarted("sast", 10, 4),
        CheckProgress("sast", Progress(3, 6, "etl/\x1b[31mclean.py")),
    ):
        live._take(event)
    assert live.drain()
    line = live.checks["sast"]
    assert (line.state, line.done, line.total) == (RUNS, 3, 6)
    assert "\x1b" not in line.what
    run = CheckRun(id="sast", plugin="x", version="1", status=CheckStatus.FAILED, reason="it died", duration=1.0)
    live._take(CheckFinished(run, 2, 1))
    live.drain()
    assert (line.state, line.what, line.gaps) == ("failed", "it died", 1)
    assert live.checks["secrets"].state == "waits"
    assert not live.drain()
