"""The worker's side of ``CheckRequest``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.files import FileEntry
from pipesec_tui.model.project import Options, Project
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin.request import Files, Upstream


class WorkerRequest(Struct, frozen=True, kw_only=True):
    """What goes down to a worker: one check on some files. It holds all that is needed, so that it can run anywhere."""

    check: str
    run: str
    root: str
    project: Project
    files: tuple[FileEntry, ...]
    options: Options = {}
    rules: tuple[RuleSpec, ...] = ()
    upstream: dict[str, Upstream] = {}
    data_dir: str = ""
    offline: bool = False
    online: bool = False
    memory: int = 4 << 30
    nice: int = 5


class Request:
    """Implements ``pipesec_tui.CheckRequest`` in the worker."""

    def __init__(self, wire: WorkerRequest, workdir: Path, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.project = wire.project
        self.files = Files(wire.root, wire.files)
        self.options = wire.options
        self.root = Path(wire.root)
        self.workdir = workdir
        self.data_dir = Path(wire.data_dir)
        self.offline = wire.offline
        self.online = wire.online
        self._upstream = wire.upstream
        self._cancelled = cancelled

    @property
    def cancelled(self) -> bool:
        return self._cancelled()

    def upstream(self, check: str) -> Upstream:
        return self._upstream[check]
