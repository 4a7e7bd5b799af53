"""Records in the OSV schema (https://ossf.github.io/osv-schema/, version 1), as JSON or as PyPA's YAML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from msgspec import Struct
from packaging.utils import canonicalize_name

from pipesec_dependencies.advisory.matcher import in_range
from pipesec_dependencies.advisory.model import END, Advisory, AdvisoryDataError, Event, Range, canonical_id
from pipesec_dependencies.advisory.version import order_key, version_key
from pipesec_dependencies.manifest.plain_yaml import MalformedYaml, load_plain

ECOSYSTEM = "PyPI"
_MAX_SUMMARY = 160
_KINDS = ("introduced", "fixed", "last_affected", "limit")
_CVSS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


class _Package(Struct, frozen=True):
    ecosystem: str = ""
    name: str = ""


class _Severity(Struct, frozen=True):
    type: str = ""
    score: str = ""


class _Range(Struct, frozen=True):
    type: str = ""
    events: list[dict[str, str]] = []


class _Specific(Struct, frozen=True):
    severity: str | None = None


class _Affected(Struct, frozen=True):
    package: _Package = _Package()
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None


class OsvRecord(Struct, frozen=True):
    """The fields of a record that pipesec reads; ``id`` and ``modified`` are what the schema requires."""

    id: str
    modified: str
    aliases: list[str] | None = None
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    database_specific: _Specific | None = None


class _Head(Struct, frozen=True):
    """Tells an advisory from other JSON that a git checkout may hold."""

    id: object = None
    modified: object = None


_decode_head = msgspec.json.Decoder(_Head).decode
_decode = msgspec.json.Decoder(OsvRecord).decode


def read_record(name: str, content: bytes) -> OsvRecord | None:
    """A record in a file of this name (``.json``, ``.yaml`` or ``.yml``); None where it is no advisory, is withdrawn,
    or is about other ecosystems. Raises AdvisoryDataError where it can't be read."""
    try:
        if name.endswith(".json"):
            head = _decode_head(content)
            if head.id is None or head.modified is None:
                return None
            record = _decode(content)
        else:
            plain = load_plain(content)
            if not isinstance(plain, dict) or "id" not in plain or "modified" not in plain:
                return None
            record = msgspec.convert(plain, OsvRecord)
    except msgspec.ValidationError as error:
        if name.endswith(".json") and content.lstrip()[:1] != b"{":
            return None
        raise AdvisoryDataError(f"{name}: not in the OSV schema: {error}") from None
    except (msgspec.DecodeError, MalformedYaml, RecursionError, UnicodeError) as error:
        raise AdvisoryDataError(f"{name}: {str(error) or 'nested too deeply'}") from None
    withdrawn = record.withdrawn not in (None, "", "null", "~")
    ours = any(affected.package.ecosystem == ECOSYSTEM for affected in record.affected or ())
    return record if ours and not withdrawn else None


def by_package(records: Iterable[OsvRecord]) -> dict[str, list[Advisory]]:
    """Facts by normalized package name. Records that are aliases of each other share their canonical id, so that one
    weakness told by two databases is one finding."""
    held = list(records)
    identities = _merge_aliases(held)
    found: dict[str, list[Advisory]] = defaultdict(list)
    for record in held:
        grouped: dict[str, list[_Affected]] = defaultdict(list)
        for affected in record.affected or ():
            if affected.package.ecosystem == ECOSYSTEM and affected.package.name:
                grouped[canonicalize_name(affected.package.name)].append(affected)
        for package, parts in grouped.items():
            found[package].append(_advisory(record, parts, identities[record.id]))
    for advisories in found.values():
        advisories.sort(key=lambda advisory: advisory.id)
    return dict(sorted(found.items()))


def _advisory(record: OsvRecord, parts: list[_Affected], ids: tuple[str, tuple[str, ...]]) -> Advisory:
    severities = {
        severity.type: severity.score
        for severity in chain(record.severity or (), *(part.severity or () for part in parts))
    }
    summary = (record.summary or record.details or "").strip().split("\n")[0]
    ranges = tuple(_events(item) for part in parts for item in part.ranges or () if item.type != "GIT")
    listed = "\n".join(dict.fromkeys(_beyond(ranges, chain.from_iterable(part.versions or () for part in parts))))
    rating = record.database_specific.severity if record.database_specific else None
    return Advisory(
        id=record.id,
        canonical=ids[0],
        aliases=ids[1],
        summary=summary if len(summary) <= _MAX_SUMMARY else summary[: _MAX_SUMMARY - 1] + "…",
        cvss=tuple(severities[kind] for kind in _CVSS if kind in severities),
        rating=rating,
        ranges=ranges,
        versions=f"\n{listed}\n" if listed else "",
    )


def _beyond(ranges: tuple[Range, ...], versions: Iterable[str]) -> Iterator[str]:
    """The keys of those versions that no range holds; of all of them where a range can't be evaluated."""
    whole = all(ranges)
    for version in versions:
        at = order_key(version) if whole else None
        if at is None or not any(in_range(at, events) for events in ranges):
            yield version_key(version)


def _events(item: _Range) -> Range:
    """Events in the order that evaluation needs: limits, then by version; at one version a fix or an end comes before a
    new introduction. Empty where a version does not compare."""
    events: list[Event] = []
    for told in item.events:
        for kind, version in ((kind, told[kind]) for kind in _KINDS if kind in told):
            at = {("introduced", "0"): "", ("limit", "*"): END}.get((kind, version), order_key(version))
            if at is None:
                return ()
            events.append(Event(kind, version, at))
    return tuple(sorted(events, key=lambda event: (event.kind != "limit", event.at, event.kind == "introduced")))


def _merge_aliases(records: list[OsvRecord]) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Canonical id and all ids for every record, by union of ids that name each other."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.setdefault(name, name)) != name:
            parent[name] = parent[above]
            name = above
        return name

    for record in records:
        for alias in record.aliases or ():
            parent[root(alias)] = root(record.id)
    groups: dict[str, set[str]] = defaultdict(set)
    for name in [*parent, *(record.id for record in records)]:
        groups[root(name)].add(name)
    merged = {top: (canonical_id(ids), tuple(sorted(ids))) for top, ids in groups.items()}
    return {record.id: merged[root(record.id)] for record in records}
