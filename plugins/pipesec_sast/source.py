"""Whether Python source was really read: established by Python's own parser, since semgrep passes over broken code."""

from __future__ import annotations

import ast
import codecs
import io
import sys
import tokenize
import warnings

from msgspec import Struct

MAX_BYTES = 4 << 20
"""Larger source is not looked at: its syntax tree takes some hundred times the memory."""

_PLAIN_CODECS = ("utf-8", "utf-8-sig", "ascii", "iso8859", "cp125", "koi8", "mac-", "euc", "gb", "big5", "shift_jis")


class Unreadable(ValueError):
    """Source that cannot be turned into text. The text says why."""


class Broken(Struct, frozen=True):
    """Source that does not parse. ``line`` counts from 1; None where the parser gives none."""

    line: int | None
    what: str


def decode(source: bytes) -> tuple[str, bool]:
    """Python source as text, and whether its bytes are UTF-8 already. Raises Unreadable.

    Encodings that can spell ASCII characters in another way (UTF-7, unicode_escape, …) are refused: code in them
    reads differently from what a scanner sees.
    """
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        name = codecs.lookup(name).name
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise Unreadable(f"cannot be decoded: {error}") from None
    if not name.startswith(_PLAIN_CODECS):
        raise Unreadable(f"is written in {name}, which is not analyzed")
    try:
        text = source.decode(name)
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not valid {name} at byte {error.start}") from None
    if "\0" in text:
        raise Unreadable("holds null bytes: not Python source")
    return text, name in ("utf-8", "utf-8-sig", "ascii")


def parse(text: str) -> ast.Module | Broken:
    """The syntax tree, or what is wrong. Nothing is compiled or run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        return Broken(error.lineno, error.msg)
    except (ValueError, RecursionError, MemoryError):
        return Broken(None, "too deeply nested")


def describe(broken: Broken) -> str:
    """One line for a coverage row."""
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    where = f" in line {broken.line}" if broken.line is not None else ""
    return f"syntax error{where} ({version}): {broken.what}"
