"""What semgrep is given for each file: the file itself where its name and encoding allow, else a copy."""

from __future__ import annotations

import ast
from bisect import bisect_right
from enum import Enum
from pathlib import Path

from msgspec import Struct

from pipesec_sast import assertions, notebook, regex_calls, shell, source, sql_files, tree
from pipesec_sast.redos import Slowdown
from pipesec_sast.redos_proof import Proof, prove
from pipesec_sast.tree import syntax
from pipesec_tui import FileEntry, Files, FileTooLarge, Location


class Language(Enum):
    """What a file is written in; the value is the suffix of a copy."""

    PYTHON = ".py"
    NOTEBOOK = ".ipynb"
    SHELL = ".sh"
    SQL = ".sql"
    JAVA = ".java"
    SCALA = ".scala"


class Skipped(Struct, frozen=True):
    """A file that is not looked at. ``gap``: something was there to look at."""

    file: FileEntry
    reason: str
    gap: bool = True


class Sighting(Struct, frozen=True):
    """A weakness that was seen beside semgrep. Lines and columns count from 1, columns in bytes."""

    rule: str
    line: int
    end_line: int
    column: int
    end_column: int
    proof: Proof | None = None

    @classmethod
    def of(cls, rule: str, node: ast.expr | ast.stmt, proof: Proof | None = None) -> Sighting:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return cls(rule, node.lineno, end_line, node.col_offset + 1, end_column + 1, proof)


MAX_PROOFS = 6
"""Slow patterns that are run for each file; each may take some seconds at worst."""

_BY_SUFFIX = {
    "ipynb": Language.NOTEBOOK, "sh": Language.SHELL, "bash": Language.SHELL, "sql": Language.SQL,
    "java": Language.JAVA, "scala": Language.SCALA,
}  # fmt: skip

_SLOW = {Slowdown.EXPONENTIAL: "redos-exponential", Slowdown.POLYNOMIAL: "redos-polynomial"}


class Target(Struct, frozen=True, kw_only=True):
    """A file that is looked at.

    scanned  -- absolute path of what semgrep reads; None for what it has no rules on
    text     -- the same as text
    seen     -- what was found in its syntax tree, beside semgrep
    reasons  -- why it is looked at in part only
    cells    -- lines of a notebook's code, where it is one
    """

    file: FileEntry
    scanned: str | None
    text: str
    seen: tuple[Sighting, ...] = ()
    reasons: tuple[str, ...] = ()
    cells: notebook.Code | None = None

    def place(self, start: int, end: int, column: int, end_column: int) -> tuple[Location, str | None]:
        """The location of a piece of ``text``, and the scope that holds it where the file cannot tell by itself.
        Columns are given in bytes, from 1; those of a notebook's code are not those of its file, and left out."""
        if self.cells is not None:
            cell, last = self.cells.line(start), self.cells.line(end)
            return Location(path=self.file.path, start_line=cell.line, end_line=last.line), cell.scope
        return Location(
            path=self.file.path,
            start_line=start,
            end_line=end,
            start_column=self._characters(start, column),
            end_column=self._characters(end, end_column),
        ), None

    def _characters(self, line: int, column: int) -> int:
        if self.text.isascii():
            return column
        lines = self.text.split("\n", line)
        raw = lines[line - 1].encode("utf-8", "surrogatepass") if line <= len(lines) else b""
        return len(raw[: column - 1].decode("utf-8", "ignore")) + 1


def language(path: str) -> Language:
    """By suffix; the check is given no other files than these."""
    suffix = path.lower().rpartition(".")[2]
    return _BY_SUFFIX.get(suffix, Language.PYTHON)


def prepare(file: FileEntry, files: Files, folder: Path) -> Target | Skipped:
    """A file made ready for semgrep; copies go to ``folder``."""
    try:
        content = files.read_bytes(file, limit=source.MAX_BYTES)
    except FileTooLarge:
        return Skipped(file, f"larger than {source.MAX_BYTES >> 20} MiB")
    except OSError as error:
        return Skipped(file, f"cannot be read: {error.strerror}")
    match language(file.path):
        case Language.PYTHON:
            return _python(file, content, files, folder)
        case Language.NOTEBOOK:
            return _notebook(file, content, folder)
        case Language.SQL:
            return _sql(file, content)
        case Language.SHELL | Language.JAVA | Language.SCALA as other:
            return _plain_text(file, content, files, folder, other)


