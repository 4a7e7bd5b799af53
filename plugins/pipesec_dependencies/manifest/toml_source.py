"""TOML with line numbers, which the standard library's parser does not give.

``tomllib`` decides what the file says; a lexer of TOML's tokens, run on files that have parsed, finds where.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from pipesec_dependencies.manifest.model import MalformedManifest
from pipesec_dependencies.manifest.requirement import first_line

# Strings (all four kinds) and comments come first, so that what they hold is never taken for structure.
_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<newline>\n)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)|(?P<dot>\.)|(?P<comma>,)"
    r"|(?P<bare>[^\s\#\[\]{}=.,\"']+)",
    re.DOTALL,
)

Keys = tuple[str, ...]


class TomlSource:
    """A TOML file: ``data`` as tomllib reads it, and where things are.

    Raises MalformedManifest where it is no TOML.
    """

    def __init__(self, text: str) -> None:
        try:
            self.data: dict[str, object] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise MalformedManifest(f"not TOML: {first_line(error)}") from None
        except RecursionError:
            raise MalformedManifest("not TOML that can be read: nested too deeply") from None
        self._headers: dict[Keys, list[int]] = {}
        self._keys: dict[Keys, int] = {}
        self._strings: dict[tuple[Keys, str], list[int]] = {}
        self._index(text.replace("\r\n", "\n"))

    def table_lines(self, *table: str) -> list[int]:
        """Lines of the headers ``[table]`` or ``[[table]]``, in order."""
        return self._headers.get(table, [])

    def key_line(self, *path: str) -> int:
        """The line of a key or table; of its nearest parent where it has none of its own; else 1."""
        while path:
            if path in self._keys:
                return self._keys[path]
            if path in self._headers:
                return self._headers[path][0]
            path = path[:-1]
        return 1

    def string_line(self, value: str, *path: str) -> int:
        """The line of a string in the value of a key (asked again for the same string: its next place)."""
        lines = self._strings.get((path, value))
        if not lines:
            return self.key_line(*path)
        return lines.pop(0) if len(lines) > 1 else lines[0]

    def _index(self, text: str) -> None:
        table: Keys = ()
        for line, keys, header, strings in _statements(text):
            if header:
                table = keys
                self._headers.setdefault(keys, []).append(line)
            else:
                path = (*table, *keys)
                self._keys.setdefault(path, line)
                for at, raw in strings:
                    self._strings.setdefault((path, _unquote(raw)), []).append(at)


def _statements(text: str) -> Iterator[tuple[int, Keys, bool, list[tuple[int, str]]]]:
    """Headers and assignments: line, keys, whether it is a header, and the strings of the value with their lines."""
    line, depth, start = 1, 0, 1
    keys: list[str] = []
    strings: list[tuple[int, str]] = []
    header = value = False
    for token in _TOKEN.finditer(text):
        kind, raw = token.lastgroup, token[0]
        if kind == "newline":
            if depth == 0:
                if keys:
                    yield start, tuple(keys), header, strings
                keys, strings, header, value = [], [], False, False
            line += 1
            continue
        if kind == "open":
            header = header or (not keys and not value)
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "equals" and depth == 0:
            value = True
        elif kind in ("bare", "string") and not value:
            if not keys:
                start = line
            keys.append(_unquote(raw) if kind == "string" else raw)
        elif kind == "string":
            strings.append((line, raw))
        line += raw.count("\n") if kind == "string" else 0
    if keys:
        yield start, tuple(keys), header, strings


def _unquote(raw: str) -> str:
    if "\\" not in raw and not raw.startswith(('"""', "'''")):
        return raw[1:-1]
    value = tomllib.loads(f"value = {raw}")["value"]
    return value if isinstance(value, str) else raw
