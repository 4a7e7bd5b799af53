"""The statements of a SQL script, with the lines where they begin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from pipesec_tui.flow.formats.lines import Lines

_META = re.compile(r"^[ \t]*\\(?P<command>\w+|!)(?P<rest>.*)$", re.MULTILINE)
_STDIN_DATA = re.compile(r"(?im)^([ \t]*copy\b[^;\n]*\bfrom\s+stdin\b[^;\n]*;)\n(?:.*\n)*?\\\.$")
_GO = re.compile(r"(?im)^[ \t]*go[ \t]*(?:\d+[ \t]*)?$")
_INCLUDE = re.compile(
    r"(?im)^[ \t]*(?:\\ir?|source|\.read|@@?|!run|run)[ \t]+(?P<file>['\"]?[\w./{}-]+\.\w+['\"]?)[ \t]*;?[ \t]*$"
)
_BREAK = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|;""",
    re.DOTALL,
)


class Statement(Struct, frozen=True):
    """``line`` is that of its first character, from 0."""

    text: str
    line: int


def without_client_commands(text: str) -> str:
    """The script as SQL: ``\\copy`` is COPY, other commands of the client and inlined data are blank; lines stay."""
    text = _STDIN_DATA.sub(lambda match: match[1] + "\n" * (match[0].count("\n")), text)
    text = _META.sub(lambda match: f"COPY{match['rest']};" if match["command"] == "copy" else "", text)
    return _GO.sub(";", text)


def included(text: str) -> Iterator[Statement]:
    """Scripts that a client's ``\\i``, SOURCE or ``.read`` runs; their text is the file's name."""
    places = Lines(text)
    for match in _INCLUDE.finditer(text):
        yield Statement(match["file"].strip("'\""), places.at(match.start("file")) - 1)


def split(text: str) -> Iterator[Statement]:
    """The statements, without blanks around them. Quotes, comments and dollar quotes are passed over whole; one that
    isn't closed ends nothing."""
    start = line = counted = 0
    for match in _BREAK.finditer(text):
        if match[0] != ";":
            continue
        if statement := _statement(text[start : match.start()]):
            line += text.count("\n", counted, start)
            counted = start
            yield Statement(statement[0], line + statement[1])
        start = match.end()
    if statement := _statement(text[start:]):
        yield Statement(statement[0], line + text.count("\n", counted, start) + statement[1])


_LEADING = re.compile(r"(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")


def _statement(text: str) -> tuple[str, int] | None:
    """Without what stands before it, and how many lines that was; None where nothing is left."""
    lead = _LEADING.match(text)
    at = lead.end() if lead else 0
    return (text[at:].rstrip(), text.count("\n", 0, at)) if at < len(text) else None
