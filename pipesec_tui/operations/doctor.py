"""What works on this machine, what doesn't, and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.store import History
from pipesec_tui.home import home
from pipesec_tui.plugin.registry import discover


class Health(Enum):
    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


class Symptom(Struct, frozen=True, kw_only=True):
    """One thing examined. ``mend`` is a command or an action; None where nothing needs mending."""

    what: str
    health: Health
    detail: str
    mend: str | None = None

    @property
    def is_serious(self) -> bool:
        return self.health is Health.BROKEN


def examine() -> list[Symptom]:
    """Look at all that assessments stand on. Runs nothing of any project."""
    return [*_python(), *_state(), *_tools(), *_plugins(), *_isolation()]


def _python() -> Iterator[Symptom]:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    supported = sys.platform in ("linux", "darwin")
    yield Symptom(
        what="python", health=Health.OK if supported else Health.LIMITED, detail=detail,
        mend=None if supported else "use Linux or macOS; on Windows, WSL2",
    )  # fmt: skip


def _state() -> Iterator[Symptom]:
    place = home()
    try:
        place.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(place).free
        room = Health.OK if free > 256 << 20 else Health.LIMITED
        mend = None if room is Health.OK else "free some space, or set PIPESEC_HOME to another disk"
        yield Symptom(what="state directory", health=room, detail=f"{place}, {free >> 20} MB free", mend=mend)
    except OSError as error:
        detail = f"{place}: {error.strerror}"
        yield Symptom(what="state directory", health=Health.BROKEN, detail=detail, mend="set PIPESEC_HOME")
        return
    try:
        with History.open() as history:
            problems = history.check()
        detail = problems[0] if problems else "no damage"
        mend = "put back a copy made by `pipesec db backup`" if problems else None
        yield Symptom(what="history", health=Health.BROKEN if problems else Health.OK, detail=detail, mend=mend)
    except HistoryError as error:
        yield Symptom(what="history", health=Health.BROKEN, detail=str(error), mend="see there")


def _tools() -> Iterator[Symptom]:
    for tool in ("semgrep", "pip-audit", "detect-secrets"):
        try:
            yield Symptom(what=tool, health=Health.OK, detail=version(tool))
        except PackageNotFoundError:
            yield Symptom(what=tool, health=Health.BROKEN, detail="not installed", mend="install pipesec again")
    binary = Path(sysconfig.get_path("scripts"), "semgrep")
    if not os.access(binary, os.X_OK):
        yield Symptom(
            what="semgrep's command", health=Health.BROKEN, detail=f"{binary} is missing", mend="install pipesec again"
        )


def _plugins() -> Iterator[Symptom]:
    for plugin in discover(run_third_party=False).plugins:
        if plugin.broken:
            yield Symptom(
                what=f"plugin {plugin.name}", health=Health.BROKEN, detail=plugin.detail or plugin.state.value,
                mend=f"pipesec plugins doctor {plugin.name}",
            )  # fmt: skip


def _isolation() -> Iterator[Symptom]:
    """What dynamic checks could run stages in. They wait for consent, so that lacking it is no fault."""
    docker = shutil.which("docker")
    if docker is None:
        yield Symptom(
            what="docker", health=Health.LIMITED, detail="no docker command", mend="install Docker for canaries"
        )
        return
    try:
        asked = subprocess.run(
            [docker, "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        yield Symptom(what="docker", health=Health.LIMITED, detail="does not answer", mend="start the Docker daemon")
        return
    if asked.returncode == 0:
        yield Symptom(what="docker", health=Health.OK, detail=f"daemon {asked.stdout.strip()}")
    else:
        yield Symptom(what="docker", health=Health.LIMITED, detail="no daemon answers", mend="start the Docker daemon")
