"""The Python of a notebook's code cells as one text, with the way back to the lines of the file.

Format: nbformat 3 and 4, https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

from pipesec_tui.flow.formats.lines import Lines
from pipesec_tui.flow.formats.tree import Malformed

MAX_SIZE = 16 << 20
_decoder: Any = import_module("json.decoder")
_scanner: Any = import_module("json.scanner")
_MAGIC = re.compile(r"^(?P<indent>\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
_ASSIGNED = re.compile(r"^(?P<head>\s*[\w.,\s]+=\s*)[%!].*$")
_TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")


class _Text(str):
    """A string of the document that knows where it starts."""

    offset: int


class _Decoder(json.JSONDecoder):
    """Keeps the offsets of strings. The scanner in Python is the one that can be told how to read a string."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_string = _placed
        self.scan_once = _scanner.py_make_scanner(self)


def _placed(document: str, end: int, strict: bool = True) -> tuple[str, int]:
    value, behind = _decoder.scanstring(document, end, strict)
    text = _Text(value)
    text.offset = end - 1
    return text, behind


def notebook_code(content: bytes) -> tuple[str, tuple[int, ...]]:
    """The code, and for each of its lines the line of the file where it stands, from 1.

    Magics, shell commands and cells in other languages are blank or ``pass``. A notebook of another language than
    Python is empty. Raises Malformed.
    """
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    try:
        document = content.decode("utf-8-sig")
        root = _Decoder().decode(document)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"malformed notebook: {str(error)[:120]}") from None
    if not _is_python(root):
        return "", ()
    places = Lines(document)
    code: list[str] = []
    lines: list[int] = []
    for cell in _cells(root):
        source = cell.get("source", cell.get("input"))
        pieces = source if isinstance(source, list) else [source]
        if cell.get("cell_type") != "code" or not all(isinstance(piece, _Text) for piece in pieces):
            continue
        text, origin = _joined([piece for piece in pieces if isinstance(piece, _Text)])
        code += _masked(text)
        lines += [places.at(offset) for offset in origin]
    return "".join(f"{line}\n" for line in code), tuple(lines)


def _is_python(root: object) -> bool:
    metadata = root.get("metadata") if isinstance(root, dict) else None
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(part) if isinstance(metadata, dict) else None
        name = about.get(key) if isinstance(about, dict) else None
        if isinstance(name, str) and name:
            return name.lower().startswith(("python", "ipython"))
    return True


def _cells(root: object) -> list[dict[str, object]]:
    """The cells; those of nbformat 3 lie in worksheets."""
    if not isinstance(root, dict):
        raise Malformed("malformed notebook: no cells")
    holders = [root]
    if isinstance(sheets := root.get("worksheets"), list):
        holders += [sheet for sheet in sheets if isinstance(sheet, dict)]
    found = []
    for holder in holders:
        cells = holder.get("cells")
        found += [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    return found


def _joined(pieces: list[_Text]) -> tuple[list[str], list[int]]:
    """The lines of a cell, and the offset in the document of the string that each begins in."""
    lines, origin, fresh = [""], [pieces[0].offset if pieces else 0], True
    for piece in pieces:
        if fresh:
            origin[-1] = piece.offset
        head, *rest = str(piece).split("\n")
        lines[-1] += head
        lines += rest
        origin += [piece.offset] * len(rest)
        fresh = str(piece).endswith("\n")
    return lines, origin


def _masked(lines: list[str]) -> list[str]:
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(_TRANSPARENT):
        return ["" for _ in lines]
    masked = []
    for line in lines:
        if assigned := _ASSIGNED.match(line):
            masked.append(f"{assigned['head']}None")
        elif magic := _MAGIC.match(line):
            masked.append(f"{magic['indent']}pass")
        else:
            masked.append(line)
    return masked
