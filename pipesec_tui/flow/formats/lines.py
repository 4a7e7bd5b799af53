"""Lines of offsets in a text."""

from __future__ import annotations

import re
from bisect import bisect_right


class Lines:
    """Finds lines by bisection: counting line breaks for every offset would take quadratic time on a hostile file."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self._starts, offset)
