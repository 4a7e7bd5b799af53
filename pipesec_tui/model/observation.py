"""What a check tells the engine, before the engine makes findings of it."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.finding import Evidence, FlowStep, Identity, Location
from pipesec_tui.model.severity import Confidence, Severity


class Observation(Struct, frozen=True, kw_only=True):
    """A finding as its check saw it: no id, ordinal or status yet. ``None`` takes the rule's own word.

    Texts are redacted already; ``identity.ordinal`` is 0 until the engine has seen all.
    """

    rule: str
    asset: str
    identity: Identity
    location: Location
    message: str
    title: str | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    flow: tuple[FlowStep, ...] = ()
    cwe: tuple[int, ...] | None = None
    aliases: tuple[str, ...] = ()
    cvss: str | None = None
    remediation: str | None = None
    fixed_in: str | None = None
    evidence: Evidence = {}
