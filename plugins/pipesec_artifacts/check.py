"""The check `artifacts`: each file is opened as what it is, and what it would do when it is loaded is told."""

from __future__ import annotations

import os
import posixpath
from typing import BinaryIO

from pipesec_artifacts.inspecting import inspect
from pipesec_artifacts.kind import Kind
from pipesec_artifacts.part import Part
from pipesec_artifacts.second_opinion import MAX_BYTES, picklescan_opinion
from pipesec_artifacts.weakness import Inspection, Weakness
from pipesec_tui import CheckRequest, Emit, FileEntry, Location

DEFAULT_MAX = 1 << 30
_SCANNED = (Kind.PICKLE, Kind.ZIP, Kind.NPY)
SECOND = "artifact-second-opinion"


def run(request: CheckRequest, emit: Emit) -> None:
    """Looks at all files of the request and speaks of each."""
    limit = request.options.get("max_bytes", DEFAULT_MAX)
    for number, file in enumerate(request.files, 1):
        if request.cancelled:
            return
        _look(file, request, emit, limit if isinstance(limit, int) else DEFAULT_MAX)
        emit.progress(number, len(request.files), "files")


def _look(file: FileEntry, request: CheckRequest, emit: Emit, limit: int) -> None:
    path = request.files.real_path(file)
    inspection = Inspection(limit)
    part = Part(name=posixpath.basename(file.path), member="", open=lambda: _open(path), size=file.size, seekable=True)
    try:
        kind = inspect(part, inspection)
        _ask_another(file, kind, request, inspection)
    except OSError as error:
        emit.coverage(file, "failed", f"cannot be read: {error.strerror or error}")
        return
    except (MemoryError, RecursionError):
        emit.coverage(file, "failed", "reading it takes more memory than there is for it")
        return
    for weakness in inspection.weaknesses:
        _tell(file, kind, weakness, emit)
    _cover(file, kind, inspection, emit)


def _open(path: str) -> BinaryIO:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.fdopen(os.open(path, flags), "rb")


def _ask_another(file: FileEntry, kind: Kind, request: CheckRequest, inspection: Inspection) -> None:
    """Where picklescan tells of a dangerous name that the walk has not come by, that is told too."""
    if kind not in _SCANNED or file.size > MAX_BYTES:
        return
    opinion = picklescan_opinion(request.files.read_bytes(file), file.path)
    if opinion is None:
        return
    inspection.add(
        Weakness(
            rule=SECOND,
            subject=(name,),
            message=f"picklescan finds {name} in it, which is dangerous; the walk through its instructions does not.",
            evidence={"callable": name, "by": "picklescan"},
        )
        for name in opinion.dangerous
        if name not in inspection.walked
    )


def _tell(file: FileEntry, kind: Kind, weakness: Weakness, emit: Emit) -> None:
    emit.finding(
        weakness.rule,
        at=Location(path=file.path),
        subject=tuple(text for text in weakness.subject if text) or (weakness.rule,),
        message=weakness.message,
        severity=weakness.severity,
        aliases=weakness.aliases,
        evidence={"format": kind.value, **weakness.evidence},
    )


def _cover(file: FileEntry, kind: Kind, inspection: Inspection, emit: Emit) -> None:
    if kind is Kind.POINTER:
        emit.coverage(file, "skipped", inspection.gaps[0])
        return
    gaps = list(inspection.gaps)
    if inspection.left_out:
        gaps.append(f"{inspection.left_out} more findings are not told")
    if gaps:
        more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
        emit.coverage(file, "partial", f"{gaps[0]}{more}")
    else:
        emit.coverage(file, "ok", None if kind is not Kind.OTHER else "no format that builds objects")
