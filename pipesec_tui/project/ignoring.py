"""What .gitignore files say. No other source of patterns is asked: `.git/info/exclude` and `core.excludesFile` belong
to a clone, not to the project, and could hide files from an assessment without anyone seeing it in a review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    is by regular expression, whose time grows with the power of the number of stars. A file is looked at rather than
    hidden by them.
    """
    lines = [line.removesuffix("\r") for line in content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        return None, 0
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    kept = [line for line in lines if _quick_to_match(line)]
    try:
        return IgnoreFile(base, GitIgnoreSpec.from_lines(kept)), len(lines) - len(kept)
    except (GitIgnorePatternError, ValueError):
        good = [line for line in kept if _is_pattern(line)]
        return IgnoreFile(base, GitIgnoreSpec.from_lines(good)), len(lines) - len(good)


def is_ignored(path: str, ignores: Sequence[IgnoreFile]) -> bool:
    """Whether the nearest .gitignore that speaks of a path ignores it. Directories have a slash at their end.

    ``ignores`` are those of the folders on the way down, outermost first. Nothing below an ignored folder may be asked
    about: git does not look there either, https://git-scm.com/docs/gitignore#_pattern_format.
    """
    for ignore in reversed(ignores):
        said = ignore.spec.check_file(path[len(ignore.base) :]).include
        if said is not None:
            return said
    return False


def _quick_to_match(line: str) -> bool:
    segments = line.split("/")
    single = [segment.count("*") for segment in segments if segment != "**"]
    return (
        len(line) <= 4096
        and sum(single) <= _MAX_STARS
        and max(single, default=0) <= _MAX_STARS_IN_SEGMENT
        and sum(segment == "**" for segment in segments) <= _MAX_DOUBLE_STARS
    )


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    try:
        GitIgnoreSpec.from_lines([line])
    except (GitIgnorePatternError, ValueError):
        return False
    return True


def refused(counts: Iterable[tuple[str, int]]) -> list[str]:
    """What to tell about refused patterns."""
    return [f"{path}: {count} patterns not honored" for path, count in counts if count]
