"""Decisions on findings and gaps, as they are written down: in the triage file, and in the history."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.finding import FindingStatus, Identity, Triage


class Gap(Struct, frozen=True):
    """What a check did not look at: a coverage row that isn't ``ok``."""

    check: str
    asset: str


class TriageEntry(Struct, frozen=True, kw_only=True):
    """One decision, on a finding (``finding``, ``identity``) or on a gap.

    finding  -- the finding's id; ``identity``, ``rule`` and ``path`` recognize it where that id isn't known
    state    -- accepted, false positive, or open: an earlier decision is taken back
    until    -- YYYY-MM-DD, the last day the decision counts; None without an end
    at       -- ISO 8601 time (or date) of the decision
    """

    state: FindingStatus
    reason: str
    finding: str | None = None
    identity: Identity | None = None
    gap: Gap | None = None
    rule: str | None = None
    path: str | None = None
    until: str | None = None
    actor: str | None = None
    at: str | None = None

    def decision(self) -> Triage:
        """The entry as it is shown on what it was made for."""
        return Triage(state=self.state, reason=self.reason, until=self.until, actor=self.actor, at=self.at)
