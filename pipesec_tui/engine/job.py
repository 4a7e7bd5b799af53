"""A job: one check in one worker process, from start to end. It can run on any executor, and holds all it needs."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.engine.frames import FrameError, FrameReader
from pipesec_tui.engine.request import WorkerRequest
from pipesec_tui.model.events import Frame, WorkerDone
from pipesec_tui.plugin.process import clean_environment, python_command

_OUTPUT_KEPT = 4_000
_TERM_GRACE = 2.0
_TICK = 0.1


class Job(Struct, frozen=True, kw_only=True):
    """What to run, and how long (in seconds) it may take."""

    request: WorkerRequest
    timeout: float
    network: bool = False


class JobOutcome(Struct, frozen=True, kw_only=True):
    """How a worker ended. ``error`` is one line where it did not end well; ``output`` the end of what it printed.

    ``frames`` is what it said, unless a sink took it.
    """

    frames: tuple[Frame, ...] = ()
    error: str | None = None
    output: str = ""
    cancelled: bool = False
    seconds: float = 0.0


Sink = Callable[[Frame], None]


def run_job(job: Job, sink: Sink | None = None, cancel: threading.Event | None = None) -> JobOutcome:
    """Start a worker, hand on its frames as they come, and see to its end.

    On a deadline, a cancellation or rubbish on the pipe the worker's whole process group is killed. Never raises for
    what the worker does; raises OSError where no process can be started here.
    """
    kept: list[Frame] = []
    started = time.monotonic()
    with _job_directory() as directory:
        work = Path(directory, "work")
        work.mkdir()
        request_file = Path(directory, "request.msgpack")
        request_file.write_bytes(msgspec.msgpack.encode(job.request))
        read_end, write_end = os.pipe()
        try:
            process = subprocess.Popen(
                python_command("pipesec_tui.engine.worker", str(write_end), str(request_file)), cwd=work,
                env=clean_environment(str(work), network=job.network), pass_fds=(write_end,), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        watch = _Watch(process, read_end, sink or kept.append, cancel, started + job.timeout)
        try:
            watch.until_end()
        finally:
            _kill_group(process.pid)
            process.wait()
            watch.close()
    error = watch.error or _ending(process.returncode, watch.done)
    return JobOutcome(
        frames=tuple(kept), error=error, output=watch.output, cancelled=watch.cancelled,
        seconds=time.monotonic() - started,
    )  # fmt: skip


@contextlib.contextmanager
def _job_directory() -> Iterator[str]:
    directory = tempfile.mkdtemp(prefix="pipesec-job-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class _Watch:
    """Reads a worker's two pipes until it ends, by itself or by force."""

    def __init__(
        self, process: subprocess.Popen[bytes], frames: int, sink: Sink, cancel: threading.Event | None, deadline: float
    ) -> None:
        self._process = process
        self._frames = frames
        self._sink = sink
        self._cancel = cancel
        self._deadline = deadline
        self._reader = FrameReader()
        self._tail = bytearray()
        self.done: WorkerDone | None = None
        self.error: str | None = None
        self.cancelled = False

    @property
    def output(self) -> str:
        return self._tail.decode("utf-8", "replace")

    def until_end(self) -> None:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._frames, selectors.EVENT_READ)
            selector.register(self._process.stdout, selectors.EVENT_READ)
            # A child that the check left behind may hold the pipe open: the worker's own word ends the job.
            while self.error is None and self.done is None:
                for key, _ in selector.select(_TICK):
                    data = os.read(key.fd, 1 << 16)
                    if key.fd != self._frames:
                        self._tail = (self._tail + data)[-_OUTPUT_KEPT:]
                        if not data:
                            selector.unregister(key.fileobj)
                    elif not data:
                        return
                    else:
                        self._take(data)
                self._look_at_clock()

    def _take(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                if isinstance(frame, WorkerDone):
                    self.done = frame
                else:
                    self._sink(frame)
        except FrameError as error:
            self.error = f"wrote rubbish on the pipe for events: {error}"

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        if self._cancel is not None and self._cancel.is_set() and not self.cancelled:
            self.cancelled = True
            self._deadline = min(self._deadline, now + _TERM_GRACE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
        if now >= self._deadline:
            self.error = "cancelled" if self.cancelled else "timeout"

    def close(self) -> None:
        os.close(self._frames)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _kill_group(pid: int) -> None:
    """Kill a worker and its children. It has not been waited for yet, so its number can't be somebody else's."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _ending(code: int, done: WorkerDone | None) -> str | None:
    if done is not None:
        return done.error
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"killed by {name}"
    return f"ended with status {code} before it was done"
