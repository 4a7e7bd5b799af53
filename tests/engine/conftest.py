"""A way to run checks of `tests.engine.hostile` through the whole engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

import pytest

from pipesec_tui import Area, CheckSpec, Confidence, RuleSpec, Severity
from pipesec_tui.engine.plan import make_plan
from pipesec_tui.engine.run import Engine, Settings
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.events import AssessmentFinished, Event
from pipesec_tui.model.files import Inventory
from pipesec_tui.model.project import Project
from pipesec_tui.plugin.registry import Plugin, PluginState, Registry
from pipesec_tui.plugin.spec import PluginInfo, PluginSpecs
from tests.conftest import entries


def check(name: str, function: str | None = None, **settings: object) -> CheckSpec:
    """A check that runs a function of `tests.engine.hostile`."""
    spec = {"scope": "file", "timeout": 20.0, **settings}
    run = f"tests.engine.hostile:{function or name}"
    return CheckSpec(id=name, area=Area.SAST, title=name, run=run, **spec)  # type: ignore[arg-type]


def rule(name: str, **settings: object) -> RuleSpec:
    return RuleSpec(
        id=name, title=name, severity=Severity.HIGH, confidence=Confidence.HIGH, why="because", remedy="don't",
        **settings,  # type: ignore[arg-type]
    )  # fmt: skip


def registry(*checks: CheckSpec, stamp: str = "1", rules: Sequence[RuleSpec] | None = None) -> Registry:
    declared = tuple(rules) if rules is not None else (rule("weak"), rule("echo"))
    owned = tuple((spec.id, one) for spec in checks for one in declared)
    specs = PluginSpecs(info=PluginInfo(name="test", version="1"), checks=checks, rules=owned)
    plugin = Plugin(
        name="test", distribution="test", version="1", shipped=True, state=PluginState.LOADED, specs=specs, stamp=stamp
    )
    return Registry((plugin,))


def inventory(root: Path) -> Inventory:
    files = entries(root)
    rows = tuple(Coverage(check=INVENTORY, asset=f"file:{file.path}", status=CoverageStatus.OK) for file in files)
    return Inventory(root=str(root), files=files, coverage=rows)


class Ran:
    """What a run of the engine told."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        last = events[-1]
        assert isinstance(last, AssessmentFinished)
        self.assessment: Assessment = last.assessment
        self.checks = {run.id: run for run in self.assessment.assessment.checks}

    def coverage(self, check: str) -> dict[str, tuple[str, str | None]]:
        return {row.asset: (row.status.value, row.reason) for row in self.assessment.coverage if row.check == check}

    def found(self, check: str) -> list[tuple[str | None, int | None]]:
        seen = [finding for finding in self.assessment.findings if finding.check == check]
        return [(finding.location.path, finding.location.start_line) for finding in seen]


RunEngine = Callable[..., Ran]


@pytest.fixture
def run_engine(pipesec_home: Path) -> RunEngine:
    def run(
        root: Path, found: Registry, *, only: Sequence[str] = (), skip: Sequence[str] = (),
        settings: Settings | None = None, executor: Executor | None = None, consent: bool = False,
    ) -> Ran:  # fmt: skip
        files = inventory(root)
        plan = make_plan(found, Project(), files, only=only, skip=skip, consent=consent)
        engine = Engine(plan, Project(), files, id="A-1", name="test", settings=settings, executor=executor)
        return Ran(list(engine.events()))

    return run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two files, one of them weak in two lines."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text("fine = 1\nweak = 2\n\ndef f():\n    weak = 3\n")
    (root / "b.py").write_text("fine = 1\n")
    return root
