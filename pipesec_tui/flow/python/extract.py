"""What all Python of a project reads and writes, by stage: scripts, tasks of orchestrators, functions nobody calls."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from pipesec_tui.flow.catalogue import Catalogue
from pipesec_tui.flow.effects import Effects
from pipesec_tui.flow.facts import AccessFact, Extraction, RunFact, StageFact
from pipesec_tui.flow.python.syntax import Function, ModuleSummary
from pipesec_tui.flow.resolve import Follower, Frame, Module, SqlReader
from pipesec_tui.flow.resolve_io import Arguments
from pipesec_tui.flow.resolve_settings import Reader
from pipesec_tui.flow.values import CERTAINTY, ClassValue, Closure, Instance, Value
from pipesec_tui.model.lineage import Where

MAX_RUNS = 24
"""Runs of one script with different arguments that are followed."""


class PythonFacts(Struct, frozen=True, kw_only=True):
    """What Python tells, and how much of it could be told.

    unread -- places where SQL was run whose text isn't known, or could not be read
    cut    -- calls that were not followed, for depth or number
    """

    extraction: Extraction
    unread: tuple[Where, ...] = ()
    cut: int = 0


def extract_python(
    summaries: Iterable[ModuleSummary],
    catalogue: Catalogue,
    *,
    read: Reader = lambda path: None,
    environment: Mapping[str, str] | None = None,
    runs: Sequence[RunFact] = (),
    sql: SqlReader | None = None,
) -> PythonFacts:
    """Accesses of all modules.

    read        -- content of a configuration file of the project by its path, or None
    environment -- what is known of the environment that code runs in
    runs        -- what declarations tell of how scripts are run; the first ones of a script count most
    sql         -- reads SQL texts; without one they are counted as unread
    """
    return _Extractor(Follower(summaries, catalogue, read, environment or {}, sql), runs).all()


class _Extractor:
    def __init__(self, follower: Follower, runs: Sequence[RunFact]) -> None:
        self._follower = follower
        self._runs = list(runs)
        self._effects: dict[str, Effects] = {}
        self._stages: dict[str, StageFact] = {}
        self._instances: dict[int, Instance] = {}

    def all(self) -> PythonFacts:
        follower = self._follower
        modules = [module for module in follower.modules.values() if module.summary.problem is None]
        for module in modules:
            follower.body(module)
        own = list(self._own_runs(modules))
        by_module = self._by_module([*self._runs, *own])
        for module in modules:
            runs = by_module.get(module.path)
            if runs:
                self._run(module, runs)
            else:
                self._add(_stage_of(module), module.effects)
        for module in modules:
            self._leftovers(module)
        return self._facts()

    def _own_runs(self, modules: Sequence[Module]) -> Iterable[RunFact]:
        """Runs that Python itself starts: ``subprocess``, operators."""
        for module in modules:
            for run in module.effects.runs:
                yield RunFact(stage=run.stage or "", target=run.target, arguments=dict(run.arguments), where=run.where)

    def _by_module(self, runs: Sequence[RunFact]) -> dict[str, list[RunFact]]:
        """Runs by the script that they run. Where a declared or orchestrated stage runs it, mere calls don't count."""
        found: dict[str, list[RunFact]] = {}
        for run in runs:
            module = self._target(run)
            if module is not None:
                found.setdefault(module.path, []).append(run)
        return {path: [run for run in rows if run.stage == _first_kind(rows)] if not _first_kind(rows) else rows
                for path, rows in found.items()}  # fmt: skip

    def _target(self, run: RunFact) -> Module | None:
        modules = self._follower.modules
        folder = posixpath.dirname(run.where.path)
        target = run.target.removeprefix("./")
        names = [target, target.replace(".", "/") + ".py"] if not target.endswith(".py") else [target]
        for name in names:
            for candidate in (posixpath.normpath(posixpath.join(folder, name)), posixpath.normpath(name.lstrip("/"))):
                if candidate in modules:
                    return modules[candidate]
        # A path inside of a container: the file whose path is the longest end of it.
        parts = target.strip("/").split("/")
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            matching = [module for path, module in modules.items() if path == tail or path.endswith("/" + tail)]
            if len(matching) == 1:
                return matching[0]
        return None

    def _run(self, module: Module, runs: Sequence[RunFact]) -> None:
        stages_of = {run.stage: {r.target for r in self._runs if r.stage == run.stage} for run in runs}
        for run in runs[:MAX_RUNS]:
            effects = self._follower.run(module, run.arguments)
            alone = run.stage and len(stages_of[run.stage]) <= 1
            stage = None if alone else _stage_of(module)
            self._add(stage, effects, run.stage)

    def _leftovers(self, module: Module) -> None:
        """Task classes, and functions that nothing was seen to call."""
        follower = self._follower
        effects = Effects()
        frame = Frame(module, module.names, effects, module.summary.body)
        tasks = follower._calls._tasks
        for definition in module.summary.classes:
            found = tasks.class_stage(ClassValue(module, definition))
            if found is not None:
                effects.extend(found)
        called = {name for function in module.summary.functions for name in function.calls}
        relevant = follower.catalogue.names
        # Those that no function of the module names come first: they are more likely to be where others are called.
        for function in sorted(module.summary.functions, key=lambda each: each.name in called):
            if id(function) in follower.followed or function.name == "__init__":
                continue
            if not (function.calls & relevant or function.decorators):
                continue
            follower.followed.add(id(function))
            closure = Closure(module, function, self._owner(module, function))
            tasks.call(closure, Arguments([], {}, function.line), frame)
        self._add(_stage_of(module), effects)

    def _owner(self, module: Module, function: Function) -> Value | None:
        holder = function.qualname.rpartition(".")[0]
        definition = module.classes.get(holder)
        if definition is None:
            return None
        known = self._instances.get(id(definition))
        if known is None:
            of = ClassValue(module, definition)
            known = self._instances[id(definition)] = Instance(of)
            init = self._follower.class_member(of, "__init__", known)
            if isinstance(init, Closure):
                self._follower.call(init, (), {}, Effects())
        return known

    def _add(self, stage: StageFact | None, effects: Effects, key: str = "") -> None:
        if stage is not None:
            key = stage.key
            if effects.accesses and any(access.stage is None for access in effects):
                self._stages.setdefault(key, stage)
        self._stages.update(effects.stages)
        self._effects.setdefault(key, Effects()).extend(effects)

    def _facts(self) -> PythonFacts:
        accesses: dict[AccessFact, None] = {}
        unread: dict[Where, None] = {}
        for key, effects in self._effects.items():
            unread.update(effects.unread)
            for effect in effects:
                fact = AccessFact(
                    stage=effect.stage or key, dataset=effect.dataset, kind=effect.kind, where=effect.where,
                    certainty=CERTAINTY[effect.rank], node=effect.node, trust=effect.trust, api=effect.api,
                )  # fmt: skip
                accesses[fact] = None
        extraction = Extraction(stages=tuple(self._stages.values()), accesses=tuple(accesses))
        return PythonFacts(extraction=extraction, unread=tuple(unread), cut=self._follower.cut)


def _first_kind(runs: Sequence[RunFact]) -> str:
    """The stage of the first run that has one."""
    return next((run.stage for run in runs if run.stage), "")


def _stage_of(module: Module) -> StageFact:
    name = posixpath.splitext(posixpath.basename(module.path))[0]
    return StageFact(key=module.path, name=name, where=Where(module.path, 1), code=module.path)
