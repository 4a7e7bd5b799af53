"""What .gitignore files say. No other source of patterns is asked: `.git/info/exclude` and `core.excludesFile` belong
to a clone, not to the project, and could hide files from an assessment without anyone seeing it in a review."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_GITIGNORE = 1 << 20
_MAX_STARS = 8
_MAX_STARS_IN_SEGMENT = 3
_MAX_DOUBLE_STARS = 2


class IgnoreFile(Struct, frozen=True):
    """One .gitignore: ``base`` is the path of its folder with a slash behind, empty for the root."""

    base: str
    spec: GitIgnoreSpec


def ignore_file(base: str, content: bytes) -> tuple[IgnoreFile | None, int]:
    """A .gitignore's patterns, None where it has none, and how many were refused.

    Refused are lines that are no pattern, and those with so many wildcards that matching could take seconds: matching
    is by regular expression, whose time grows with the power of the number of stars. Files are looked at rather than
    hidden by them.
    """
    text = _bytewise(content.removeprefix(b"\xef\xbb\xbf"))
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        return None, 0
    spec = _spec([line for line in lines if _is_taken(line)])
    if spec is None:
        spec = _spec([line for line in lines if _is_taken(line) and _spec([line]) is not None])
    if spec is None:
        return None, len(lines)
    return IgnoreFile(base, spec), len(lines) - len(spec.patterns)


def _spec(lines: list[str]) -> GitIgnoreSpec | None:
    """The patterns compiled; None where one of them isn't a pattern."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error):
        return None


def is_ignored(path: str, ignores: Sequence[IgnoreFile]) -> bool:
    """Whether the nearest .gitignore that speaks of a path ignores it. Directories have a slash at their end.

    ``ignores`` are those of the folders on the way down, outermost first. Nothing below an ignored folder may be asked
    about: git does not look there either, https://git-scm.com/docs/gitignore#_pattern_format.
    """
    for ignore in reversed(ignores):
        below = path[len(ignore.base) :]
        said = ignore.spec.check_file(below if below.isascii() else _bytewise(os.fsencode(below))).include
        if said is not None:
            return said
    return False


_HIGH_BYTES = {byte: 0xE000 + byte for byte in range(0x80, 0x100)}


def _bytewise(content: bytes) -> str:
    """One character a byte: git's ``?`` and ``[…]`` stand for bytes, not characters.

    High bytes become characters of Unicode's private use area, where none is white space that could be stripped.
    """
    return content.decode("latin-1").translate(_HIGH_BYTES)


def _is_taken(line: str) -> bool:
    segments = line.split("/")
    if line.rstrip(" ") != line.rstrip():
        # git keeps white space other than blanks at the end of a pattern; pathspec would strip it and match more.
        return False
    single = [segment.count("*") for segment in segments if segment != "**"]
    return (
        len(line) <= 4096
        and sum(single) <= _MAX_STARS
        and max(single, default=0) <= _MAX_STARS_IN_SEGMENT
        and sum(segment == "**" for segment in segments) <= _MAX_DOUBLE_STARS
    )
