"""What is wrong in a file that a person wrote, told so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from msgspec import Struct

from pipesec_tui.project.toml_positions import Path

MAX_PROBLEMS = 100
"""More are counted, not listed: a hostile file must not fill the terminal."""


class Problem(Struct, frozen=True):
    """One mistake: the file's name, the line counted from 1, the key in dots, what is wrong and what to do."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.message}"


class FileProblems(ValueError):
    """A file can't be used; ``problems`` holds all that is wrong with it, in the order of lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.key)))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line a problem, at most ``MAX_PROBLEMS``."""
        shown = [str(problem) for problem in self.problems[:MAX_PROBLEMS]]
        if len(self.problems) > MAX_PROBLEMS:
            shown.append(f"… and {len(self.problems) - MAX_PROBLEMS} more problems")
        return shown


def dotted(path: Path) -> str:
    """A path as people write it: ``stage[0].reads[1]``. Control characters are shown as escapes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + printable(part)
    return text


def printable(text: str, limit: int = 80) -> str:
    """Text from a project for an error message: cut, control characters as escapes."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)


def quoted(values: Sequence[str]) -> str:
    """Words to choose from: ``"a", "b" or "c"``."""
    words = [f'"{value}"' for value in values]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "nothing"


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean "reads"?`` where a known word is near, else nothing."""
    near = get_close_matches(word[:80], list(known)[:500], n=1)
    return f'; did you mean "{printable(near[0])}"?' if near else ""
