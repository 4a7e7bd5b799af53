"""Decisions as `pipesec.triage.toml` holds them."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.finding import FindingStatus, Identity


class TriageEntry(Struct, frozen=True, kw_only=True):
    """A decision as `pipesec.triage.toml` holds it: on a finding (``identity``) or on a gap (``check`` and ``asset``)."""

    state: FindingStatus
    reason: str
    until: str | None  # YYYY-MM-DD
    finding: str | None = None
    rule: str | None = None
    path: str | None = None
    identity: Identity | None = None
    check: str | None = None
    asset: str | None = None
    actor: str | None = None
    at: str | None = None
