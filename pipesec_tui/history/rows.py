"""Findings as rows: what tables hold in columns, and what they hold packed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Evidence, Finding, FindingStatus, FlowStep, Identity, Location, Triage
from pipesec_tui.model.severity import Confidence, Severity

_encoder = msgspec.msgpack.Encoder()
_SEVERITY = {severity.rank: severity for severity in Severity}
_STATUS = {status.value: status for status in FindingStatus}
_AREA = {area.value: area for area in Area}


class Text(Struct, frozen=True, array_like=True):
    """What a finding says, which stays while it moves. Stored once for all findings that say the same."""

    check: str
    confidence: Confidence
    title: str
    message: str
    cwe: tuple[int, ...]
    aliases: tuple[str, ...]
    cvss: str | None
    remediation: str | None
    fixed_in: str | None
    evidence: Evidence


class Body(Struct, frozen=True, array_like=True):
    """What else a version holds that no view sorts or filters by. ``location`` is without path and line, and
    ``asset`` is None for that of the path."""

    asset: str | None
    identity: tuple[int, str, str | None, str | None, int, str | None, str | None]
    location: tuple[int | None, int | None, int | None, str | None, str | None, str | None, str | None, str | None]
    rule_revision: int
    flow: tuple[FlowStep, ...]
    exposed_to: tuple[str, ...]
    blast_radius: tuple[str, ...]
    triage: Triage | None
    reopened_at: str | None


_texts = msgspec.msgpack.Decoder(Text)
_bodies = msgspec.msgpack.Decoder(Body)

Columns: TypeAlias = tuple[int, str, float | None, str, str, str | None, int | None, str | None, bytes]
"""severity, status, priority, area, rule, path, line, not_assessed, body: as in ``COLUMNS``."""

COLUMNS = "severity, status, priority, area, rule, path, line, not_assessed, body"


def text_of(finding: Finding) -> bytes:
    """A finding's text, packed."""
    f = finding
    return _encoder.encode(
        (
            f.check, f.confidence, f.title, f.message, f.cwe, f.aliases, f.cvss, f.remediation, f.fixed_in, f.evidence,
        )
    )  # fmt: skip


def text_digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def columns_of(finding: Finding) -> Columns:
    """A finding's columns in ``version``."""
    f, i, where = finding, finding.identity, finding.location
    path = where.path
    body = _encoder.encode(
        (
            None if path is not None and f.asset == "file:" + path else f.asset,
            (i.version, i.anchor, i.scope, i.context, i.ordinal, i.code, i.line),
            (
                where.end_line, where.start_column, where.end_column, where.pipeline, where.stage, where.dataset,
                where.purl, where.image,
            ),
            f.rule_revision, f.flow, f.exposed_to, f.blast_radius, f.triage, f.reopened_at,
        )
    )  # fmt: skip
    return (
        f.severity.rank, f.status.value, f.priority, f.area.value, f.rule, path, where.start_line, f.not_assessed, body
    )  # fmt: skip


class Stored(NamedTuple):
    """A version as it is read back, with the row's own id, its finding's (None where it is not stored yet) and how it
    came to be."""

    finding: Finding
    version_id: int
    finding_id: int | None
    match_pass: int | None
    doubt: str | None


STORED = (
    "f.uid, f.first_seen, t.id, t.body, v.severity, v.status, v.priority, v.area, v.rule, v.path, v.line, "
    "v.not_assessed, v.body, v.id, v.finding_id, v.match_pass, v.doubt"
)
"""The columns that ``read_stored`` wants, of ``FROM_STORED``."""

FROM_STORED = "version v JOIN finding f ON f.id = v.finding_id JOIN text t ON t.id = v.text_id"


def read_stored(rows: Iterable[tuple[Any, ...]]) -> list[Stored]:
    """Findings out of rows of ``STORED``."""
    texts: dict[int, Text] = {}
    found: list[Stored] = []
    for row in rows:
        (uid, first_seen, text_id, text_body, severity, status, priority, area, rule, path, line, not_assessed, packed,
         version_id, finding_id, match_pass, doubt) = row  # fmt: skip
        text = texts.get(text_id)
        if text is None:
            text = texts[text_id] = _texts.decode(text_body)
        body = _bodies.decode(packed)
        version, anchor, scope, context, ordinal, code, first_line = body.identity
        end_line, start_column, end_column, pipeline, stage, dataset, purl, image = body.location
        finding = Finding(
            id=uid,
            identity=Identity(
                version=version, anchor=anchor, scope=scope, context=context, ordinal=ordinal, code=code,
                line=first_line,
            ),
            rule=rule,
            rule_revision=body.rule_revision,
            check=text.check,
            asset=f"file:{path}" if body.asset is None else body.asset,
            area=_AREA[area],
            severity=_SEVERITY[severity],
            confidence=text.confidence,
            title=text.title,
            message=text.message,
            location=Location(
                path=path, start_line=line, end_line=end_line, start_column=start_column, end_column=end_column,
                pipeline=pipeline, stage=stage, dataset=dataset, purl=purl, image=image,
            ),
            flow=body.flow,
            cwe=text.cwe,
            aliases=text.aliases,
            cvss=text.cvss,
            remediation=text.remediation,
            fixed_in=text.fixed_in,
            evidence=text.evidence,
            status=_STATUS[status],
            priority=priority,
            exposed_to=body.exposed_to,
            blast_radius=body.blast_radius,
            triage=body.triage,
            first_seen=first_seen,
            reopened_at=body.reopened_at,
            not_assessed=not_assessed,
        )  # fmt: skip
        found.append(Stored(finding, version_id, finding_id, match_pass, doubt))
    return found
