"""The Python in a Jupyter notebook, with the way back from each of its lines to cell and line of the file.

Format: nbformat 4, https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from importlib import import_module
from typing import Any, cast

from msgspec import Struct

from pipesec_sast import source

_decoder: Any = import_module("json.decoder")
_scanner: Any = import_module("json.scanner")

_MAGIC = re.compile(r"^(?P<indent>\s*)(?:[%!?]|[\w.]+\?{1,2}\s*$)")
_ASSIGNED_MAGIC = re.compile(r"^(?P<head>\s*[\w.,\s]+=\s*)[%!].*$")
_COMMAND = re.compile(r"\s*(?:[\w.,\s]+=\s*)?(?:!+|%(?=(?:pip|conda)\b))(.+)")
_TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Cell magics whose cell is Python still."""


class NotANotebook(ValueError):
    """What is not a notebook in a format that can be read. The text says why."""


class OtherLanguage(ValueError):
    """A notebook without Python."""


class CellLine(Struct, frozen=True):
    """Where a line of the extracted code comes from: line of the file (from 1), and the cell as a scope."""

    line: int
    scope: str


class Code(Struct, frozen=True):
    """The code cells of a notebook, one below the other, and what could not be read of them.

    commands -- lines for a shell (``!…``, ``%pip …``), each with the number of lines of ``text`` before it
    """

    text: str
    lines: tuple[CellLine, ...]
    reasons: tuple[str, ...]
    commands: tuple[tuple[int, str], ...] = ()

    def line(self, number: int) -> CellLine:
        """Where line ``number`` (from 1) of ``text`` comes from."""
        return self.lines[min(max(number, 1), len(self.lines)) - 1]


class _Text(str):
    """A string of the document that knows where it starts."""

    offset: int


class _Decoder(json.JSONDecoder):
    """Keeps the offsets of strings. The scanner in Python is the one that can be told how to read a string."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_string = _placed_string
        self.scan_once = _scanner.py_make_scanner(self)


def _placed_string(document: str, end: int, strict: bool = True) -> tuple[str, int]:
    value, behind = _decoder.scanstring(document, end, strict)
    text = _Text(value)
    text.offset = end - 1
    return text, behind


def extract(content: bytes) -> Code:
    """The Python code of a notebook. Magics are masked, line by line; a cell that does not parse is left out and told.
    Raises NotANotebook and OtherLanguage."""
    try:
        document = content.decode("utf-8-sig")
        root = _Decoder().decode(document)
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"malformed notebook: {str(error)[:200]}") from None
    if not isinstance(root, dict) or not isinstance(root.get("cells"), list):
        raise NotANotebook("malformed notebook: no list of cells (nbformat 4)")
    _require_python(root)
    starts = [0, *(match.end() for match in re.finditer("\n", document))]
    text: list[str] = []
    lines: list[CellLine] = []
    reasons: list[str] = []
    commands: list[tuple[int, str]] = []
    for number, cell in enumerate(cast("list[object]", root["cells"]), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        pieces = cell.get("source")
        if isinstance(pieces, str):
            pieces = [pieces]
        if not isinstance(pieces, list) or not all(isinstance(piece, _Text) for piece in pieces):
            reasons.append(f"cell {number} has no readable source")
            continue
        name = cell.get("id")
        scope = f"cell:{name if isinstance(name, str) and name else number}"
        code, origin = _join([cast(_Text, piece) for piece in pieces])
        masked = _mask(code)
        broken = source.parse("\n".join(masked))
        if isinstance(broken, source.Broken):
            reasons.append(f"cell {number}: {source.describe(broken)}")
            continue
        commands.extend(
            (len(text) + at, command[1]) for at, line in enumerate(code) if (command := _COMMAND.match(line))
        )
        text.extend(masked)
        lines.extend(CellLine(bisect_right(starts, offset), scope) for offset in origin)
    return Code(
        "".join(f"{line}\n" for line in text), tuple(lines) or (CellLine(1, "cell:1"),), tuple(reasons), tuple(commands)
    )


def _require_python(root: dict[str, object]) -> None:
    metadata = root.get("metadata")
    if not isinstance(metadata, dict):
        return
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(part)
        name = about.get(key) if isinstance(about, dict) else None
        if isinstance(name, str) and name:
            if not name.lower().startswith(("python", "ipython")):
                raise OtherLanguage(f"notebook in {name[:40]}")
            return


def _join(pieces: list[_Text]) -> tuple[list[str], list[int]]:
    """The lines of a cell, and the offset in the document of the string that each begins in."""
    lines = [""]
    origin = [pieces[0].offset if pieces else 0]
    fresh = True
    for piece in pieces:
        if fresh:
            origin[-1] = piece.offset
        head, *rest = str(piece).split("\n")
        lines[-1] += head
        for line in rest:
            lines.append(line)
            origin.append(piece.offset)
        fresh = str(piece).endswith("\n")
    return lines, origin


def _mask(lines: list[str]) -> list[str]:
    """The lines as Python, each in its place: what is for IPython or a shell becomes ``pass`` or ``None``."""
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(_TRANSPARENT):
        return ["" for _ in lines]
    masked = []
    for line in lines:
        assigned = _ASSIGNED_MAGIC.match(line)
        if assigned:
            masked.append(f"{assigned['head']}None")
        elif magic := _MAGIC.match(line):
            masked.append(f"{magic['indent']}pass")
        else:
            masked.append(line)
    return masked
