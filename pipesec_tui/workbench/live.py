"""An assessment that runs: told by its thread, read by the interface."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.assessment import CheckStatus
from pipesec_tui.model.events import AssessmentStarted, CheckFinished, CheckProgress, CheckStarted, Event, FindingSeen
from pipesec_tui.model.finding import Finding
from pipesec_tui.operations.assess import AssessOutcome, Control, assess
from pipesec_tui.operations.session import AssessOptions
from pipesec_tui.report.escape import terminal_safe

WAITS = "waits"
RUNS = "runs"


class CheckLine(Struct, kw_only=True):
    """One check as it stands. ``state`` is ``waits``, ``runs`` or a ``CheckStatus``."""

    check: str
    state: str = WAITS
    done: int = 0
    total: int | None = None
    what: str = ""
    findings: int = 0
    gaps: int = 0
    started: float | None = None
    seconds: float | None = None

    @property
    def running(self) -> bool:
        return self.state == RUNS


class Stopped(BaseException):
    """The workbench is being left: the assessment is given up, and the history says so."""


class LiveRun:
    """``work`` runs in a thread and only appends to ``_events``; all else belongs to the interface's thread."""

    def __init__(self, root: Path, options: AssessOptions) -> None:
        self._root = root
        self._options = options
        self._control = Control()
        self._events: deque[Event] = deque()
        self._stopped = False
        self.checks: dict[str, CheckLine] = {}
        self.findings: list[Finding] = []
        self.started = time.monotonic()
        self.ended: float | None = None
        self.outcome: AssessOutcome | None = None
        self.error: str | None = None
        self.cancelling = False

    def work(self) -> AssessOutcome | None:
        """Assess; in a thread. None where it was stopped."""
        try:
            return assess(self._root, self._options, self._take, self._control)
        except Stopped:
            return None

    def _take(self, event: Event) -> None:
        if self._stopped:
            raise Stopped
        self._events.append(event)

    def cancel(self, check: str | None = None) -> None:
        """End one check, or all; the assessment is stored with the gaps that this leaves."""
        self.cancelling |= check is None
        self._control.cancel(check)

    def stop(self) -> None:
        """Give the assessment up; it is marked as interrupted."""
        self._stopped = True
        self._control.cancel()

    def finish(self, outcome: AssessOutcome | None, error: str | None = None) -> None:
        """It came to its end."""
        self.drain()
        self.ended = time.monotonic()
        self.outcome, self.error = outcome, error

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started

    def word(self) -> str:
        """How far it is, in some words."""
        done = sum(line.state not in (WAITS, RUNS) for line in self.checks.values())
        doing = "cancelling" if self.cancelling else "assessing"
        return f"{doing}: {done} of {len(self.checks)} checks, {len(self.findings)} findings"

    def drain(self) -> bool:
        """Take what was told since the last time; whether that was anything."""
        any_came = False
        while self._events:
            self._apply(self._events.popleft())
            any_came = True
        return any_came

    def _apply(self, event: Event) -> None:
        if isinstance(event, AssessmentStarted):
            for check in event.checks:
                self.checks[check] = CheckLine(check=check)
        elif isinstance(event, CheckStarted):
            line = self._line(event.check)
            line.state, line.started = RUNS, time.monotonic()
            fresh = event.assets - event.cached
            line.what = f"{fresh} files, {event.cached} from the cache" if event.cached else f"{fresh} files"
        elif isinstance(event, CheckProgress):
            line = self._line(event.check)
            line.done, line.total = event.progress.done, event.progress.total
            line.what = terminal_safe(event.progress.what[:200])
        elif isinstance(event, FindingSeen):
            self.findings.append(event.finding)
            self._line(event.finding.check).findings += 1
        elif isinstance(event, CheckFinished):
            line = self._line(event.run.id)
            line.state, line.findings, line.gaps = event.run.status.value, event.findings, event.gaps
            line.what = terminal_safe(event.run.reason or "")
            line.seconds = event.run.duration
            if event.run.status is CheckStatus.OK and not event.run.duration:
                line.what = "from the cache"

    def _line(self, check: str) -> CheckLine:
        return self.checks.setdefault(check, CheckLine(check=check))
