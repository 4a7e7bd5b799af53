"""A worker process: runs one check and says what it sees on a pipe of its own.

``pipesec_tui.engine.job`` starts `python -P -m pipesec_tui.engine.worker FD REQUEST` in an empty working directory;
REQUEST names a file with a ``WorkerRequest``. What the check prints goes wherever standard output goes, never into FD.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import FrameType

import msgspec

from pipesec_tui.engine.emit import FrameEmit
from pipesec_tui.engine.frames import FrameWriter
from pipesec_tui.engine.request import Request, WorkerRequest
from pipesec_tui.model.events import WorkerDone

_PR_SET_PDEATHSIG = 1


def main() -> None:
    descriptor, request_file = int(sys.argv[1]), Path(sys.argv[2])
    os.set_inheritable(descriptor, False)
    _die_with_parent()
    wire = msgspec.msgpack.decode(request_file.read_bytes(), type=WorkerRequest)
    _bound(wire)
    cancelled: list[int] = []

    def on_term(number: int, _: FrameType | None) -> None:
        cancelled.append(number)

    signal.signal(signal.SIGTERM, on_term)
    writer = FrameWriter(descriptor)
    request = Request(wire, Path.cwd(), lambda: bool(cancelled))
    emit = FrameEmit(wire.check, {rule.id: rule for rule in wire.rules}, request.files, writer.send)
    done = _run(wire.run, request, emit)
    writer.send(done)
    # Not sys.exit: threads and exit handlers that a check leaves behind must not keep the worker.
    os._exit(0)


def _run(target: str, request: Request, emit: FrameEmit) -> WorkerDone:
    try:
        module, _, function = target.partition(":")
        getattr(import_module(module), function)(request, emit)
    except MemoryError:
        return WorkerDone(error="ran out of the memory it may use")
    except SystemExit as error:
        return WorkerDone(error=f"called sys.exit({error.code!r})")
    except BaseException as error:
        detail = "".join(traceback.format_exception(error))[-2_000:]
        return WorkerDone(error=" ".join(f"{type(error).__name__}: {error}".split())[:500], detail=detail)
    return WorkerDone()


def _bound(wire: WorkerRequest) -> None:
    """Hold the worker and its children to their memory, and let the user's own work go first."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_AS, (wire.memory, wire.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        pass  # macOS has no RLIMIT_AS that works; the deadline still holds
    os.nice(wire.nice)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when pipesec dies, however it dies (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main()
