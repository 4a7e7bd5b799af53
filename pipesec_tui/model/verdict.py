"""Verdicts of poisoning cases and canaries, and the documents that carry them."""

from __future__ import annotations

from enum import Enum
from functools import total_ordering

from msgspec import Struct, field

from pipesec_tui.model.finding import Scalar


@total_ordering
class PoisonVerdict(Enum):
    """What became of a poisoned record, in rising order of harm; compares by harm."""

    NOT_EXERCISED = "not_exercised"
    SANITIZED = "sanitized"
    QUARANTINED = "quarantined"
    DROPPED = "dropped"
    ALTERED = "altered"
    CRASHED = "crashed"
    PROPAGATED = "propagated"
    BYPASSED = "bypassed"
    EXHAUSTED = "exhausted"
    HUNG = "hung"
    ESCAPED = "escaped"
    NETWORK = "network"
    EXECUTED = "executed"

    @property
    def harm(self) -> int:
        """0 for what was not exercised, up to 12."""
        return _HARM[self]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, PoisonVerdict):
            return NotImplemented
        return self.harm < other.harm


_HARM = {verdict: index for index, verdict in enumerate(PoisonVerdict)}


class Isolation(Enum):
    DOCKER = "docker"
    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    SANDBOX_EXEC = "sandbox-exec"
    NONE = "none"


class PoisonCase(Struct, frozen=True, kw_only=True):
    """One attack on one stage. ``replay`` is the command that runs it again."""

    stage: str
    attack: str
    class_: str = field(name="class")
    cwe: tuple[int, ...] = ()
    column: str | None = None
    verdict: PoisonVerdict
    alerted: bool | None = None
    reached: tuple[str, ...] = ()
    proof: str | None = None
    replay: str | None = None


class PoisonDocument(Struct, frozen=True, kw_only=True):
    """``pipesec.poison/1``."""

    schema: str = "pipesec.poison/1"
    isolation: Isolation
    executions: int
    cases: tuple[PoisonCase, ...] = ()


class DriftKind(Enum):
    SHIFT = "shift"
    NULLS = "nulls"
    FLIPS = "flips"
    SWAPS = "swaps"
    CATEGORIES = "categories"
    DUPLICATES = "duplicates"
    CREEP = "creep"


class DriftReference(Enum):
    PINNED = "pinned"
    ROLLING = "rolling"
    NONE = "none"


class DriftColumn(Struct, frozen=True, kw_only=True):
    """How much drift of a kind passes unseen in a column: ``budget`` in ``unit``, with its confidence interval."""

    source: str
    column: str
    kind: DriftKind
    unit: str
    false_alarm_rate: float | None = None
    budget: float | None = None
    interval: tuple[float, float] | None = None
    reference: DriftReference


class DriftDocument(Struct, frozen=True, kw_only=True):
    """``pipesec.drift/1``."""

    schema: str = "pipesec.drift/1"
    columns: tuple[DriftColumn, ...] = ()


class CanaryVerdict(Enum):
    PROMOTE = "promote"
    HOLD = "hold"
    ROLL_BACK = "roll_back"


class JudgeOutcome(Enum):
    NOTE = "note"
    HOLD = "hold"
    ROLL_BACK = "roll_back"


class CanaryFinding(Struct, frozen=True, kw_only=True):
    """One judge's word: the value, what it was held against, from how many pairs, over which noise floor."""

    judge: str
    subject: str
    outcome: JudgeOutcome
    value: Scalar = None
    threshold: Scalar = None
    n: int | None = None
    noise: float | None = None
    message: str
    replay: str | None = None


class SampleInfo(Struct, frozen=True, kw_only=True):
    rows: int
    seed: int
    digest: str


class CanaryEvidence(Struct, frozen=True, kw_only=True):
    """Whether each kind of evidence was gathered, in one line each; None where it was not."""

    data: str | None = None
    resources: str | None = None
    behavior: str | None = None
    alerts: str | None = None
    poisoning: str | None = None


class CanaryDocument(Struct, frozen=True, kw_only=True):
    """``pipesec.canary/1``."""

    schema: str = "pipesec.canary/1"
    verdict: CanaryVerdict
    baseline: str
    candidate: str
    sample: SampleInfo
    evidence: CanaryEvidence
    findings: tuple[CanaryFinding, ...] = ()
