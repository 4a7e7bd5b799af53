"""Every number that priority rests on, in one place.

    priority = min(10, severity x confidence x exposure x blast)

severity   -- CVSS base score where a vector is known, else the middle of the severity's CVSS band, 0 to 10
confidence -- how sure the finding is, 0.5 to 1
exposure   -- ``SHIELDED`` + (1 - ``SHIELDED``) x max over sources that reach the stage of
              trust x ``VALIDATED`` ^ (validating stages on the way), 0.5 to 1
blast      -- 1 + ``MOST_BLAST`` x log2(1 + reach) / log2(1 + ``FULL_REACH``), 1 to 1.25, where ``reach`` is the
              number of datasets that the data goes on to, plus 1 + exposures for each sink

Where the data flow around a finding isn't known, exposure and blast are 1: not knowing never lowers a priority.

The shape is that of risk as likelihood times impact (NIST SP 800-30r1, section 2.3, and OWASP's Risk Rating
Methodology); severity bands are those of the CVSS v3.1 specification, section 5. Trust and the factor for a validating
stage are judgments, not measurements. They set an order; nothing else depends on them.
"""

from __future__ import annotations

from types import MappingProxyType

from pipesec_tui.model.lineage import Trust
from pipesec_tui.model.severity import Confidence, Severity

HIGHEST = 10.0

MIDDLE = MappingProxyType(
    {
        Severity.CRITICAL: 9.5,
        Severity.HIGH: 8.0,
        Severity.MEDIUM: 5.5,
        Severity.LOW: 2.5,
        Severity.INFO: 0.5,
    }
)
"""The middle of a severity's CVSS band."""

SURE = MappingProxyType(
    {Confidence.PROVEN: 1.0, Confidence.HIGH: 0.95, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.5},
)

TRUST = MappingProxyType({Trust.UNTRUSTED: 1.0, Trust.PARTNER: 0.7, Trust.INTERNAL: 0.1})
UNKNOWN_TRUST = 0.5
"""Of a source whose trust nobody declared and nothing tells."""

VALIDATED = 0.7
"""What is left of a source's exposure behind a stage that validates: validation stops much, never all."""

SHIELDED = 0.5
"""Exposure where no known source reaches: lineage read from code misses edges, so that half remains."""

MOST_BLAST = 0.25
FULL_REACH = 31
"""The reach that counts as the whole house: five doublings of 1 + reach."""