def _python(file: FileEntry, content: bytes, files: Files, folder: Path) -> Target | Skipped:
    try:
        text, utf8 = source.decode(content)
    except source.Unreadable as error:
        return Skipped(file, str(error))
    real = files.real_path(file)
    scanned = real if utf8 and _plain(real) else _copy(folder, text, Language.PYTHON)
    seen, reasons = _examine(text)
    return Target(file=file, scanned=scanned, text=text, seen=seen, reasons=reasons)


def _notebook(file: FileEntry, content: bytes, folder: Path) -> Target | Skipped:
    try:
        code = notebook.extract(content)
    except notebook.NotANotebook as error:
        return Skipped(file, str(error))
    except notebook.OtherLanguage as error:
        return Skipped(file, str(error), gap=False)
    seen, reasons = _examine(code.text)
    commands = tuple(_weak(weak, line) for line, text in code.commands for weak in shell.find(text))
    return Target(
        file=file,
        scanned=_copy(folder, code.text, Language.PYTHON),
        text=code.text,
        seen=(*seen, *commands),
        reasons=(*code.reasons, *reasons),
        cells=code,
    )


def _examine(text: str) -> tuple[tuple[Sighting, ...], tuple[str, ...]]:
    """What the syntax tree of some Python shows, and what keeps it from being looked at whole."""
    parsed = source.parse(text)
    if isinstance(parsed, source.Broken):
        return (), (source.describe(parsed),)
    module = syntax.read(parsed)
    patterns = regex_calls.examine(module)
    seen = _slow_patterns(patterns)
    seen += [Sighting.of("assertion-as-validation", node) for node in assertions.find(module)]
    seen += [Sighting.of(rule, node) for rule, node in tree.find(module)]
    reasons = [f"regular expression in line {line} is too large to be analyzed" for line in patterns.too_large]
    return tuple(seen), tuple(reasons)


def _slow_patterns(patterns: regex_calls.Patterns) -> list[Sighting]:
    """The slow patterns of a file; the worst of them are run to see it."""
    seen, left = [], MAX_PROOFS
    for slowdown, use in sorted(
        patterns.slow, key=lambda one: (one[0] is not Slowdown.EXPONENTIAL, one[1].node.lineno)
    ):
        proof = None
        if left:
            left -= 1
            binary = isinstance(use.node, ast.Constant) and isinstance(use.node.value, bytes)
            proof = prove(use.pattern, use.flags, slowdown, whole=use.whole, anywhere=use.anywhere, binary=binary)
        seen.append(Sighting.of(_SLOW[slowdown], use.node, proof))
    return seen


def _sql(file: FileEntry, content: bytes) -> Target | Skipped:
    if b"\0" in content:
        return Skipped(file, "holds null bytes: not SQL that is analyzed")
    text = content.decode("utf-8-sig", "replace")
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

    def place(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, len(text[starts[line - 1] : offset].encode("utf-8", "surrogatepass")) + 1

    seen = []
    for rule, begin, end in sql_files.find(text):
        (line, column), (end_line, end_column) = place(begin), place(end)
        seen.append(Sighting(rule, line, end_line, column, end_column))
    return Target(file=file, scanned=None, text=text, seen=tuple(dict.fromkeys(seen)))


def _plain_text(file: FileEntry, content: bytes, files: Files, folder: Path, kind: Language) -> Target | Skipped:
    if b"\0" in content:
        return Skipped(file, "holds null bytes: not source code")
    real = files.real_path(file)
    try:
        text = content.decode("utf-8")
        plain = _plain(real)
    except UnicodeDecodeError:
        # Shells read bytes; every byte is a character here, so that lines and ASCII stay as they are.
        text, plain = content.decode("latin-1"), False
    seen = tuple(_weak(weak) for weak in shell.find(text)) if kind is Language.SHELL else ()
    return Target(file=file, scanned=real if plain else _copy(folder, text, kind), text=text, seen=seen)


def _weak(weak: shell.Weak, line: int = 0) -> Sighting:
    """``line`` is added to where it was seen."""
    return Sighting(weak.rule, weak.line + line, weak.end_line + line, weak.column, weak.end_column)


def _plain(path: str) -> bool:
    """Whether a path survives a command line and a line of output."""
    return path.isprintable()


def _copy(folder: Path, text: str, kind: Language) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / f"{sum(1 for _ in folder.iterdir()):06}{kind.value}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return str(path)
