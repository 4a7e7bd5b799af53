"""Which process records an assessment, so that a later one can tell whether it still lives."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from msgspec import Struct


class ProcessMark(Struct, frozen=True):
    """``boot`` and ``started`` tell a process from a later one with the same number; None where they can't be had."""

    host: str
    boot: str | None
    pid: int
    started: str | None


def this_process() -> ProcessMark:
    pid = os.getpid()
    return ProcessMark(platform.node(), _boot(), pid, _started(pid))


def is_dead(mark: ProcessMark) -> bool:
    """Whether a process surely runs no more. One on another host is given the benefit of the doubt."""
    if mark.host != platform.node():
        return False
    if mark.boot is not None and mark.boot != _boot():
        return True
    try:
        os.kill(mark.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it lives, but isn't ours
    return mark.started is not None and mark.started != _started(mark.pid)


def _boot() -> str | None:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None  # macOS: the time at which the process started is enough there, since it is a date


def _started(pid: int) -> str | None:
    """When a process started: ticks since boot (Linux, proc(5) field 22), or a date (macOS, `ps -o lstart`)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout.strip() or None
