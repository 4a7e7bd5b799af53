"""A TOML document together with the lines of its keys."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from typing import Any

from pipesec_tui.project.toml_positions import Path, Positions, positions

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")


class TomlProblem(ValueError):
    """A text isn't TOML; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class TomlDocument:
    """A parsed text. Raises TomlProblem where it isn't TOML."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _problem(str(error), text) from None
        except RecursionError:
            raise TomlProblem("is nested too deeply", 1) from None
        except ValueError as error:
            # Such as a number of more digits than Python converts.
            raise TomlProblem(f"is not TOML: {error}", 1) from None

    @cached_property
    def _positions(self) -> Positions:
        try:
            return positions(self._text)
        except RecursionError:
            return Positions({})

    def line(self, path: Path) -> int:
        """The line of a key, or of the nearest part that holds it."""
        return self._positions.line(path)


def _problem(message: str, text: str) -> TomlProblem:
    """tomllib's message, with the place taken out of it: ``Expected '=' … (at line 3, column 5)``."""
    match = _PLACE.search(message)
    if match:
        return TomlProblem(f"is not TOML: {message[: match.start()].strip()} (column {match[2]})", int(match[1]))
    return TomlProblem(f"is not TOML: {message}", text.count("\n") + 1)
