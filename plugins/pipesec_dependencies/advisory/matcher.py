"""Whether an advisory is about a version, after the evaluation algorithm of the OSV schema.

https://ossf.github.io/osv-schema/#evaluation : a version is affected if it is listed, or lies in a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from pipesec_dependencies.advisory.model import Advisory, Range
from pipesec_dependencies.advisory.version import is_prerelease, order_key, version_key


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
    listed, at = _as_listed(version), order_key(version)
    for advisory in advisories:
        match _affected(listed, at, advisory):
            case True:
                about.setdefault(advisory.canonical, []).append(advisory)
            case None:
                undecided.add(advisory.canonical)
    matches = tuple(
        Match(canonical=canonical, aliases=records[0].aliases, records=tuple(records), fixed_in=_fix(at, records))
        for canonical, records in sorted(about.items())
    )
    return Answer(matches=matches, undecided=tuple(sorted(undecided - about.keys())))


def smallest_upgrade(version: str, advisories: Sequence[Advisory]) -> str | None:
    """The smallest fix above a version that no advisory of its package is about: one upgrade for all of them. A final
    release goes before a pre-release, however much smaller. None where there is none."""
    at = order_key(version)
    if at is None:
        return None
    fixes = {
        (is_prerelease(event.version), event.at, event.version)
        for advisory in advisories
        for events in advisory.ranges
        for event in events
        if event.kind == "fixed" and event.at > at
    }
    for _, place, fix in sorted(fixes):
        listed = _as_listed(fix)
        if not any(_affected(listed, place, advisory) for advisory in advisories):
            return fix
    return None


def _as_listed(version: str) -> str:
    return f"\n{version_key(version)}\n"


def _affected(listed: str, at: str | None, advisory: Advisory) -> bool | None:
    """True, False, or None where that can't be told. A list of versions is taken to be complete where a range is
    beyond us."""
    if advisory.versions and listed in advisory.versions:
        return True
    undecided = at is None or not advisory.ranges
    if at is not None:
        for events in advisory.ranges:
            if in_range(at, events):
                return True
            undecided = undecided or not events
    return None if undecided and not advisory.versions else False


def in_range(at: str, events: Range) -> bool:
    """Whether a version lies in a range, whose events are in order, limits first."""
    inside, bounded, below = False, False, False
    for event in events:
        if event.kind == "limit":
            bounded, below = True, below or at < event.at
        elif at < event.at or (at == event.at and event.kind == "last_affected"):
            break  # what follows lies above
        else:
            inside = event.kind == "introduced"
    return inside and (below or not bounded)


def _fix(at: str | None, records: Sequence[Advisory]) -> str | None:
    """The smallest fix above a version that none of the records is about."""
    if at is None:
        return None
    fixes = [
        (event.at, event.version)
        for record in records
        for events in record.ranges
        for event in events
        if event.kind == "fixed" and event.at > at
    ]
    while fixes:
        fix = min(fixes)
        listed = _as_listed(fix[1]) if any(record.versions for record in records) else ""
        if not any(_affected(listed, fix[0], record) for record in records):
            return fix[1]
        fixes.remove(fix)
    return None
