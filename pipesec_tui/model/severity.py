"""How bad a finding is, and how sure pipesec is of it."""

from __future__ import annotations

from enum import Enum
from functools import total_ordering


@total_ordering
class Severity(Enum):
    """Harm if the weakness is used, worst first. Compares by harm: ``Severity.HIGH > Severity.LOW``."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """4 for critical down to 0 for info."""
        return _SEVERITY_RANK[self]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Severity):
            return NotImplemented
        return self.rank < other.rank

    @classmethod
    def from_cvss(cls, score: float) -> Severity:
        """The severity of a CVSS base score (0.0 to 10.0).

        Bands: CVSS v3.1 specification, section 5, "Qualitative Severity Rating Scale".
        """
        for floor, severity in ((9.0, cls.CRITICAL), (7.0, cls.HIGH), (4.0, cls.MEDIUM), (0.1, cls.LOW)):
            if score >= floor:
                return severity
        return cls.INFO


_SEVERITY_RANK = {severity: 4 - index for index, severity in enumerate(Severity)}


@total_ordering
class Confidence(Enum):
    """How sure a finding is. ``PROVEN`` means that pipesec ran something and saw it happen."""

    PROVEN = "proven"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """3 for proven down to 0 for low."""
        return _CONFIDENCE_RANK[self]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Confidence):
            return NotImplemented
        return self.rank < other.rank


_CONFIDENCE_RANK = {confidence: 3 - index for index, confidence in enumerate(Confidence)}
