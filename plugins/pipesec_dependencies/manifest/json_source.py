"""Where the keys of a JSON document stand, which its parsers do not tell."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'(?P<string>"(?:\\.|[^"\\])*")(?P<colon>\s*:)?|(?P<open>[\[{])|(?P<close>[\]}])|\n', re.DOTALL)


def key_lines(text: str, depth: int = 2) -> dict[tuple[str, ...], int]:
    """Lines (from 1) of the keys in a valid JSON document, down to ``depth``, by their path."""
    found: dict[tuple[str, ...], int] = {}
    path: list[str] = []
    level, line, last = 0, 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", last, token.start())
        last = token.start()
        if token["open"]:
            level += 1
        elif token["close"]:
            level -= 1
            del path[max(level - 1, 0) :]
        elif token["colon"] and level <= depth:
            del path[level - 1 :]
            path.append(json.loads(token["string"]))
            found.setdefault(tuple(path), line)
    return found
