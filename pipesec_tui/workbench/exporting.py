"""Exports: the same formats and the same writing as the command line's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TextIO

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.report import FORMATS, ReportContext
from pipesec_tui.report.atomic import write_atomic
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.screens.export import Export
from pipesec_tui.workbench.wording import short

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
MOST = 1_000_000
"""Findings that a table lists: all."""


def what(view: str) -> str:
    """What an export of a view holds, in words."""
    return {"findings": "these findings", "compare": "this comparison"}.get(view, "the assessment")


def stem(context: Context, view: str) -> str:
    """A file's name without its extension."""
    assert context.current is not None
    name = _UNSAFE.sub("-", context.name).strip("-.")[:40] or "pipesec"
    kind = "diff" if view == "compare" else "findings" if view == "findings" else "assessment"
    return f"{name}-{kind}-{short(context.current.id)}"


def write(document: Assessment | Comparison, export: Export, rules: Mapping[str, RuleSpec]) -> None:
    """Write it, whole or not at all. Raises ReportError."""
    chosen = FORMATS[export.format]
    context = ReportContext(rules=rules, top=MOST)

    def render(stream: TextIO) -> None:
        if isinstance(document, Assessment):
            chosen.assessment(document, stream, context=context)
        else:
            chosen.comparison(document, stream, context=context)

    write_atomic(export.path, render)
