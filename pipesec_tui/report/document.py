"""pipesec's own JSON documents: the contract that all other formats derive from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import msgspec

from pipesec_tui.model.assessment import Assessment, AssessmentInfo
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.report.context import ReportContext
from pipesec_tui.report.escape import json_safe

_ENCODER = msgspec.json.Encoder(order="deterministic")
"""Fields in the order of the model, keys of mappings sorted; absent values are null."""


def write_assessment(assessment: Assessment, stream: TextIO, context: ReportContext) -> None:
    """``pipesec.assessment/1``."""
    _write(msgspec.structs.replace(assessment, assessment=_timeless(assessment.assessment)), stream)


def write_comparison(comparison: Comparison, stream: TextIO, context: ReportContext) -> None:
    """``pipesec.diff/1``."""
    base, head = _timeless(comparison.base), _timeless(comparison.head)
    _write(msgspec.structs.replace(comparison, base=base, head=head), stream)


def _timeless(info: AssessmentInfo) -> AssessmentInfo:
    """How long a check took says nothing about the project, and differs from machine to machine."""
    checks = tuple(msgspec.structs.replace(run, duration=None) for run in info.checks)
    return msgspec.structs.replace(info, checks=checks)


def _write(document: Assessment | Comparison, stream: TextIO) -> None:
    """Item by item, so that a large document is never held as one text."""
    separator = "{\n"
    for name in document.__struct_fields__:
        value = getattr(document, name)
        stream.write(f'{separator}  "{name}": ')
        if isinstance(value, tuple):
            _write_list(value, stream)
        else:
            stream.write(pretty(value, 2))
        separator = ",\n"
    stream.write("\n}\n")


def _write_list(items: Sequence[object], stream: TextIO) -> None:
    if not items:
        stream.write("[]")
        return
    separator = "[\n    "
    for item in items:
        stream.write(separator)
        stream.write(pretty(item, 4))
        separator = ",\n    "
    stream.write("\n  ]")


def pretty(value: object, indent: int) -> str:
    """A value as JSON, two spaces a level, standing at a column: line breaks are only between tokens."""
    text = msgspec.json.format(_ENCODER.encode(value), indent=2).decode()
    return json_safe(text.replace("\n", "\n" + " " * indent))
