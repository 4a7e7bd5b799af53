"""Jobs of GitHub Actions and GitLab CI, where their commands move data or run stages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.shell import add_shell
from pipesec_tui.flow.formats.tree import Mapping, Plain, Sequence, Text, load_one

_EXPRESSION = re.compile(r"\$\{\{\s*([^{}]*?)\s*\}\}")
_NOT_JOBS = frozenset({"variables", "default", "workflow", "include", "stages", "cache"})


def read(path: str, content: bytes) -> Extraction:
    """A stage for each job that does something that can be told. Raises Malformed."""
    draft = Draft(path)
    root = load_one(content)
    jobs = root.mapping("jobs") if ".github/" in path else root
    for name, job in jobs.mappings():
        if name in _NOT_JOBS:
            continue
        probe = Draft(path)
        _add(probe, name, job, jobs.line_of(name))
        if probe.flows:
            _add(draft, name, job, jobs.line_of(name))
    return draft.done()


def _add(draft: Draft, name: str, job: Mapping, line: int) -> None:
    stage = draft.stage(name, line, language="shell")
    for text in _scripts(job):
        add_shell(draft, stage, _EXPRESSION.sub(_hole, text), text.first)


def _scripts(job: Mapping) -> Iterator[Text]:
    for step in job.sequence("steps"):
        if isinstance(step, Mapping) and (run := step.text("run")):
            yield run
    for key in ("before_script", "script", "after_script"):
        yield from _texts(job.sequence(key))


def _texts(values: list[Plain]) -> Iterator[Text]:
    for value in values:
        if isinstance(value, Text):
            yield value
        elif isinstance(value, Sequence):
            yield from (one for one in value if isinstance(one, Text))


def _hole(match: re.Match[str]) -> str:
    context, _, name = match[1].partition(".")
    kind = {"env": "env", "inputs": "param", "matrix": "param", "vars": "config", "secrets": "config"}.get(
        context, "expr"
    )
    return f"{{{kind}:{name if kind != 'expr' else match[1]}}}"
