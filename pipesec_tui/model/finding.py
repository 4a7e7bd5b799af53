"""Findings: one weakness at one place, and what makes it the same weakness next time."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from pipesec_tui.model.area import Area
from pipesec_tui.model.severity import Confidence, Severity

Scalar: TypeAlias = str | int | float | bool | None
Evidence: TypeAlias = dict[str, Scalar | list[Scalar] | dict[str, Scalar]]
"""What a finding rests on: facts a reader can check. Never a secret's value."""

IDENTITY_VERSION = 1


class Location(Struct, frozen=True, kw_only=True):
    """Where a finding is. Paths are relative to the project, with ``/``; lines and columns count from 1.

    ``end_column`` is the column behind the last character.
    """

    path: str | None = None
    start_line: int | None = None
    end_line: int | None = None
    start_column: int | None = None
    end_column: int | None = None
    pipeline: str | None = None
    stage: str | None = None
    dataset: str | None = None
    purl: str | None = None
    image: str | None = None


class FlowStep(Struct, frozen=True):
    """One step on the way from a source to the weakness, in the order of the data."""

    path: str | None
    line: int | None
    what: str


class Identity(Struct, frozen=True, kw_only=True):
    """What a finding is recognized by, on any machine. All digests are BLAKE2b-128 in hexadecimal.

    Severity, message, tool version and line number take no part in it. Code is redacted before it is digested.

    version -- of this scheme, ``IDENTITY_VERSION``
    anchor  -- digest of rule, place (path or asset), scope, and code or subject
    scope   -- qualified name of what encloses the finding: function, notebook cell, SQL statement, JSON pointer
    context -- digest of the three lines before and behind, for findings in text
    ordinal -- counts findings with equal anchors, from 0, in file order
    code    -- digest of the code without white space, or of the subject
    line    -- digest of the first line without white space, for findings in text
    """

    version: int = IDENTITY_VERSION
    anchor: str
    scope: str | None = None
    context: str | None = None
    ordinal: int = 0
    code: str | None = None
    line: str | None = None


class FindingStatus(Enum):
    """What became of a finding."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    FIXED = "fixed"


class Triage(Struct, frozen=True, kw_only=True):
    """A person's decision on a finding or a gap. ``until`` is a date (YYYY-MM-DD), the last day it counts."""

    state: FindingStatus
    reason: str
    until: str | None
    actor: str | None = None
    at: str | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One weakness at one place, as it stands in an assessment and in every document.

    check         -- the check that saw it; its coverage decides whether the finding can be called fixed
    asset         -- URN of what was looked at (see ``pipesec_tui.model.asset``)
    rule_revision -- of the rule when it was seen
    cvss          -- CVSS vector, where one is known
    priority      -- 0 to 10, from ``pipesec_tui.risk``
    first_seen    -- ISO 8601 time of the first assessment that saw it
    reopened_at   -- ISO 8601 time of the assessment in which it came back, where it had been gone for a while
    not_assessed  -- why this assessment did not look again (a ``Reason``), where the finding is carried over from an
                     earlier one; None where it was seen
    """

    id: str
    identity: Identity
    rule: str
    rule_revision: int = 1
    check: str
    asset: str
    area: Area
    severity: Severity
    confidence: Confidence
    title: str
    message: str
    location: Location
    flow: tuple[FlowStep, ...] = ()
    cwe: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    cvss: str | None = None
    remediation: str | None = None
    fixed_in: str | None = None
    evidence: Evidence = {}
    status: FindingStatus = FindingStatus.OPEN
    priority: float | None = None
    exposed_to: tuple[str, ...] = ()
    blast_radius: tuple[str, ...] = ()
    triage: Triage | None = None
    first_seen: str | None = None
    reopened_at: str | None = None
    not_assessed: str | None = None
