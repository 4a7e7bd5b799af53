"""What a check did and did not look at."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from pipesec_tui.model.finding import Triage


class CoverageStatus(Enum):
    """``OK`` is a claim that must be made: what nobody spoke of is not covered."""

    OK = "ok"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    FAILED = "failed"


class Coverage(Struct, frozen=True, kw_only=True):
    """A check's word on one asset.

    ``reason`` says why a status is not ``ok``. ``count`` is how many files a ``dir:`` row stands for. ``triage`` is a
    person's decision to live with the gap.
    """

    check: str
    asset: str
    status: CoverageStatus
    reason: str | None = None
    count: int | None = None
    triage: Triage | None = None


INVENTORY = "inventory"
"""The name under which the file inventory reports: one row for every file found or left out."""
