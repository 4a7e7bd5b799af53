"""Lines of the project's files, for reading beside a finding. The files are hostile: bounded, no links, no secrets."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.redaction import redact
from pipesec_tui.project.bounded import read_bounded, reason_of
from pipesec_tui.report.escape import terminal_safe

MAX_BYTES = 4 << 20
LINE_LENGTH = 240
AROUND = 4
MOST_LINES = 40


class SourceLine(Struct, frozen=True):
    number: int
    text: str
    marked: bool


class Excerpt(Struct, frozen=True, kw_only=True):
    """Some lines of a file; ``problem`` says why there are none."""

    lines: tuple[SourceLine, ...] = ()
    problem: str | None = None


def inside(root: Path, path: str) -> Path | None:
    """The file that a finding's path means; None where it would lead out of the project."""
    place = root / path
    try:
        return place if place.resolve().is_relative_to(root.resolve()) else None
    except (OSError, ValueError):  # a loop of links; a NUL in the name
        return None


def excerpt(root: Path, path: str, start: int, end: int | None) -> Excerpt:
    """The lines from ``start`` to ``end`` (from 1) with some around them, as the file is now."""
    place = inside(root, path)
    if place is None:
        return Excerpt(problem=f"{terminal_safe(path)} leads out of the project")
    try:
        content = read_bounded(place, MAX_BYTES)
    except OSError as error:
        return Excerpt(problem=f"{terminal_safe(path)}: {reason_of(error)}")
    if b"\0" in content[:8192]:
        return Excerpt(problem="not a text file")
    lines = content.decode("utf-8", "replace").split("\n")
    last = min(end or start, start + MOST_LINES)
    first_shown, last_shown = max(1, start - AROUND), min(len(lines), last + AROUND)
    if start > len(lines):
        return Excerpt(problem=f"the file has {len(lines)} lines now: it changed since it was assessed")
    shown = redact("\n".join(line[:LINE_LENGTH] for line in lines[first_shown - 1 : last_shown])).split("\n")
    return Excerpt(
        lines=tuple(
            SourceLine(number, terminal_safe(text.replace("\t", "    ").rstrip("\r")), start <= number <= last)
            for number, text in enumerate(shown, first_shown)
        )
    )
