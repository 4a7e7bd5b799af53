"""What tests share: a state directory of their own, and a way to run one check without an engine around it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module, resources
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import settings

from pipesec_tui import CheckSpec, Component, Coverage, Files, Lineage, RuleSpec, Upstream
from pipesec_tui.engine.emit import FrameEmit
from pipesec_tui.engine.request import Request, WorkerRequest
from pipesec_tui.model.assessment import DataVersion
from pipesec_tui.model.events import ComponentSeen, Covered, DataUsed, Frame, LineageSeen, Observed
from pipesec_tui.model.files import FileEntry
from pipesec_tui.model.observation import Observation
from pipesec_tui.model.project import Options, Project

# The same examples at every run: a test says the same of the same code. Quick machines and slow ones alike.
settings.register_profile("deterministic", derandomize=True, deadline=None)
settings.load_profile("deterministic")


@pytest.fixture(autouse=True)
def pipesec_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a state directory of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PIPESEC_HOME", str(home))
    return home


class CheckResult:
    """What a check said, by kind."""

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.observations: list[Observation] = [f.observation for f in frames if isinstance(f, Observed)]
        self.coverage: list[Coverage] = [f.coverage for f in frames if isinstance(f, Covered)]
        self.components: list[Component] = [f.component for f in frames if isinstance(f, ComponentSeen)]
        self.data: list[DataVersion] = [f.data for f in frames if isinstance(f, DataUsed)]
        self.lineage: list[Lineage] = [f.lineage for f in frames if isinstance(f, LineageSeen)]

    def rules(self) -> list[str]:
        return [observation.rule for observation in self.observations]

    def covered(self, asset: str) -> str | None:
        found = [row.status.value for row in self.coverage if row.asset == asset]
        return found[-1] if found else None


RunCheck = Callable[..., CheckResult]


def load_rules(spec: CheckSpec) -> tuple[RuleSpec, ...]:
    """The rules in a check's rules file."""
    if spec.rules is None:
        return ()
    package, _, name = spec.rules.partition(":")
    text = resources.files(package).joinpath(name).read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[RuleSpec, ...])


def entries(root: Path) -> tuple[FileEntry, ...]:
    """All files below a folder, as an inventory would list them."""
    found = []
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        status = path.stat()
        name = path.relative_to(root).as_posix()
        found.append(
            FileEntry(path=name, size=status.st_size, mtime_ns=status.st_mtime_ns, digest=f"{name}{status.st_mtime_ns}")
        )
    return tuple(found)


@pytest.fixture
def run_check(tmp_path_factory: pytest.TempPathFactory, pipesec_home: Path) -> RunCheck:
    """``run_check(spec, root, options=…, offline=…)`` runs one check on all files below a folder, in this process."""

    def run(
        spec: CheckSpec, root: Path, options: Options | None = None, *, offline: bool = True, online: bool = False,
        project: Project | None = None, upstream: dict[str, Upstream] | None = None,
    ) -> CheckResult:  # fmt: skip
        files = entries(root)
        if spec.files:
            files = tuple(Files(str(root), files).match(*spec.files))
        rules = load_rules(spec)
        wire = WorkerRequest(
            check=spec.id, run=spec.run, root=str(root), project=project or Project(), files=files,
            options=options or {}, rules=rules, data_dir=str(pipesec_home / "data" / (spec.data or spec.id)),
            offline=offline, online=online,
            upstream=dict.fromkeys(spec.needs, Upstream()) | (upstream or {}),
        )  # fmt: skip
        request = Request(wire, tmp_path_factory.mktemp("workdir"))
        frames: list[Frame] = []
        module, _, function = spec.run.partition(":")
        emit = FrameEmit(spec.id, {rule.id: rule for rule in rules}, request.files, frames.append)
        getattr(import_module(module), function)(request, emit)
        return CheckResult(frames)

    return run
