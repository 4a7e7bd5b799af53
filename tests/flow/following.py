"""A small project of Python text, and what following it tells."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from pipesec_tui.flow.catalogue import load
from pipesec_tui.flow.facts import DatasetId, RunFact
from pipesec_tui.flow.python.extract import PythonFacts, extract_python
from pipesec_tui.flow.python.summarize import summarize
from pipesec_tui.model.lineage import EdgeKind, Where


class SqlSeen(NamedTuple):
    dataset: DatasetId
    kind: EdgeKind


def read_sql(text: str, dialect: str | None) -> Iterator[SqlSeen]:
    """A stand-in for the reader of SQL, which has tests of its own: FROM and JOIN read, INTO and CREATE TABLE write."""
    for word, name in re.findall(r"(?i)\b(from|join|into|table)\s+([\w.\"{}:@-]+)", text):
        kind = EdgeKind.READS if word.lower() in ("from", "join") else EdgeKind.WRITES
        yield SqlSeen(DatasetId("table", name), kind)


def follow(
    files: dict[str, str] | str, runs: tuple[RunFact, ...] = (), environment: dict[str, str] | None = None
) -> PythonFacts:
    """Follows files by path; a text alone is the file ``job.py``."""
    if isinstance(files, str):
        files = {"job.py": files}
    texts = {path: textwrap.dedent(text) for path, text in files.items()}
    summaries = [summarize(path, text) for path, text in texts.items() if path.endswith(".py")]
    return extract_python(
        summaries,
        load(),
        read=lambda path: texts[path].encode() if path in texts else None,
        runs=runs,
        environment=environment,
        sql=read_sql,
    )


def seen(files: dict[str, str] | str, *runs: RunFact) -> set[str]:
    """Accesses as lines: ``reads data/a.csv``."""
    return {f"{a.kind.value} {a.dataset.uri}" for a in follow(files, runs).extraction.accesses}


def by_stage(files: dict[str, str] | str, *runs: RunFact) -> set[str]:
    """Accesses as lines with their stage's name: ``job reads data/a.csv``."""
    facts = follow(files, runs).extraction
    names = {stage.key: stage.name for stage in facts.stages}
    return {f"{names.get(a.stage, a.stage)} {a.kind.value} {a.dataset.uri}" for a in facts.accesses}


def sure(files: dict[str, str] | str, *runs: RunFact) -> dict[str, str]:
    """How sure each dataset's name is."""
    return {a.dataset.uri: a.certainty.value for a in follow(files, runs).extraction.accesses}


def run(target: str, *positional: str, stage: str = "", **options: str) -> RunFact:
    arguments = {str(number): value for number, value in enumerate(positional, 1)}
    arguments.update({f"--{name}": value for name, value in options.items()})
    return RunFact(stage=stage, target=target, arguments=arguments, where=Where("run.sh", 1))
