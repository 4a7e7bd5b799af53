"""Versions as advisories and manifests write them."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import InvalidVersion, Version

# Already in the normal form of PEP 440 but for zeros at the end of the release; most are, and parsing costs 5 µs.
_NORMAL = re.compile(r"((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*?)(?:\.0)*((?:a|b|rc)\d+)?")


@lru_cache(maxsize=65_536)
def parse_version(text: str) -> Version | None:
    """A version after PEP 440 without its local part (advisories don't know builds), or None."""
    try:
        return Version(Version(text).public)
    except InvalidVersion:
        return None


def version_key(text: str) -> str:
    """Equal for equal versions: ``1.0``, ``v1.0.0`` and ``1`` are ``1``. What PEP 440 doesn't know stays as it is."""
    normal = _NORMAL.fullmatch(text)
    if normal:
        return normal[1] + (normal[2] or "")
    parsed = parse_version(text)
    if parsed is None:
        return text
    short = str(parsed)
    epoch, mark, rest = short.rpartition("!")
    release = ".".join(str(part) for part in parsed.release)
    trimmed = re.sub(r"(?:\.0)+$", "", release)
    return f"{epoch}{mark}{trimmed}{rest[len(release) :]}"
