"""What .gitignore files say. No other source of patterns is asked: `.git/info/exclude` and `core.excludesFile` belong
to a clone, not to the project, and could hide files from an assessment without anyone seeing it in a review."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.project.bounded import read_bounded

if TYPE_CHECKING:
    from dulwich.ignore import Pattern

_MAX_GITIGNORE = 1 << 20
_MAX_STARS = 8
_MAX_STARS_IN_SEGMENT = 3
_MAX_DOUBLE_STARS = 2


class IgnoreFile(Struct, frozen=True):
    """One .gitignore: ``base`` is the path of its folder with a slash behind, empty for the root; the patterns stand in
    reverse order, since the last one that matches decides."""

    base: str
    patterns: tuple[Pattern, ...]

    def decides(self, path: str, is_folder: bool) -> bool | None:
        """Whether a path below ``base`` is ignored by this file; None where no pattern speaks of it."""
        name = os.fsencode(path[len(self.base) :])
        for pattern in self.patterns:
            if pattern.matches(name, is_folder):
                return pattern.is_exclude
        return None


def read_ignore_file(folder: str, base: str) -> tuple[IgnoreFile | None, int]:
    """A folder's .gitignore, None where it has none that says anything, and how many of its patterns were refused.

    A link is not followed, as in git since 2.32.
    """
    try:
        content = read_bounded(os.path.join(folder, ".gitignore"), _MAX_GITIGNORE)
    except OSError:
        return None, 0
    return ignore_file(base, content)


def ignore_file(base: str, content: bytes) -> tuple[IgnoreFile | None, int]:
    """The patterns in a .gitignore, None where it has none, and how many were refused.

    Refused are lines that are no pattern, and those with so many wildcards that matching could take seconds: matching
    is by regular expression, whose time grows with the power of the number of stars. Files are looked at rather than
    hidden by them.
    """
    from dulwich.ignore import Pattern, read_ignore_patterns
    from dulwich.wildmatch import MalformedPattern

    patterns: list[Pattern] = []
    refused = 0
    for line in read_ignore_patterns(BytesIO(content.removeprefix(b"\xef\xbb\xbf"))):
        try:
            if not _quick_to_match(line):
                raise MalformedPattern(line)
            patterns.append(Pattern(line))
        except (MalformedPattern, re.error, ValueError):
            refused += 1
    return IgnoreFile(base, tuple(reversed(patterns))) if patterns else None, refused


def is_ignored(path: str, is_folder: bool, ignores: Sequence[IgnoreFile]) -> bool:
    """Whether the nearest .gitignore that speaks of a path ignores it.

    ``ignores`` are those of the folders on the way down, outermost first. What lies below an ignored folder is not to
    be asked about: git does not look there either, https://git-scm.com/docs/gitignore#_pattern_format.
    """
    for ignore in reversed(ignores):
        decision = ignore.decides(path, is_folder)
        if decision is not None:
            return decision
    return False


def _quick_to_match(line: bytes) -> bool:
    segments = line.split(b"/")
    single = [segment.count(b"*") for segment in segments if segment != b"**"]
    return (
        len(line) <= 4096
        and sum(single) <= _MAX_STARS
        and max(single, default=0) <= _MAX_STARS_IN_SEGMENT
        and segments.count(b"**") <= _MAX_DOUBLE_STARS
    )
