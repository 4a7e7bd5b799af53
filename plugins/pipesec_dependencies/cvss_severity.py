"""The severity of an advisory, from its CVSS vectors where it has any."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from pipesec_dependencies.advisory.model import Advisory
from pipesec_tui import Severity

_WORDS = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}


class Rating(Struct, frozen=True):
    """``severity`` is None where nobody has rated the advisory; ``basis`` says in a few words what it rests on."""

    severity: Severity | None
    vector: str | None
    basis: str


def rate(records: Iterable[Advisory]) -> Rating:
    """Rates the records of one advisory: by the worst vector of the newest CVSS version, else by a source's word. A
    record of malicious code (``MAL-``) is critical whatever else it says."""
    held = list(records)
    if any(alias.startswith("MAL-") for record in held for alias in (record.id, *record.aliases)):
        return Rating(Severity.CRITICAL, None, "malicious package")
    scored = [score for record in held for vector in record.cvss if (score := _score(vector)) is not None]
    if scored:
        standard, worst, vector = max(scored)
        return Rating(Severity.from_cvss(worst), vector, f"CVSS {standard} {worst}")
    words = [_WORDS[record.rating.upper()] for record in held if record.rating and record.rating.upper() in _WORDS]
    if words:
        return Rating(max(words), None, "rated by the advisory's source")
    return Rating(None, None, "not rated")


def _score(vector: str) -> tuple[str, float, str] | None:
    """Version of the standard, base score and vector; None for a vector that isn't one."""
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    try:
        if vector.startswith("CVSS:4"):
            return "4.0", float(CVSS4(vector).base_score), vector
        if vector.startswith("CVSS:3"):
            return vector[5:8], float(CVSS3(vector).scores()[0]), vector
        return "2.0", float(CVSS2(vector).scores()[0]), vector
    except (CVSSError, ValueError, KeyError, IndexError):
        return None
