"""Whether an advisory is about a version, after the evaluation algorithm of the OSV schema.

https://ossf.github.io/osv-schema/#evaluation : a version is affected if it is listed, or lies in a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct
from packaging.version import Version

from pipesec_dependencies.advisory.model import Advisory, Range
from pipesec_dependencies.advisory.version import parse_version, version_key


class Match(Struct, frozen=True, kw_only=True):
    """One advisory that is about a version, as all its records tell it together.

    records  -- those that say so
    fixed_in -- the smallest fix above the version that none of them is about; None where there is none
    """

    canonical: str
    aliases: tuple[str, ...]
    records: tuple[Advisory, ...]
    fixed_in: str | None


class Answer(Struct, frozen=True, kw_only=True):
    """What the data says of one version.

    matches   -- advisories about it
    undecided -- advisories that can't be held against it: they name no versions, or ones that don't compare
    """

    matches: tuple[Match, ...] = ()
    undecided: tuple[str, ...] = ()


def match(version: str, advisories: Iterable[Advisory]) -> Answer:
    """Holds a version against the advisories of its package."""
    about: dict[str, list[Advisory]] = {}
    undecided: set[str] = set()
    parsed, key = parse_version(version), version_key(version)
    for advisory in advisories:
        match _affected(key, parsed, advisory):
            case True:
                about.setdefault(advisory.canonical, []).append(advisory)
            case None:
                undecided.add(advisory.canonical)
    matches = tuple(
        Match(
            canonical=canonical,
            aliases=records[0].aliases,
            records=tuple(records),
            fixed_in=_fix(parsed, records),
        )
        for canonical, records in sorted(about.items())
    )
    return Answer(matches=matches, undecided=tuple(sorted(undecided - about.keys())))


def _affected(key: str, version: Version | None, advisory: Advisory) -> bool | None:
    """True, False, or None where that can't be told."""
    if key in advisory.versions:
        return True
    told = bool(advisory.versions)
    if version is None:
        return False if told else None
    for events in advisory.ranges:
        match _in_range(version, events):
            case True:
                return True
            case False:
                told = True
    return False if told else None


@lru_cache(maxsize=65_536)
def _ordered(events: Range) -> tuple[tuple[Version | None, str], ...] | None:
    """Events in the order of their versions (None sorts first: the beginning of time), without limits; None where a
    version does not compare. At one version a fix or an end comes before a new introduction."""
    ordered: list[tuple[Version | None, str]] = []
    for event in events:
        if event.kind == "limit":
            continue
        parsed = parse_version(event.version)
        if event.version == "0" and event.kind == "introduced":
            ordered.append((None, event.kind))
        elif parsed is None:
            return None
        else:
            ordered.append((parsed, event.kind))
    return tuple(sorted(ordered, key=lambda item: (item[0] is not None, item[0] or 0, item[1] == "introduced")))


def _in_range(version: Version, events: Range) -> bool | None:
    ordered = _ordered(events)
    if ordered is None or not ordered:
        return None
    limits = [event.version for event in events if event.kind == "limit"]
    if limits and "*" not in limits:
        bounds = [parse_version(limit) for limit in limits]
        if not any(bound is not None and version < bound for bound in bounds):
            return False
    inside = False
    for at, kind in ordered:
        if kind == "introduced":
            inside = inside or at is None or version >= at
        elif at is not None and (version > at if kind == "last_affected" else version >= at):
            inside = False
    return inside


def _fix(version: Version | None, records: Sequence[Advisory]) -> str | None:
    if version is None:
        return None
    fixes = {
        event.version: parsed
        for record in records
        for events in record.ranges
        for event in events
        if event.kind == "fixed" and (parsed := parse_version(event.version)) is not None and parsed > version
    }
    for text, parsed in sorted(fixes.items(), key=lambda item: item[1]):
        if not any(_affected(version_key(text), parsed, record) for record in records):
            return text
    return None
