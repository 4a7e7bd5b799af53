"""Deriving identity: what makes a finding the same finding next time, on any machine.

Nothing that changes without the weakness changing takes part: no severity, message, tool version or line number.
Digests are BLAKE2b-128 over length-prefixed fields, so that no two lists of fields collide by concatenation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from pipesec_tui.model.finding import Identity
from pipesec_tui.model.redaction import MASK, redact

CONTEXT_LINES = 3

_SPACE = re.compile(r"\s+")
_SUPPRESSION = re.compile(r"#\s*(?:noqa|nosec|nosemgrep|type:\s*ignore|pragma:\s*\w+)[^\n]*", re.IGNORECASE)
_LITERAL = re.compile(r"(?P<quote>[\"'])(?P<body>[^\"'\\\s]{6,})(?P=quote)")


def digest(*fields: str | None) -> str:
    """BLAKE2b-128 of fields, in hexadecimal; None differs from an empty text."""
    hasher = blake2b(digest_size=16)
    for field in fields:
        if field is None:
            hasher.update(b"-;")
        else:
            raw = field.encode("utf-8", "surrogateescape")
            hasher.update(b"%d:" % len(raw))
            hasher.update(raw)
    return hasher.hexdigest()


def normalize_code(code: str) -> str:
    """Code as identity sees it: without white space and suppression comments, secrets and random literals masked."""
    masked = _LITERAL.sub(_mask_literal, redact(_SUPPRESSION.sub("", code)))
    return _SPACE.sub("", masked)


def _mask_literal(match: re.Match[str]) -> str:
    body = match["body"]
    random_looking = any(c.isdigit() for c in body) and any(c.isalpha() for c in body) and "/" not in body
    return f"{match['quote']}{MASK}{match['quote']}" if random_looking else match[0]


def code_identity(
    rule: str, path: str, scope: str | None, lines: Sequence[str], start_line: int, end_line: int
) -> Identity:
    """The identity of a finding in text. ``lines`` is the whole file; lines count from 1, both ends included."""
    start, end = max(start_line, 1) - 1, max(end_line, start_line, 1)
    code = digest(normalize_code("\n".join(lines[start:end])))
    around = [*lines[max(0, start - CONTEXT_LINES) : start], *lines[end : end + CONTEXT_LINES]]
    first = lines[start] if start < len(lines) else ""
    return Identity(
        anchor=anchor(rule, path, scope, code),
        scope=scope,
        context=digest(normalize_code("\n".join(around))),
        code=code,
        line=digest(normalize_code(first)),
    )


def subject_identity(rule: str, place: str, scope: str | None, subject: Iterable[str]) -> Identity:
    """The identity of a finding that isn't text: ``place`` is a path or an asset's URN without its version, and
    ``subject`` tells siblings at one place apart (a column, an attribute, an advisory and a package)."""
    code = digest(*subject)
    return Identity(anchor=anchor(rule, place, scope, code), scope=scope, code=code)


def anchor(rule: str, place: str, scope: str | None, code: str) -> str:
    """What findings are first matched by."""
    return digest("v1", rule, place, scope, code)


def finding_id(anchor: str, ordinal: int, generation: int = 0) -> str:
    """A finding's id: ``PS-`` and 12 characters. ``generation`` is raised where an older finding that has moved
    away from this anchor holds the id already."""
    return "PS-" + digest(anchor, str(ordinal), str(generation))[:12]
