"""What is known of one advisory and one package: facts, no prose."""

from __future__ import annotations

import re

from msgspec import Struct

_RANK = ("CVE-", "GHSA-", "PYSEC-")
_NUMBERS = re.compile(r"\d+")


END = "\U0010ffff"
"""Sorts behind every version."""


class Event(Struct, frozen=True, array_like=True, gc=False):
    """One step of a range.

    kind    -- ``introduced``, ``fixed``, ``last_affected`` or ``limit``
    version -- as written
    at      -- its ``order_key``: "" for the beginning of time, ``END`` for no end
    """

    kind: str
    version: str
    at: str


Range = tuple[Event, ...]


class Advisory(Struct, frozen=True, array_like=True, gc=False):
    """One record of a source, for one package.

    id        -- of the record
    canonical -- the id under which it is reported: one for all records that are aliases of each other
    aliases   -- all ids of that one advisory, the canonical one included, sorted
    summary   -- at most 160 characters
    cvss      -- vectors, best version of the standard first
    rating    -- the source's own word (``HIGH``), where it gives one
    ranges    -- each a list of events in the order of their versions; empty where those don't compare
    versions  -- affected ones that no range holds, as ``version_key`` writes them, with a line break before and behind
                 each: one text is decoded far quicker than a list
    """

    id: str
    canonical: str
    aliases: tuple[str, ...]
    summary: str
    cvss: tuple[str, ...]
    rating: str | None
    ranges: tuple[Range, ...]
    versions: str


class DataInfo(Struct, frozen=True, kw_only=True):
    """Where advisory data comes from.

    source   -- address, file or folder that was read
    count    -- advisories, withdrawn ones left out
    packages -- that have any
    date     -- ISO 8601: when the newest advisory in it was changed
    imported -- ISO 8601
    digest   -- BLAKE2b-128 of the facts, in hexadecimal
    etag     -- of the download, to ask for it only if it changed
    """

    ecosystem: str
    source: str
    count: int
    packages: int
    date: str
    imported: str
    digest: str
    etag: str | None = None


class AdvisoryDataError(Exception):
    """Advisory data that can't be fetched, read or stored; the text is one line: what, where, what next."""


def canonical_id(ids: set[str]) -> str:
    """The id that an advisory is reported under: its CVE, else GHSA, else PYSEC, else any; the oldest of several.

    Raises ValueError for an empty set.
    """
    return min(ids, key=_rank)


def _rank(name: str) -> tuple[int, list[int], str]:
    kind = next((index for index, prefix in enumerate(_RANK) if name.startswith(prefix)), len(_RANK))
    return kind, [int(number) for number in _NUMBERS.findall(name)] if kind != 1 else [], name
