"""Rules on SQL files of any dialect: statements are split into words, texts and marks, and read from left to right.

A lexer of our own, since the rules ask for a few words that every dialect spells alike, and a file in a dialect that a
grammar does not know must not go unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum

from msgspec import Struct

MAX_DEPTH = 4
"""How deep bodies quoted with dollars are read inside each other."""

_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<body>\$(?P<tag>\w*)\$(?P<inner>.*?)(?:\$(?P=tag)\$|\Z))"
    r"|(?P<text>[NnEe]?'(?:[^'\\]|''|\\.)*(?:'|\Z))"
    r"|(?P<name>\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z))"
    r"|(?P<word>[@#:]?\w+)"
    r"|(?P<mark>\|\||[^\s])",
    re.DOTALL,
)
_QUOTING = frozenset(("QUOTE_IDENT", "QUOTE_LITERAL", "QUOTE_NULLABLE", "QUOTENAME", "DBMS_ASSERT", "IDENTIFIER"))


class Kind(Enum):
    BODY = "body"
    TEXT = "text"
    NAME = "name"
    WORD = "word"
    MARK = "mark"


class Token(Struct, frozen=True):
    """A piece of SQL. ``value`` of a word is upper case; offsets are those in the file."""

    kind: Kind
    value: str
    start: int
    end: int


def find(text: str) -> Iterator[tuple[str, int, int]]:
    """What is weak in some SQL: ids of rules, with the offsets that the statement's telling part begins and ends at."""
    yield from _find(text, 0, 0)


def _find(text: str, offset: int, depth: int) -> Iterator[tuple[str, int, int]]:
    statement: list[Token] = []
    for token in (*_tokens(text, offset), Token(Kind.MARK, ";", len(text) + offset, len(text) + offset)):
        if token.kind is Kind.BODY and depth < MAX_DEPTH:
            inner = text[token.start - offset : token.end - offset]
            skip = inner.index("$", 1) + 1
            yield from _find(inner[skip:].removesuffix(inner[:skip]), token.start + skip, depth + 1)
        if token.value != ";" or token.kind is not Kind.MARK:
            statement.append(token)
        elif statement:
            yield from _weak(statement)
            statement = []


def _tokens(text: str, offset: int) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if match["comment"] is not None or kind is None:
            continue
        kind = "body" if match["body"] is not None else kind
        value = match[kind].upper() if kind == "word" else match[kind]
        yield Token(Kind(kind), value, match.start() + offset, match.end() + offset)


def _weak(statement: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
    words = [token.value if token.kind is Kind.WORD else "" for token in statement]
    whole = (statement[0].start, statement[-1].end)
    if words[:2] == ["GRANT", "ALL"] or (words[0] == "GRANT" and words[-1] == "PUBLIC"):
        yield "sql-grant-all", *whole
    if "COPY" in words[:1] and "PROGRAM" in words:
        yield "sql-runs-program", *whole
    for at, word in enumerate(words):
        if word == "XP_CMDSHELL" and "0" not in words[at + 1 : at + 4]:
            yield "sql-runs-program", *whole
        elif word == "DEFINER" and words[at - 1] == "SECURITY" and "SEARCH_PATH" not in words:
            yield "sql-definer-search-path", statement[at - 1].start, statement[at].end
        elif word in ("EXECUTE", "EXEC") and _dynamic(statement[at + 1 :]):
            yield "sql-dynamic-statement", statement[at].start, statement[-1].end


def _dynamic(given: Sequence[Token]) -> bool:
    """Whether what is executed is a text with something added that is not quoted."""
    depth, quoted, joined, text, foreign = 0, list[int](), False, False, False
    for at, token in enumerate(given):
        if token.kind is Kind.WORD and token.value in ("USING", "INTO") and depth == 0:
            break
        if token.value == "(" and token.kind is Kind.MARK:
            depth += 1
            if at and given[at - 1].value in _QUOTING:
                quoted.append(depth)
            if at and given[at - 1].value == "FORMAT":
                return given[at + 1].kind is Kind.TEXT and "%s" in given[at + 1].value if at + 1 < len(given) else False
        elif token.value == ")" and token.kind is Kind.MARK:
            if quoted and quoted[-1] == depth:
                quoted.pop()
            depth -= 1
        elif token.value in ("||", "+") and token.kind is Kind.MARK:
            joined = True
        elif token.kind is Kind.TEXT:
            text = True
        elif (
            token.kind is Kind.WORD
            and not quoted
            and token.value not in (*_QUOTING, "IMMEDIATE")
            and not token.value.isdigit()
        ):
            foreign = True
    return joined and text and foreign
