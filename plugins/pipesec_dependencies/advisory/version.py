"""Versions as advisories and manifests write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from packaging.version import Version

# Already in the normal form of PEP 440 but for zeros at the end of the release; most are, and parsing costs 5 µs.
_NORMAL = re.compile(r"((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*?)(?:\.0)*((?:a|b|rc)\d+)?")


@lru_cache(maxsize=65_536)
def parse_version(text: str) -> Version | None:
    """A version after PEP 440 without its local part (advisories don't know builds), or None."""
    try:
        version = Version(text)
        return version if version.local is None else Version(version.public)
    except ValueError:  # InvalidVersion, or a number of more digits than Python converts
        return None


def is_prerelease(text: str) -> bool:
    """Whether a version is one that installers pass over unless asked (PEP 440, "Handling of pre-releases")."""
    parsed = parse_version(text)
    return parsed is not None and parsed.is_prerelease


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


@lru_cache(maxsize=65_536)
def order_key(text: str) -> str | None:
    """Text that sorts as the version does among versions (PEP 440, "Summary of permitted suffixes and relative
    ordering"), local part apart; None for what is no version. The empty text sorts below all.

    Advisories are stored with these, so that a match compares texts and parses nothing but the version it asks about.
    """
    normal = _NORMAL.fullmatch(text)
    if normal and not normal[2]:
        return f"{_ZERO}{_release(normal[1].split('.'))}\x01\x03\x01\x03"
    version = parse_version(text)
    if version is None:
        return None
    release = list(version.release)
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    if version.pre is not None:
        pre = f"\x02{version.pre[0]}{_number(version.pre[1])}"
    else:  # 1.dev1 comes before 1a1, but 1.post1.dev1 behind 1
        pre = "\x01" if version.dev is not None and version.post is None else "\x03"
    post = "\x01" if version.post is None else f"\x02{_number(version.post)}"
    dev = "\x03" if version.dev is None else f"\x02{_number(version.dev)}"
    return f"{_number(version.epoch)}{_release(map(str, release))}\x01{pre}{post}{dev}"


def _release(parts: Iterable[str]) -> str:
    return "".join([f"\x02{chr(0x20 + len(digits))}{digits}" for digits in parts])


def _number(number: int) -> str:
    digits = str(number)
    return f"{chr(0x20 + len(digits))}{digits}"


_ZERO = _number(0)
