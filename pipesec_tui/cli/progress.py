"""What a person sees on standard error while an assessment runs."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from pipesec_tui.model.assessment import CheckStatus
from pipesec_tui.model.events import AssessmentStarted, CheckFinished, CheckProgress, CheckStarted, Event, FindingSeen
from pipesec_tui.report.escape import terminal_safe

_REDRAW = 0.1


class Progress:
    """Takes events: a status line that is drawn again on a terminal, a line for each finished check elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._running: dict[str, str] = {}
        self._findings = 0
        self._drawn = 0.0
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def take(self, event: Event) -> None:
        """Show what an event changes."""
        if isinstance(event, AssessmentStarted):
            self._say(f"assessing {terminal_safe(event.project)}: {', '.join(event.checks) or 'no checks'}")
        elif isinstance(event, CheckStarted):
            self._running[event.check] = f"{event.assets - event.cached} files"
        elif isinstance(event, CheckProgress):
            told = event.progress
            share = f"{told.done}/{told.total}" if told.total else str(told.done)
            self._running[event.check] = f"{share} {terminal_safe(told.what)}".rstrip()
        elif isinstance(event, FindingSeen):
            self._findings += 1
        elif isinstance(event, CheckFinished):
            self._running.pop(event.run.id, None)
            if event.run.status not in (CheckStatus.SKIPPED, CheckStatus.NOT_APPLICABLE):
                self._say(_summary(event))
        self._draw()

    def _say(self, line: str) -> None:
        self._clear()
        print(line, file=sys.stderr, flush=True)

    def _draw(self) -> None:
        if not self._live or time.monotonic() - self._drawn < _REDRAW:
            return
        self._drawn = time.monotonic()
        parts = [f"{name} {state}" for name, state in self._running.items()]
        line = f"  {' · '.join(parts)} · {self._findings} findings"[: _columns() - 1]
        sys.stderr.write("\r" + line + " " * max(0, self._width - len(line)))
        sys.stderr.flush()
        self._width = len(line)

    def _clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            self._width = 0


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _summary(event: CheckFinished) -> str:
    run = event.run
    seconds = f" in {run.duration:.1f} s" if run.duration else " from the cache"
    line = f"  {run.id}: {event.findings} findings"
    if run.status is CheckStatus.OK:
        return line + seconds
    return f"{line}, {run.status.value}: {terminal_safe(run.reason or '')}"
