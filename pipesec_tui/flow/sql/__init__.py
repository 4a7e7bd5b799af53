"""Tables and files that SQL text reads and writes, in any of the dialects that pipelines use.

Whatever a parser takes comes from the parser. What none takes is guessed by five patterns, and marked as inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.formats.place import location, table
from pipesec_tui.flow.sql.fallback import guess
from pipesec_tui.flow.sql.holes import Holes
from pipesec_tui.flow.sql.statements import Statement, included, split, without_client_commands
from pipesec_tui.model.lineage import Certainty, EdgeKind

if TYPE_CHECKING:
    from sqlglot import exp

MAX_SIZE = 1 << 20
"""Characters of a text that are read; at some 600 kB a second."""
MAX_STATEMENT = 100_000
"""Characters of a statement that are parsed; of a longer one (rows of an INSERT) its head is looked at."""
MAX_STATEMENTS = 5_000
MAX_DEPTH = 60
"""Brackets inside one another; sqlglot recurses some 12 frames for each."""
_ROWS_ABOVE = 2_000
_ROWS = re.compile(r"(?i)\Ainsert\s+into\s+[^()';]{1,300}(?:\([^()]{0,5000}\)\s*)?\bvalues\s*\(")
"""Of a long INSERT of rows only the head is parsed: rows take 40 s a megabyte and name no table."""
_INTERESTING = re.compile(
    r"(?i)\b(?:from|join|into|copy|load|unload|insert|update|delete|merge|truncate|create|export|replace|using|table)\b"
)
_BODY = re.compile(r"(?is)^\s*(?:create|do|alter)\b.*?\$(\w*)\$(.*?)\$\1\$")
_BRACKET = re.compile(r"(?i)[(\[{)\]}]|\b(?:case|end)\b")
_BLOCK = re.compile(r"(?is)^\s*(?:declare\b.*?\bbegin|begin|(?:els)?if\b.{0,2000}?\bthen|else|loop)\b[ \t]*")
_DIALECTS = (
    (
        "snowflake",
        re.compile(r"(?i)\bcopy\s+into\b|\bcreate\s+(?:or\s+replace\s+)?stage\b|\bfrom\s+@|\bflatten\s*\(|\$\d\b"),
    ),
    ("redshift", re.compile(r"(?i)\biam_role\b|\bdist(?:key|style)\b|\bunload\s*\(|\bsortkey\b")),
    ("duckdb", re.compile(r"(?i)\bread_(?:csv|parquet|json)|\bfrom\s+'")),
    ("tsql", re.compile(r"(?i)\[dbo\]|\bbulk\s+insert\b|\bselect\s+top\b|\bfrom\s+#|\binto\s+#|\bnvarchar\b")),
    ("bigquery", re.compile(r"`[^`\n]+\.[^`\n]+`|(?i:\bexport\s+data\b|\bstruct\s*<|\bsafe_cast\b)")),
    (
        "spark",
        re.compile(
            r"(?i)\boverwrite\b|\busing\s+(?:parquet|delta|csv|orc)\b|\bstored\s+as\b|\binpath\b|\blateral\s+view\b|\w\.`"
        ),
    ),
    ("mysql", re.compile(r"`|(?i:\binfile\b|\bengine\s*=)")),
    ("postgres", re.compile(r"::|(?i:\bfrom\s+stdin\b|\breturning\b|\bilike\b)|\$\w*\$")),
)


class SqlAccess(Struct, frozen=True):
    """A statement reads or writes a table or a file. ``line`` counts from 0, the first line of the text."""

    dataset: DatasetId
    kind: EdgeKind
    certainty: Certainty
    line: int

    @property
    def name(self) -> str:
        """Name of the table, or the path or URI."""
        return self.dataset.name if self.dataset.namespace == "table" else self.dataset.uri


class SqlAccesses(Struct, frozen=True):
    """What a text reads and writes, each once a line; scripts that it includes; and what in it could not be read."""

    accesses: tuple[SqlAccess, ...] = ()
    includes: tuple[Statement, ...] = ()
    problems: tuple[str, ...] = ()


def accesses(text: str, dialect: str | None = None) -> SqlAccesses:
    """What a SQL text of one or many statements reads and writes. Never raises.

    dialect -- sqlglot's name of it, tried first; guessed for each statement where it is not given or unknown
    """
    problems: list[str] = []
    if len(text) > MAX_SIZE:
        problems.append(f"SQL of more than {MAX_SIZE >> 20} MB: only its beginning was read")
        text = text[: text.rfind("\n", 0, MAX_SIZE) if "\n" in text[:MAX_SIZE] else MAX_SIZE]
    holes = Holes()
    masked = holes.mask(text)
    temporary: set[str] = set()
    found: dict[tuple[DatasetId, EdgeKind, int], SqlAccess] = {}
    guessed: list[int] = []
    for number, statement in enumerate(split(without_client_commands(masked))):
        if number >= MAX_STATEMENTS:
            problems.append(f"more than {MAX_STATEMENTS} SQL statements: the rest was not read")
            break
        if not _INTERESTING.search(statement.text):
            continue
        for access in _of_statement(statement, holes, dialect, temporary, guessed):
            found.setdefault((access.dataset, access.kind, access.line), access)
    if guessed:
        more = f" and {len(guessed) - 1} more" if len(guessed) > 1 else ""
        problems.append(f"line {guessed[0] + 1}{more}: SQL that no parser takes; what it reads and writes is guessed")
    kept = [access for access in found.values() if access.dataset.name.lower() not in temporary]
    includes = tuple(Statement(holes.restore(file.text), file.line) for file in included(masked))
    return SqlAccesses(tuple(sorted(kept, key=lambda one: one.line)), includes, tuple(problems))


def _of_statement(
    statement: Statement, holes: Holes, dialect: str | None, temporary: set[str], guessed: list[int]
) -> Iterator[SqlAccess]:
    unload = _UNLOADED.search(statement.text)
    if unload:
        yield from _unloaded(statement, unload, holes, dialect, temporary, guessed)
        return
    if body := _BODY.search(statement.text):
        line = statement.line + statement.text.count("\n", 0, body.start(2))
        for inner in split(body[2]):
            text = _BLOCK.sub("", inner.text)
            if _INTERESTING.search(text):
                yield from _of_statement(Statement(text, line + inner.line), holes, dialect, temporary, guessed)
        return
    trees = _parsed(statement.text, dialect)
    if trees is None:
        guessed.append(statement.line)
        for name, is_location, kind, offset in guess(statement.text[:MAX_STATEMENT]):
            line = statement.line + statement.text.count("\n", 0, offset)
            yield _access(holes.restore(name), is_location, kind, Certainty.INFERRED, line)
        return
    from pipesec_tui.flow.sql.tables import found_in, is_temporary

    for tree in trees:
        if made := is_temporary(tree):
            temporary.add(holes.restore(made).lower())
        for name, is_location, kind, node in found_in(tree):
            line = statement.line + _line(node, name, statement.text)
            yield _access(holes.restore(name), is_location, kind, Certainty.LITERAL, line)


_UNLOADED = re.compile(
    r"(?is)^\s*unload\s*\(\s*(?:'(?P<quoted>(?:[^']|'')*)'|\$\$(?P<dollars>.*?)\$\$|(?P<open>\w.*?))\s*\)\s*to\s+'(?P<to>[^']+)'"
)


def _unloaded(
    statement: Statement,
    match: re.Match[str],
    holes: Holes,
    dialect: str | None,
    temporary: set[str],
    guessed: list[int],
) -> Iterator[SqlAccess]:
    """Redshift's and Athena's UNLOAD, of which the parser keeps only the text: a query in quotes, and a location."""
    group = next(name for name in ("quoted", "dollars", "open") if match[name] is not None)
    line = statement.line + statement.text.count("\n", 0, match.start(group))
    yield from _of_statement(Statement(match[group].replace("''", "'"), line), holes, dialect, temporary, guessed)
    line = statement.line + statement.text.count("\n", 0, match.start("to"))
    yield _access(holes.restore(match["to"]), True, EdgeKind.WRITES, Certainty.LITERAL, line)


def _access(name: str, is_location: bool, kind: EdgeKind, certainty: Certainty, line: int) -> SqlAccess:
    return SqlAccess(location(name) if is_location else table(name), kind, certainty, line)


def _line(node: object, name: str, text: str) -> int:
    """Line (from 0) of a node in its statement: the parser tells it of identifiers, literals are looked for."""
    import sqlglot.expressions as exp

    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        line = node.parts[0].meta.get("line")
        if isinstance(line, int):
            return line - 1
    at = text.find(name)
    return text.count("\n", 0, at) if at >= 0 else 0


def _parsed(text: str, dialect: str | None) -> list[exp.Expr] | None:
    """The trees of a statement; None where it is too long or too deep, or no likely dialect takes it."""
    if len(text) > _ROWS_ABOVE and (rows := _ROWS.match(text)):
        text = f"{rows[0]}1)"
    if len(text) > MAX_STATEMENT or _depth(text) > MAX_DEPTH:
        return None
    sqlglot = _parser()
    likely: list[str] = [dialect] if dialect and dialect in _dialect_names() else []
    likely += [name for name, sign in _DIALECTS if sign.search(text)][: 2 if likely else 3]
    for likely_name in dict.fromkeys([*likely, "", "postgres"]):
        try:
            trees = [tree for tree in sqlglot.parse(text, dialect=likely_name) if tree is not None]
        # Errors of the parser's own come out of odd input, beside the one that it declares.
        except (sqlglot.errors.SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
            continue
        if not any(isinstance(tree, sqlglot.exp.Command) for tree in trees):
            return trees
    return None


def _depth(text: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "([{" or bracket.lower() == "case" else -1
        deepest = max(deepest, depth)
    return deepest


@cache
def _parser() -> ModuleType:
    """sqlglot, without the warnings that it prints."""
    import logging

    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return sqlglot


@cache
def _dialect_names() -> frozenset[str]:
    from sqlglot.dialects.dialect import Dialects

    return frozenset(dialect.value for dialect in Dialects)
