"""An assessment as a whole: what ran, what it found, and what it did not look at."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Lineage

ASSESSMENT_SCHEMA = "pipesec.assessment/1"


class AssessmentStatus(Enum):
    """``INCOMPLETE`` where a selected check has a gap that nobody has accepted."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


class CheckStatus(Enum):
    """How a check ended.

    ``NOT_APPLICABLE``: nothing in the project for it. ``CONSENT``: waits for `pipesec allow`. ``MISSING``: its plugin,
    which the user counts on, can't be used.
    """

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not_applicable"
    CONSENT = "consent"
    MISSING = "missing"


class DataVersion(Struct, frozen=True):
    """Data that a check judged by, such as an advisory dump: its name and date (YYYY-MM-DD or ISO 8601)."""

    name: str
    date: str


class CheckRun(Struct, frozen=True, kw_only=True):
    """One check in one assessment.

    plugin   -- distribution or entry point that brought it
    version  -- of the plugin, or of the tool that it drives
    selected -- asked for: its gaps make the assessment incomplete
    rules    -- revision of every rule that the check judged by
    renamed  -- retired rule ids and what they are called now
    duration -- seconds; not compared, and left out of documents that must be byte-identical
    """

    id: str
    plugin: str
    version: str
    data: DataVersion | None = None
    status: CheckStatus = CheckStatus.OK
    reason: str | None = None
    selected: bool = True
    rules: dict[str, int] = {}
    renamed: dict[str, str] = {}
    duration: float | None = None


class AssessmentInfo(Struct, frozen=True, kw_only=True):
    """The head of an assessment. Times are ISO 8601 in UTC; ``pipesec`` is the program's version."""

    id: str
    project: str
    branch: str | None
    status: AssessmentStatus
    started_at: str
    finished_at: str | None
    commit: str | None
    pipesec: str
    checks: tuple[CheckRun, ...] = ()


class Assessment(Struct, frozen=True, kw_only=True):
    """``pipesec.assessment/1``, whole."""

    schema: str = ASSESSMENT_SCHEMA
    assessment: AssessmentInfo
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    components: tuple[Component, ...] = ()
    lineage: Lineage = Lineage()
