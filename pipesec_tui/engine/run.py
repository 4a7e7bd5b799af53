"""Running a plan: workers started as their needs are met, events handed on as they come."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TypeAlias

import msgspec
from msgspec import Struct, structs

from pipesec_tui import __version__
from pipesec_tui.engine.assemble import Findings, merge_lineage, order
from pipesec_tui.engine.cache import ResultCache, check_stamp, digest
from pipesec_tui.engine.job import Job, JobOutcome, run_job
from pipesec_tui.engine.plan import BrokenPlugin, Plan, PlannedCheck
from pipesec_tui.engine.request import WorkerRequest
from pipesec_tui.engine.result import TRANSIENT, Result, ResultBuilder
from pipesec_tui.home import data_dir
from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus, CheckRun, CheckStatus
from pipesec_tui.model.asset import AssetKind, file_urn, urn
from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.events import (
    AssessmentFinished,
    AssessmentStarted,
    CheckFinished,
    CheckProgress,
    CheckStarted,
    Event,
    FindingSeen,
    Frame,
    Observed,
    Progress,
)
from pipesec_tui.model.files import FileEntry, Inventory
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Lineage
from pipesec_tui.model.project import Project
from pipesec_tui.plugin.request import Upstream

PROJECT_ASSET = urn(AssetKind.PROJECT, ".")


class Settings(Struct, frozen=True, kw_only=True):
    """How to run: ``workers`` at once (None: as many as there are cores), with the cache or without it."""

    offline: bool = False
    online: bool = False
    use_cache: bool = True
    workers: int | None = None


class _Ended(Struct, frozen=True):
    outcome: JobOutcome


_Message: TypeAlias = tuple[str, Frame | _Ended]


class _Running:
    """One check on its way: what it has said, and what of it comes from the cache."""

    def __init__(self, check: PlannedCheck, seen_at: str) -> None:
        self.check = check
        self.builder = ResultBuilder()
        self.cached = Result()
        self.todo: tuple[FileEntry, ...] = check.files
        self.keys: dict[str, bytes] = {}
        self.live = Findings(check.spec.id, check.spec.area, {rule.id: rule for rule in check.rules}, seen_at)


class _Finished(Struct, frozen=True):
    run: CheckRun
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    components: tuple[Component, ...] = ()
    lineage: Lineage = Lineage()

    def upstream(self) -> Upstream:
        return Upstream(
            findings=self.findings, coverage=self.coverage, components=self.components, lineage=self.lineage
        )


class Engine:
    """Runs one plan. ``events`` may be taken once; what it yields is the only way out."""

    def __init__(
        self,
        plan: Plan,
        project: Project,
        inventory: Inventory,
        *,
        id: str,
        name: str,
        settings: Settings | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._plan = plan
        self._project = project
        self._inventory = inventory
        self._id = id
        self._name = name
        self._settings = settings or Settings()
        self._executor = executor
        self._cancel = threading.Event()
        self._cancelled_checks: dict[str, threading.Event] = {}
        self._messages: SimpleQueue[_Message] = SimpleQueue()
        self._cache = ResultCache() if self._settings.use_cache else None
        self._started_at = now()
        self._finished: dict[str, _Finished] = {}

    def cancel(self, check: str | None = None) -> None:
        """End all checks, or one; what they said so far stays, the rest is a gap. May be called from any thread."""
        if check is None:
            self._cancel.set()
        for name, event in list(self._cancelled_checks.items()):
            if check in (None, name):
                event.set()

    def events(self) -> Generator[Event]:
        """Run, and tell what happens. Closing the iterator early ends all workers."""
        yield AssessmentStarted(self._id, self._name, tuple(check.spec.id for check in self._plan.running()))
        for gap in self._plan.broken:
            yield from self._finish_broken(gap)
        for check in self._plan.checks:
            if check.verdict is not None:
                yield self._record(_not_run(check))
        workers = self._settings.workers or os.cpu_count() or 1
        executor = self._executor or ThreadPoolExecutor(max_workers=workers, thread_name_prefix="pipesec-job")
        futures: list[Future[JobOutcome]] = []
        try:
            yield from self._run_all(executor, futures)
        finally:
            self.cancel()
            for future in futures:
                future.cancel()
            if self._executor is None:
                executor.shutdown(wait=True)
            if self._cache is not None:
                self._cache.close()
        yield AssessmentFinished(self._assessment())

    def _run_all(self, executor: Executor, futures: list[Future[JobOutcome]]) -> Iterator[Event]:
        waiting = {check.spec.id: check for check in self._plan.running()}
        running: dict[str, _Running] = {}
        while waiting or running:
            ready = [name for name, check in waiting.items() if self._needs_met(check)]
            for name in ready:
                state = _Running(waiting.pop(name), self._started_at)
                self._look_up(state)
                self._cancelled_checks[name] = threading.Event()
                if self._cancel.is_set():
                    self._cancelled_checks[name].set()
                yield CheckStarted(name, len(state.check.files), len(state.check.files) - len(state.todo))
                if state.todo or (not state.check.spec.files and not state.check.files):
                    running[name] = state
                    futures.append(self._submit(executor, state))
                else:
                    yield self._record(self._conclude(state, JobOutcome()))
            if ready and not running:
                continue
            name, message = self._messages.get()
            state = running[name]
            if isinstance(message, _Ended):
                for frame in message.outcome.frames:
                    yield from self._take(state, frame)
                del running[name]
                yield self._record(self._conclude(state, message.outcome))
            else:
                yield from self._take(state, message)

    def _needs_met(self, check: PlannedCheck) -> bool:
        return all(need in self._finished for need in check.spec.needs)

    def _take(self, state: _Running, frame: Frame) -> Iterator[Event]:
        name = state.check.spec.id
        if isinstance(frame, Progress):
            yield CheckProgress(name, frame)
            return
        state.builder.add(frame)
        if isinstance(frame, Observed):
            yield FindingSeen(state.live.make(frame.observation))

    def _look_up(self, state: _Running) -> None:
        """Take from the cache what it holds, and leave the rest to do."""
        spec = state.check.spec
        if self._cache is None or (spec.scope == "project" and not spec.pure):
            return
        stamp = check_stamp(
            spec, state.check.rules, state.check.options, state.check.stamp,
            offline=self._settings.offline, online=self._settings.online,
        )  # fmt: skip
        if spec.scope == "file":
            state.keys = {file.path: digest(stamp, *_content(file)) for file in state.check.files}
        else:
            upstream = msgspec.msgpack.encode({need: self._finished[need].upstream() for need in spec.needs})
            contents = [part for file in state.check.files for part in _content(file)]
            state.keys = {"": digest(stamp, msgspec.json.encode(self._project), upstream, *contents)}
        kept = self._cache.get(list(state.keys.values()))
        known = ResultBuilder()
        for key in state.keys.values():
            if key in kept:
                known.add_result(kept[key])
        state.cached = known.build()
        if spec.scope == "file":
            state.todo = tuple(file for file in state.check.files if state.keys[file.path] not in kept)
        elif kept:
            state.todo = ()

    def _submit(self, executor: Executor, state: _Running) -> Future[JobOutcome]:
        spec = state.check.spec
        name, messages = spec.id, self._messages
        request = WorkerRequest(
            check=name, run=spec.run, root=self._inventory.root, project=self._project, files=state.todo,
            options=state.check.options, rules=state.check.rules,
            upstream={need: self._finished[need].upstream() for need in spec.needs},
            data_dir=str(data_dir(spec.data or name)), offline=self._settings.offline,
            online=self._settings.online, memory=spec.memory,
        )  # fmt: skip
        job = Job(request=request, timeout=spec.timeout, network=spec.network and not self._settings.offline)
        if isinstance(executor, ThreadPoolExecutor):

            def sink(frame: Frame) -> None:
                messages.put((name, frame))

            future = executor.submit(run_job, job, sink, self._cancelled_checks[name])
        else:
            future = executor.submit(run_job, job)

        def ended(future: Future[JobOutcome]) -> None:
            messages.put((name, _Ended(_outcome(future))))

        future.add_done_callback(ended)
        return future

    def _conclude(self, state: _Running, outcome: JobOutcome) -> _Finished:
        """Make the check's record of what it said, what it left unsaid, and what the cache held."""
        spec, builder = state.check.spec, state.builder
        timed_out = outcome.error == TRANSIENT
        error = f"{TRANSIENT} after {spec.timeout:.0f} s" if timed_out else outcome.error
        self._cover_unsaid(state, error)
        if error is None:
            self._keep(state)
        builder.add_result(state.cached)
        result = builder.build()
        rules = {rule.id: rule for rule in state.check.rules}
        findings = Findings(spec.id, spec.area, rules, self._started_at).make_all(result.observations)
        status, why = _status(outcome, result.coverage)
        run = CheckRun(
            id=spec.id, plugin=state.check.plugin, version=state.check.version, data=result.data, status=status,
            reason=why, rules={rule.id: rule.revision for rule in state.check.rules},
            renamed={old: rule.id for rule in state.check.rules for old in rule.renamed_from},
            duration=round(outcome.seconds, 3),
        )  # fmt: skip
        coverage = tuple(sorted(result.coverage, key=lambda row: row.asset))
        components = tuple(sorted(result.components, key=lambda c: (c.purl, c.found_in or "")))
        return _Finished(run, tuple(findings), coverage, components, Lineage(nodes=result.nodes, edges=result.edges))

    def _cover_unsaid(self, state: _Running, error: str | None) -> None:
        """What a check was asked to look at and kept silent about is not covered."""
        spec, builder = state.check.spec, state.builder
        reason = error or "the check did not report on it"
        row = Coverage(check=spec.id, asset=PROJECT_ASSET, status=CoverageStatus.FAILED, reason=reason)
        if spec.scope == "file":
            for file in state.todo:
                if not builder.covered(file_urn(file.path)):
                    builder.cover(structs.replace(row, asset=file_urn(file.path)))
        elif error is not None or (state.todo and not builder.build().coverage):
            builder.cover(row)

    def _keep(self, state: _Running) -> None:
        if self._cache is None or not state.keys or not state.todo:
            return
        if state.check.spec.scope == "project":
            result = state.builder.build()
            if result.cacheable:
                self._cache.put({state.keys[""]: result})
            return
        parts = state.builder.by_file([file.path for file in state.todo])
        self._cache.put({state.keys[path]: part for path, part in parts.items() if part.cacheable})

    def _finish_broken(self, gap: BrokenPlugin) -> Iterator[Event]:
        for name in gap.checks:
            asset = urn(AssetKind.PLUGIN, gap.name)
            run = CheckRun(
                id=name, plugin=gap.name, version=gap.version, status=CheckStatus.MISSING, reason=gap.detail,
                selected=gap.selected,
            )  # fmt: skip
            row = Coverage(check=name, asset=asset, status=CoverageStatus.FAILED, reason=gap.detail)
            yield self._record(_Finished(run, coverage=(row,)))

    def _record(self, finished: _Finished) -> CheckFinished:
        self._finished[finished.run.id] = finished
        gaps = sum(row.status is not CoverageStatus.OK for row in finished.coverage)
        return CheckFinished(finished.run, len(finished.findings), gaps)

    def _assessment(self) -> Assessment:
        done = [self._finished[name] for name in sorted(self._finished)]
        status = AssessmentStatus.COMPLETE
        if any(part.run.selected and part.run.status in _INCOMPLETE for part in done):
            status = AssessmentStatus.INCOMPLETE
        info = AssessmentInfo(
            id=self._id, project=self._name, branch=self._inventory.branch, status=status,
            started_at=self._started_at, finished_at=now(), commit=self._inventory.commit, pipesec=__version__,
            checks=tuple(part.run for part in done),
        )  # fmt: skip
        return Assessment(
            assessment=info,
            findings=order(finding for part in done for finding in part.findings),
            coverage=(*self._inventory.coverage, *(row for part in done for row in part.coverage)),
            components=tuple(component for part in done for component in part.components),
            lineage=merge_lineage([part.lineage for part in done]),
        )


