"""Where the keys of a TOML document are, which `tomllib` does not tell.

Only for documents that `tomllib` has accepted: what is scanned here is known to be valid, so that the scanner needs to
know where things end, and nothing else. Grammar: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import tomllib
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys and, for elements of arrays and arrays of tables, indexes from 0: ``("stage", 0, "reads", 1)``."""


class Positions:
    """Lines of keys, table headers and array elements, counted from 1."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines

    def line(self, path: Path) -> int:
        """The line of the key at a path, or of the nearest part of the document that holds it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def __len__(self) -> int:
        return len(self._lines)


def positions(text: str) -> Positions:
    """The positions in a document that ``tomllib.loads`` accepts; for others the result means nothing."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return Positions(scanner.lines)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._elements: dict[Path, int] = {}
        self.lines: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip(" \t\n"):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the path of the table that it opens."""
        line = self._here()
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at = self._text.index("]", self._at) + (2 if is_array else 1)
        path = (*self._inside((), keys[:-1]), keys[-1])
        if is_array:
            self._elements[path] = self._elements.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path += (self._elements[path],)
        elif path in self._elements:
            path += (self._elements[path],)
        self.lines.setdefault(path, line)
        return path

    def _inside(self, path: Path, keys: list[str]) -> Path:
        """Follows keys down, through the last element of every array of tables on the way."""
        for key in keys:
            path += (key,)
            if path in self._elements:
                path += (self._elements[path],)
        return path

    def _pair(self, table: Path) -> None:
        """``a.b = value``, in a table or an inline table."""
        line = self._here()
        path = table
        for key in self._keys():
            path += (key,)
            self.lines.setdefault(path, line)
        self._at = self._text.index("=", self._at) + 1
        self._value(path)

    def _keys(self) -> list[str]:
        """A dotted key; afterwards at what follows it."""
        keys = []
        while True:
            self._skip(" \t")
            start = self._at
            if self._text[start] in "\"'":
                self._string()
                keys.append(str(tomllib.loads("k=" + self._text[start : self._at])["k"]))
            else:
                while self._at < len(self._text) and (self._text[self._at].isalnum() or self._text[self._at] in "-_"):
                    self._at += 1
                keys.append(self._text[start : self._at])
            self._skip(" \t")
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip(" \t")
        match self._text[self._at]:
            case '"' | "'":
                self._string()
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                    self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._skip(" \t\n,") and self._text[self._at] != "]":
            self.lines.setdefault((*path, index), self._here())
            self._value((*path, index))
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._skip(" \t\n,") and self._text[self._at] != "}":
            self._pair(path)
        self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        if self._text.startswith(quote * 3, self._at):
            self._at += 3
            while not self._text.startswith(quote * 3, self._at):
                self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
            self._at += 3
            # One or two quotes may stand right before the closing three.
            while self._text.startswith(quote, self._at):
                self._at += 1
            return
        self._at += 1
        while self._text[self._at] != quote:
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += 1

    def _skip(self, blank: str) -> bool:
        """Skips blanks, and comments where lines may end; whether anything is left."""
        while self._at < len(self._text):
            if self._text[self._at] in blank:
                self._at += 1
            elif self._text[self._at] == "#" and "\n" in blank:
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return True
        return False

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
