"""How bad a finding is in itself, 0 to 10."""

from __future__ import annotations

from functools import lru_cache

from pipesec_tui.model.finding import Finding
from pipesec_tui.risk.weights import MIDDLE


def severity_score(finding: Finding) -> float:
    """The CVSS base score where a vector is known, else the middle of the severity's band."""
    score = cvss_score(finding.cvss) if finding.cvss is not None else None
    return score or MIDDLE[finding.severity]


@lru_cache(maxsize=20_000)
def cvss_score(vector: str) -> float | None:
    """Base score of a CVSS vector of version 2, 3 or 4; None where it is none."""
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    kind = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        return float(kind(vector).base_score)
    except CVSSError:
        return None
