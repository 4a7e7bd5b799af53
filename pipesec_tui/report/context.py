"""What a report knows beside its document."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from msgspec import Struct

from pipesec_tui.model.rule import RuleSpec


class GateOutcome(Enum):
    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class GateText(Struct, frozen=True, kw_only=True):
    """The gate's word, and the reasons for it, a line each."""

    outcome: GateOutcome
    reasons: tuple[str, ...] = ()


class ReportContext(Struct, frozen=True, kw_only=True):
    """How to write a report.

    gate  -- None where no gate was asked for
    rules -- by id; a rule that is missing is described by its findings
    width -- columns of the table
    color -- the table may use it
    top   -- how many findings the table lists
    """

    gate: GateText | None = None
    rules: Mapping[str, RuleSpec] = {}
    width: int = 100
    color: bool = False
    top: int = 10


def terminal_context(
    stream: TextIO, *, gate: GateText | None = None, rules: Mapping[str, RuleSpec] | None = None, top: int = 10
) -> ReportContext:
    """A context that fits where a report is going to be shown: color and the window's width on a terminal only.

    ``NO_COLOR`` (set to anything) and ``TERM=dumb`` are honored.
    """
    on_terminal = stream.isatty()
    color = on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if on_terminal else 100
    return ReportContext(gate=gate, rules=rules or {}, width=max(width, 60), color=color, top=top)
