"""The check `sast`: every file through semgrep and its own parser, and an account of what was really looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipesec_sast.semgrep import RULE_SECONDS, Answer, Match, Problem, Scan, SemgrepFailed, SemgrepMissing
from pipesec_sast.targets import Skipped, Target, prepare
from pipesec_tui import CheckRequest, Emit, FileEntry

BATCH = 400
"""Files a run of semgrep: some tens of kilobytes of command line, and progress every few seconds."""

PROBE = "shell-parse-probe"
"""A rule that matches nothing and only makes semgrep parse every shell script."""


def run(request: CheckRequest, emit: Emit) -> None:
    """Looks at all files of the request and speaks of each. A batch is made ready while semgrep reads the last."""
    jobs = request.options.get("jobs")
    scanner = _Scanner(request, jobs if isinstance(jobs, int) else os.cpu_count() or 1)
    files = list(request.files)
    running: _Batch | None = None
    for start in range(0, len(files), BATCH):
        targets = _prepare(files[start : start + BATCH], request, emit)
        if running is not None:
            _finish(scanner, running, emit)
            emit.progress(start, len(files), "files")
        if request.cancelled:
            return
        running = scanner.start(targets)
    if running is not None:
        _finish(scanner, running, emit)
        emit.progress(len(files), len(files), "files")


def _prepare(files: Sequence[FileEntry], request: CheckRequest, emit: Emit) -> list[Target]:
    targets = []
    for file in files:
        prepared = prepare(file, request.files, request.workdir / "copies")
        if isinstance(prepared, Skipped):
            emit.coverage(file, "failed" if prepared.gap else "skipped", prepared.reason)
        else:
            targets.append(prepared)
    return targets


class _Batch:
    """Targets that semgrep is reading; ``scan`` is None where it could not be started, and ``failure`` says why."""

    def __init__(self, targets: Sequence[Target], scan: Scan | None, failure: str = "") -> None:
        self.targets = targets
        self.scan = scan
        self.failure = failure


class _Scanner:
    """Runs semgrep on batches; where it fails on one, halves it until the file that it fails on stands alone."""

    def __init__(self, request: CheckRequest, jobs: int) -> None:
        self._request = request
        self._jobs = jobs
        self._experimental = True
        self._runs = 0

    def start(self, targets: Sequence[Target]) -> _Batch:
        if not targets:
            return _Batch(targets, None)
        self._runs += 1
        folder = self._request.workdir / f"semgrep-{self._runs}"
        folder.mkdir()
        try:
            scan = Scan([target.scanned for target in targets], folder, self._jobs, self._experimental)
        except SemgrepMissing as missing:
            return _Batch(targets, None, str(missing))
        return _Batch(targets, scan)

    def answers(self, batch: _Batch) -> Iterator[tuple[Target, Answer | str]]:
        """Every target with its part of the answer, or with why there is none."""
        if batch.scan is None:
            yield from ((target, batch.failure) for target in batch.targets)
            return
        try:
            answer = self._wait(batch.scan)
        except SemgrepFailed as failure:
            if self._experimental and failure.refused:
                self._experimental = False
                yield from self.answers(self.start(batch.targets))
            elif len(batch.targets) == 1 or self._request.cancelled:
                yield from ((target, str(failure)) for target in batch.targets)
            else:
                half = len(batch.targets) // 2
                yield from self.answers(self.start(batch.targets[:half]))
                yield from self.answers(self.start(batch.targets[half:]))
        else:
            yield from _by_target(batch.targets, answer)

    def _wait(self, scan: Scan) -> Answer:
        while not scan.wait(0.1):
            if self._request.cancelled:
                scan.stop()
                raise SemgrepFailed("cancelled")
        return scan.answer()


def _by_target(targets: Sequence[Target], answer: Answer) -> Iterator[tuple[Target, Answer]]:
    results: dict[str, list[Match]] = {}
    errors: dict[str, list[Problem]] = {}
    for match in answer.results:
        results.setdefault(match.path, []).append(match)
    general = [error for error in answer.errors if error.path is None]
    for error in answer.errors:
        if error.path is not None:
            errors.setdefault(error.path, []).append(error)
    scanned = set(answer.paths.scanned)
    for target in targets:
        path = target.scanned
        own = [*general, *errors.get(path, ())]
        if path not in scanned and not own:
            own.append(Problem(type="not scanned", message="did not look at the file", path=path))
        yield target, Answer(tuple(results.get(path, ())), tuple(own), answer.paths)


def _finish(scanner: _Scanner, batch: _Batch, emit: Emit) -> None:
    for target, answer in scanner.answers(batch):
        reasons = list(target.reasons)
        if isinstance(answer, str):
            reasons.append(answer)
        else:
            _report_matches(target, answer.results, emit)
            reasons.extend(_reason(problem) for problem in answer.errors)
        for seen in target.seen:
            location, scope = target.place(seen.line, seen.end_line, seen.column, seen.end_column)
            emit.finding(seen.rule, at=location, scope=scope)
        if reasons:
            emit.coverage(target.file, "partial", "; ".join(dict.fromkeys(reasons)))
        else:
            emit.coverage(target.file, "ok")


def _report_matches(target: Target, matches: Sequence[Match], emit: Emit) -> None:
    seen = set()
    for match in matches:
        start, end = match.start, match.end
        key = (match.check_id, start.line, start.col)
        if match.check_id == PROBE or key in seen:
            continue
        seen.add(key)
        location, scope = target.place(start.line, end.line, start.col, end.col)
        emit.finding(match.check_id, at=location, scope=scope)


def _reason(problem: Problem) -> str:
    """One line for a coverage row."""
    about = f" in rule {problem.rule_id}" if problem.rule_id else ""
    if "imeout" in problem.kind:
        return f"semgrep took more than {RULE_SECONDS} s{about}"
    lines = problem.message.splitlines()
    path = problem.path or ""
    said = lines[0].replace(path, Path(path).name) if lines and path else lines[0] if lines else problem.kind
    return f"semgrep{about}: {said[:200]}"
