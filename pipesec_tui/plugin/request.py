"""What a check is handed in its worker: the project, its files, and a way to tell what it sees."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from msgspec import Struct

from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.files import FileEntry
from pipesec_tui.model.finding import Evidence, Finding, FlowStep, Location
from pipesec_tui.model.lineage import Edge, Lineage, Node
from pipesec_tui.model.project import Dataset, Options, Project, Service, Sink, Source, Stage
from pipesec_tui.model.severity import Confidence, Severity

Place: TypeAlias = str | Location | FileEntry | Source | Service | Stage | Dataset | Sink
"""Where something is: an asset's URN, a location, a file, or a part of the project."""


class FileTooLarge(OSError):
    """A file is larger than the reader asked for."""


class Files:
    """The files that a check is given, in the order of their paths. Reads never follow a link out of the project."""

    def __init__(self, root: str, entries: Sequence[FileEntry]) -> None:
        self._root = root
        self._entries = tuple(entries)
        self._by_path = {entry.path: entry for entry in self._entries}

    def __iter__(self) -> Iterator[FileEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, path: str) -> bool:
        return path in self._by_path

    def get(self, path: str) -> FileEntry | None:
        """The entry of a path, or None where the check was not given such a file."""
        return self._by_path.get(path)

    def match(self, *patterns: str) -> Iterator[FileEntry]:
        """The files whose path matches any of the patterns, which read as lines of a .gitignore do."""
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec.from_lines(patterns)
        return (entry for entry in self._entries if spec.match_file(entry.path))

    def real_path(self, file: FileEntry | str) -> str:
        """The absolute path of a file on this machine. Raises KeyError for a path that isn't among the files."""
        entry = self._by_path[file] if isinstance(file, str) else file
        name = os.fsdecode(entry.raw) if entry.raw is not None else entry.path
        return os.path.join(self._root, name)

    def read_bytes(self, file: FileEntry | str, limit: int = 64 << 20) -> bytes:
        """A file's content. Raises FileTooLarge where it has more than ``limit`` bytes, OSError where it can't be read,
        KeyError where it isn't among the files."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(self.real_path(file), flags), "rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise FileTooLarge(f"larger than {limit} bytes")
        return content

    def read_text(self, file: FileEntry | str, limit: int = 64 << 20) -> str:
        """A file's content as text: UTF-8, or UTF-16 with its mark; raises UnicodeDecodeError (a ValueError) for
        others, and what ``read_bytes`` raises."""
        content = self.read_bytes(file, limit)
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")

    def age(self, path: str) -> dt.timedelta:
        """How long ago a file was changed. Raises KeyError for a path that isn't among the files."""
        changed = dt.datetime.fromtimestamp(self._by_path[path].mtime_ns / 1e9, tz=dt.UTC)
        return dt.datetime.now(tz=dt.UTC) - changed


class Upstream(Struct, frozen=True, kw_only=True):
    """What another check found in the same assessment."""

    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    components: tuple[Component, ...] = ()
    lineage: Lineage = Lineage()


class CheckRequest(Protocol):
    """The first argument of a check.

    project   -- all of pipesec.toml
    files     -- the files to look at: for scope ``file`` those that changed
    options   -- ``[check.ID]``
    root      -- absolute path of the project; read it through ``files``
    workdir   -- an empty directory of the check's own, removed afterwards; also the working directory
    data_dir  -- where the check named in ``CheckSpec.data`` keeps its data, outside the project
    offline   -- nothing may leave the machine, downloads included
    online    -- queries that name what the project uses may be sent
    cancelled -- the user has had enough
    """

    @property
    def project(self) -> Project: ...
    @property
    def files(self) -> Files: ...
    @property
    def options(self) -> Options: ...
    @property
    def root(self) -> Path: ...
    @property
    def workdir(self) -> Path: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def offline(self) -> bool: ...
    @property
    def online(self) -> bool: ...
    @property
    def cancelled(self) -> bool: ...

    def upstream(self, check: str) -> Upstream:
        """What a check named in ``CheckSpec.needs`` found; empty where it did not run. Raises KeyError for others."""
        ...


class Emit(Protocol):
    """The second argument of a check: how it tells what it sees. All texts are redacted on the way out."""

    def finding(
        self,
        rule: str,
        *,
        at: Place,
        subject: Iterable[str] = (),
        message: str | None = None,
        title: str | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        scope: str | None = None,
        asset: str | None = None,
        flow: Sequence[FlowStep] = (),
        cwe: Sequence[int] | None = None,
        aliases: Sequence[str] = (),
        cvss: str | None = None,
        remediation: str | None = None,
        fixed_in: str | None = None,
        evidence: Evidence | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        """A weakness. What is left out is taken from the rule.

        rule    -- id of one of the check's rules
        at      -- where it is
        subject -- tells siblings at one place apart (a column, an attribute, an advisory and its package). With a
                   subject the code takes no part in the identity; without one, a finding at a line is known by its
                   code and scope
        scope   -- qualified name of what encloses it; found by itself in Python files
        asset   -- URN of what was looked at, where that isn't the file or part named by ``at``
        secrets -- values to mask in every text of the finding, beyond those that are recognized

        Raises ValueError for a rule that the check does not declare.
        """
        ...

    def coverage(
        self, asset: Place, status: CoverageStatus | str, reason: str | None = None, count: int | None = None
    ) -> None:
        """What was and wasn't looked at; a reason is needed for all but ``ok``. Say it after the asset's findings. The
        worst word on an asset counts. A reason that begins with ``timeout`` is never answered from the cache."""
        ...

    def component(self, component: Component) -> None:
        """A library, image or service in use."""
        ...

    def lineage(self, nodes: Iterable[Node] = (), edges: Iterable[Edge] = ()) -> None:
        """Parts of the data flow."""
        ...

    def data(self, name: str, date: str) -> None:
        """The data that was judged by, and its date."""
        ...

    def volatile(self) -> None:
        """What this check says depends on more than its files, options, rules, tool and data (an answer from the
        network, files that it wasn't given): nothing of it is kept in the cache."""
        ...

    def progress(self, done: int, total: int | None = None, what: str = "") -> None:
        """How far the check is."""
        ...