_INCOMPLETE = (CheckStatus.MISSING, CheckStatus.FAILED, CheckStatus.PARTIAL, CheckStatus.CANCELLED)


def now() -> str:
    """The time in UTC as ISO 8601, to the millisecond."""
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _content(file: FileEntry) -> tuple[bytes, bytes]:
    return file.path.encode("utf-8", "surrogateescape"), file.digest.encode()


def _not_run(check: PlannedCheck) -> _Finished:
    assert check.verdict is not None
    status = CoverageStatus.FAILED if check.verdict is CheckStatus.FAILED else CoverageStatus.SKIPPED
    row = Coverage(check=check.spec.id, asset=PROJECT_ASSET, status=status, reason=check.reason)
    run = CheckRun(
        id=check.spec.id, plugin=check.plugin, version=check.version, status=check.verdict, reason=check.reason,
        selected=check.selected,
    )  # fmt: skip
    return _Finished(run, coverage=(row,))


def _outcome(future: Future[JobOutcome]) -> JobOutcome:
    """What became of a job; an executor that failed (a lost machine, no more processes) is a failed job."""
    if future.cancelled():
        return JobOutcome(error="cancelled", cancelled=True)
    error = future.exception()
    if error is not None:
        return JobOutcome(error=" ".join(f"could not be run: {error}".split()))
    return future.result()


def _status(outcome: JobOutcome, coverage: tuple[Coverage, ...]) -> tuple[CheckStatus, str | None]:
    if outcome.cancelled:
        return CheckStatus.CANCELLED, "cancelled"
    if outcome.error is not None:
        return CheckStatus.FAILED, outcome.error
    bad = [row for row in coverage if row.status in (CoverageStatus.PARTIAL, CoverageStatus.FAILED)]
    if bad:
        return CheckStatus.PARTIAL, f"{len(bad)} of {len(coverage)} assets not fully looked at"
    return CheckStatus.OK, None
