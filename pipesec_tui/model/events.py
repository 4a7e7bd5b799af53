"""What happens while an assessment runs: the only way out of the engine.

``Frame`` is what a worker says on its pipe; ``Event`` is what the engine tells its listeners.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment, CheckRun, DataVersion
from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Lineage
from pipesec_tui.model.observation import Observation


class Progress(Struct, frozen=True, tag="progress"):
    """``done`` of ``total`` (None where unknown), and a word on what is being done."""

    done: int
    total: int | None
    what: str = ""


class Observed(Struct, frozen=True, tag="observed"):
    observation: Observation


class Covered(Struct, frozen=True, tag="covered"):
    coverage: Coverage


class ComponentSeen(Struct, frozen=True, tag="component"):
    component: Component


class LineageSeen(Struct, frozen=True, tag="lineage"):
    lineage: Lineage


class DataUsed(Struct, frozen=True, tag="data"):
    data: DataVersion


class Volatile(Struct, frozen=True, tag="volatile"):
    """What was said depends on something that isn't in the cache's key: it must not be answered from there."""


class WorkerDone(Struct, frozen=True, tag="done"):
    """The check returned; ``error`` is one line where it raised instead, ``detail`` the end of its traceback."""

    error: str | None = None
    detail: str | None = None


Frame: TypeAlias = Progress | Observed | Covered | ComponentSeen | LineageSeen | DataUsed | Volatile | WorkerDone


class AssessmentStarted(Struct, frozen=True, tag="assessment_started"):
    """``checks`` are the ids of what is going to run, in order."""

    id: str
    project: str
    checks: tuple[str, ...]


class CheckStarted(Struct, frozen=True, tag="check_started"):
    """``cached`` of ``assets`` assets are answered from the cache."""

    check: str
    assets: int
    cached: int


class CheckProgress(Struct, frozen=True, tag="check_progress"):
    check: str
    progress: Progress


class FindingSeen(Struct, frozen=True, tag="finding"):
    finding: Finding


class CheckFinished(Struct, frozen=True, tag="check_finished"):
    """The check's record, how many findings it brought and how many of its assets are not ``ok``."""

    run: CheckRun
    findings: int
    gaps: int


class AssessmentFinished(Struct, frozen=True, tag="assessment_finished"):
    assessment: Assessment


Event: TypeAlias = AssessmentStarted | CheckStarted | CheckProgress | FindingSeen | CheckFinished | AssessmentFinished
