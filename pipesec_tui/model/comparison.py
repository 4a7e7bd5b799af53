"""Two assessments held against each other."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from pipesec_tui.model.assessment import AssessmentInfo
from pipesec_tui.model.finding import Finding

DIFF_SCHEMA = "pipesec.diff/1"


class Outcome(Enum):
    """What became of a finding between two assessments."""

    NEW = "new"
    FIXED = "fixed"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REOPENED = "reopened"
    REMOVED = "removed"
    NOT_ASSESSED = "not_assessed"


class Reason(Enum):
    """Why an outcome is what it is, where that isn't plain.

    For *new*: ``new_coverage`` (the base didn't look there), ``new_advisory`` (published since), ``new_rule``.
    For *removed*: ``asset_deleted``, ``rule_retired``, ``excluded``. For *not assessed*: all others.
    """

    NEW_COVERAGE = "new_coverage"
    NEW_ADVISORY = "new_advisory"
    NEW_RULE = "new_rule"
    ASSET_DELETED = "asset_deleted"
    RULE_RETIRED = "rule_retired"
    EXCLUDED = "excluded"
    RULE_CHANGED = "rule_changed"
    PLUGIN_MISSING = "plugin_missing"
    CHECK_NOT_RUN = "check_not_run"
    CHECK_FAILED = "check_failed"
    TIMEOUT = "timeout"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    NOT_REPORTED = "not_reported"
    DATA_OLDER = "data_older"


class ComparedFinding(Finding, frozen=True, kw_only=True):
    """A finding with how it was matched.

    match_pass -- number of the matching pass that paired it (1 is the strongest); None where it has no partner
    reason     -- see ``Reason``; for *changed*, the names of the fields that changed, joined by commas
    """

    match_pass: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, finding: Finding, match_pass: int | None = None, reason: str | None = None) -> ComparedFinding:
        values = {name: getattr(finding, name) for name in Finding.__struct_fields__}
        return cls(**values, match_pass=match_pass, reason=reason)

    def plain(self) -> Finding:
        """The finding without its match."""
        return Finding(**{name: getattr(self, name) for name in Finding.__struct_fields__})


class Comparison(Struct, frozen=True, kw_only=True):
    """``pipesec.diff/1``. ``base`` and ``head`` are the heads of the two assessments."""

    schema: str = DIFF_SCHEMA
    base: AssessmentInfo
    head: AssessmentInfo
    new: tuple[ComparedFinding, ...] = ()
    fixed: tuple[ComparedFinding, ...] = ()
    unchanged_count: int = 0
    changed: tuple[ComparedFinding, ...] = ()
    reopened: tuple[ComparedFinding, ...] = ()
    removed: tuple[ComparedFinding, ...] = ()
    not_assessed: tuple[ComparedFinding, ...] = ()

    def of(self, outcome: Outcome) -> tuple[ComparedFinding, ...]:
        """The findings with an outcome; raises AttributeError for ``UNCHANGED``, which is only counted."""
        found: tuple[ComparedFinding, ...] = getattr(self, outcome.value)
        return found
