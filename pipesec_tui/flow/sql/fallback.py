"""What can be told of a statement that the parser refuses: five patterns, and what they find is inferred."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipesec_tui.model.lineage import EdgeKind

_NAME = (
    r"(?P<{}>(?:[\w@#$-]+|\"[^\"\n]+\"|`[^`\n]+`|\[[^\]\n]+\])"
    r"(?:\s?\.\s?(?:[\w#$-]+|\"[^\"\n]+\"|`[^`\n]+`|\[[^\]\n]+\])){{0,3}})"
)
_TEXT = r"(?:'(?P<{0}>[^'\n]{{1,500}})'|\"(?P<{0}_>[^\"\n]{{1,500}})\")"
_COPY = re.compile(
    rf"(?is)\b(?:copy(?:\s+into)?|bulk\s+insert)\s+{_NAME.format('table')}\s*(?:\([^)]{{0,2000}}\))?\s*"
    rf"(?P<way>from|to)\s+{_TEXT.format('file')}"
)
_COPY_QUERY = re.compile(rf"(?is)\bcopy\s+\(.{{0,20000}}?\)\s*to\s+{_TEXT.format('file')}")
_UNLOAD = re.compile(rf"(?is)\bunload\s*\(.{{0,20000}}\)\s*to\s+{_TEXT.format('file')}")
_LOAD = re.compile(
    rf"(?is)\bload\s+data\s+(?:\w+\s+){{0,3}}?in(?:file|path)\s+{_TEXT.format('file')}.{{0,200}}?\binto\s+table\s+{_NAME.format('table')}"
)
_DIRECTORY = re.compile(rf"(?is)\binsert\s+overwrite\s+(?:local\s+)?directory\s+{_TEXT.format('file')}")
_GENERIC = re.compile(
    rf"(?is)\b(?P<word>insert\s+(?:into|overwrite)(?:\s+table)?|merge\s+into|create\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:table|view)"
    rf"(?:\s+if\s+not\s+exists)?|into|update|from|join)\s+(?:{_TEXT.format('file')}|{_NAME.format('table')})(?P<call>\s*\()?"
)
_CTE = re.compile(
    r"(?is)(?:\bwith(?:\s+recursive)?|,)\s+(\w+)\s*(?:\([^()]{0,500}\)\s*)?as\s*(?:(?:not\s+)?materialized\s*)?\("
)
_COMMENT = re.compile(r"(?s)--[^\n]*|/\*.*?\*/")
_WORDS = frozenset(
    {
        "select",
        "stdin",
        "stdout",
        "set",
        "unnest",
        "lateral",
        "values",
        "table",
        "only",
        "dual",
        "where",
        "if",
        "directory",
        "local",
    }
)

Found = tuple[str, bool, EdgeKind, int]
"""Name, whether it is a location, what is done with it, and offset in the statement."""


def guess(statement: str) -> Iterator[Found]:
    """What a statement that no parser takes seems to read and write."""
    text = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), statement)
    for pattern in (_COPY, _LOAD):
        if match := pattern.search(text):
            table_is_read = match.groupdict().get("way", "").lower() == "to"
            ways = (EdgeKind.WRITES, EdgeKind.READS) if table_is_read else (EdgeKind.READS, EdgeKind.WRITES)
            yield _file(match), True, ways[0], match.start()
            yield _bare(match["table"]), False, ways[1], match.start("table")
            return
    for pattern in (_COPY_QUERY, _UNLOAD, _DIRECTORY):
        if match := pattern.search(text):
            yield _file(match), True, EdgeKind.WRITES, match.start()
    local = {name.lower() for name in _CTE.findall(text)}
    for match in _GENERIC.finditer(text):
        word = match["word"].lower()
        kind = EdgeKind.READS if word in ("from", "join") else EdgeKind.WRITES
        if match["table"] is None:
            yield _file(match), True, kind, match.start()
            continue
        name = _bare(match["table"])
        called = match["call"] and kind is EdgeKind.READS
        if not called and name.lower() not in local | _WORDS and not name.isdigit():
            yield name, False, kind, match.start("table")


def _file(match: re.Match[str]) -> str:
    return match["file"] or match["file_"] or ""


def _bare(name: str) -> str:
    return ".".join(part.strip().strip('"`[]') for part in name.split("."))
