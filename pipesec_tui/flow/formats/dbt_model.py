"""dbt models, snapshots and tests: SQL with Jinja that names what it reads by ``ref`` and ``source``.

Format: https://docs.getdbt.com/reference/dbt-jinja-functions. Jinja is never rendered: it may
run macros of the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats import sql_script
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.lines import Lines
from pipesec_tui.flow.formats.place import table
from pipesec_tui.flow.formats.tree import MAX_SIZE, Malformed
from pipesec_tui.flow.sql import accesses
from pipesec_tui.model.lineage import Certainty, EdgeKind

_TEXT = r"""['"]([^'"\n]{1,200})['"]"""
_REF = re.compile(rf"\bref\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?[^()]{{0,100}}\)")
_SOURCE = re.compile(rf"\bsource\(\s*{_TEXT}\s*,\s*{_TEXT}\s*\)")
_BRACES = re.compile(r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\})){0,5000}\}\}")
_COMMENT = re.compile(r"\{#(?:[^#{]|#(?!\})|\{(?!#))*+#\}")
_CONFIG = re.compile(r"^\{\{-?\s*config\s*\(", re.DOTALL)
_INCREMENTAL = re.compile(
    r"\{%-?\s*if\s+is_incremental\(\).{0,5000}?(?:\{%-?\s*else\s*-?%\}|\{%-?\s*endif\s*-?%\})", re.DOTALL
)
"""What only later runs of a model read, its own table mostly; with it the rest is no query that a parser takes."""
_ALIAS = re.compile(rf"\balias\s*=\s*{_TEXT}")
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)")
_SIGN = re.compile(r"\{\{-?\s*(?:config|ref|source)\s*\(|\{%-?\s*(?:snapshot|macro|test|materialization)\b")
_MACRO = re.compile(r"\{%-?\s*(?:macro|test|materialization)\b")
_BARE_QUERY = re.compile(r"(?is)\A(?:\s+|--[^\n]*\n|/\*.*?\*/|\{[%{#].*?[%}#]\})*(?:with|select)\b")
_TESTS = re.compile(r"(?:^|/)(?:tests|analyses|analysis)/(?!.*(?:^|/)(?:models|snapshots)/)")
_MODELS = re.compile(r"(?:^|/)(?:models|snapshots)/")


def read(path: str, content: bytes) -> Extraction:
    """A model is a stage that writes the table of its name. Other SQL is read as a script. Raises Malformed."""
    if len(content) > MAX_SIZE and not _SIGN.search(content[:MAX_SIZE].decode("utf-8", "replace")):
        return sql_script.read(path, content)
    text = content.decode("utf-8-sig", "replace")
    if not _SIGN.search(text) and not (_MODELS.search(path) and _BARE_QUERY.match(text)):
        return sql_script.read(path, content)
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    if _MACRO.search(text):
        return Extraction()
    draft = Draft(path)
    snapshot = _SNAPSHOT.search(text)
    name = snapshot[1] if snapshot else draft.stem
    stage = draft.stage(name, key=path, language="sql", code=path, pipeline=_project(path))
    text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    config = next((match for match in _BRACES.finditer(text) if _CONFIG.match(match[0])), None)
    alias = _ALIAS.search(config[0]) if config else None
    own = alias[1] if alias else name
    if not _TESTS.search(path):
        draft.access(stage, table(own), EdgeKind.WRITES, 1, api="dbt")
    declared = set()
    places = Lines(text)
    for dataset, offset in references(text):
        declared.add(dataset)
        draft.access(stage, dataset, EdgeKind.READS, places.at(offset), api="dbt")
    text = _INCREMENTAL.sub(lambda match: "\n" * match[0].count("\n"), text)
    told = accesses(_BRACES.sub(lambda match: _plain(match[0], own), text))
    for access in told.accesses:
        opaque = access.dataset.name.startswith("{expr:") and access.dataset.name.endswith("}")
        # A name that the parser did not see whole may be a CTE's or a column's.
        guessed = access.certainty is Certainty.INFERRED and declared
        if (
            access.kind is EdgeKind.READS
            and access.dataset not in declared | {table(own)}
            and not opaque
            and not guessed
        ):
            draft.access(stage, access.dataset, EdgeKind.READS, access.line + 1, access.certainty, api="sql")
    if not declared:
        for problem in told.problems:
            draft.problem(problem)
    return draft.done()


def references(text: str) -> Iterator[tuple[DatasetId, int]]:
    """Tables that ``ref`` and ``source`` name, as datasets, with their offsets."""
    for match in _REF.finditer(text):
        yield table(match[2] or match[1]), match.start()
    for match in _SOURCE.finditer(text):
        yield table(f"{match[1]}.{match[2]}"), match.start()


def _plain(braces: str, own: str) -> str:
    """An expression as SQL, where it names a table; configuration is blank; the rest stays a hole."""
    lines = "\n" * braces.count("\n")
    if _CONFIG.match(braces):
        return lines
    if found := next(references(braces), None):
        return ".".join(f'"{part}"' for part in found[0].name.split(".")) + lines
    if re.match(r"^\{\{-?\s*this\b", braces):
        return f'"{own}"{lines}'
    return braces


def _project(path: str) -> str | None:
    """Folder of the dbt project, where the path tells it."""
    match = re.search(r"(?:^|/)(?:models|snapshots|analyses|tests)/", path)
    return path[: match.start()].rpartition("/")[2] or None if match else None
