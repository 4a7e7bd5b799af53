"""Whether an advisory is about a version."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version
from pipesec_dependencies.advisory.matcher import match
from pipesec_dependencies.advisory.model import Advisory, canonical_id
from pipesec_dependencies.advisory.osv import by_package, read_record
from pipesec_dependencies.advisory.version import order_key, parse_version, version_key

from tests.plugins.pipesec_dependencies.conftest import osv, shared_dump


def facts(*records: dict[str, Any], package: str = "weak") -> list[Advisory]:
    read = [read_record("x.json", json.dumps(record).encode()) for record in records]
    return by_package(record for record in read if record is not None).get(package, [])


def with_events(*events: dict[str, str], versions: list[str] | None = None) -> list[Advisory]:
    record = osv("PYSEC-2026-1", "weak")
    record["affected"][0] |= {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}], "versions": versions or []}
    return facts(record)


FROM_ZERO = {"introduced": "0"}


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([FROM_ZERO, {"fixed": "2.0"}], ["0.dev1", "0a1", "1.9", "2.0rc1"], ["2.0", "2.0.post1", "1!1"]),
        ([FROM_ZERO, {"last_affected": "2.0"}], ["1.0", "2.0", "2.0+cu118", "2"], ["2.0.1", "2.0.post1"]),
        (
            [{"fixed": "4.3"}, {"introduced": "5.0"}, {"introduced": "4.0"}, {"fixed": "5.2"}],
            ["4.2", "5.0"], ["3.9", "4.3", "5.2"],
        ),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "1.5"}], ["1.5", "9"], ["0.9"]),
        ([FROM_ZERO], ["0", "99"], []),
        ([FROM_ZERO, {"limit": "2.0"}], ["1.9"], ["2.0", "3.0"]),
        ([FROM_ZERO, {"limit": "*"}], ["99"], []),
    ],
)  # fmt: skip
def test_ranges(events: list[dict[str, str]], inside: list[str], outside: list[str]) -> None:
    advisories = with_events(*events)
    assert [version for version in inside if not match(version, advisories).matches] == []
    assert [version for version in outside if match(version, advisories).matches] == []


def test_listed_versions_count_beside_ranges_however_they_are_spelled() -> None:
    advisories = with_events(FROM_ZERO, {"fixed": "1.0"}, versions=["3.0.0", "4.0-beta.1", "2013-06-01"])
    for version in ("3", "v3.0", "3.0.0+local", "4.0b1", "2013-06-01"):
        assert match(version, advisories).matches, version
    assert not match("3.0.1", advisories).matches


def test_a_range_that_does_not_compare_is_undecided_unless_versions_are_listed() -> None:
    odd = {"fixed": "0.2.0-n653"}
    assert match("1.0", with_events(FROM_ZERO, odd)).undecided == ("PYSEC-2026-1",)
    listed = with_events(FROM_ZERO, odd, versions=["0.1"])
    assert match("0.1", listed).matches
    assert match("1.0", listed) == match("1.0", [])


def test_the_fix_is_the_smallest_above_that_is_not_affected_itself() -> None:
    branches = with_events(FROM_ZERO, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"})
    assert match("1.0", branches).matches[0].fixed_in == "1.5"
    assert match("2.1", branches).matches[0].fixed_in == "2.3"
    again = with_events(FROM_ZERO, {"fixed": "1.5"}, versions=["1.5"])
    assert match("1.0", again).matches[0].fixed_in is None


def test_records_that_are_aliases_are_one_match() -> None:
    records = facts(
        osv("PYSEC-2026-1", "weak", aliases=["CVE-2026-9"]),
        osv("GHSA-aaaa", "weak", aliases=["CVE-2026-9", "CVE-2025-10"]),
        osv("GHSA-bbbb", "weak", aliases=["PYSEC-2026-1"]),
        osv("GHSA-cccc", "weak"),
    )
    matches = match("1.0", records).matches
    assert [(found.canonical, len(found.records)) for found in matches] == [("CVE-2025-10", 3), ("GHSA-cccc", 1)]


def test_withdrawn_advisories_and_other_ecosystems_are_left_out() -> None:
    other = osv("GHSA-1", "weak")
    other["affected"][0]["package"]["ecosystem"] = "npm"
    assert facts(osv("GHSA-2", "weak", withdrawn="2026-01-01T00:00:00Z"), other) == []


def test_the_canonical_id_is_the_oldest_of_the_best_known_kind() -> None:
    assert (
        canonical_id({"PYSEC-2020-1", "GHSA-zzzz", "GHSA-aaaa", "CVE-2020-10000", "CVE-2020-9999"}) == "CVE-2020-9999"
    )
    assert canonical_id({"PYSEC-2020-1", "GHSA-zzzz", "GHSA-aaaa"}) == "GHSA-aaaa"
    assert canonical_id({"MAL-2020-1"}) == "MAL-2020-1"


NUMBERS = st.integers(0, 120)
VERSIONS = st.builds(
    lambda epoch, release, pre, post, dev: (
        f"{epoch}{'.'.join(map(str, release))}{pre}{'' if post is None else f'.post{post}'}"
        f"{'' if dev is None else f'.dev{dev}'}"
    ),
    st.sampled_from(["", "", "1!", "0!"]),
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.sampled_from(["", "", "a0", "a10", "b2", "rc1", "rc10"]),
    st.none() | NUMBERS,
    st.none() | NUMBERS,
)


@given(VERSIONS, VERSIONS)
def test_order_keys_sort_as_versions_do(one: str, other: str) -> None:
    first, second = order_key(one), order_key(other)
    assert first is not None and second is not None and first > ""
    assert (first < second) == (Version(one) < Version(other))
    assert (first == second) == (Version(one) == Version(other))


@given(VERSIONS, VERSIONS)
def test_version_keys_are_equal_for_equal_versions(one: str, other: str) -> None:
    assert (version_key(one) == version_key(other)) == (Version(one) == Version(other))
    assert version_key(f"v{one}") == version_key(f"{one}+local.1") == version_key(one)


@pytest.mark.parametrize("text", ["", "latest", "1.0-n653x", "9" * 5_000, "1 2"])
def test_what_is_no_version_has_no_order(text: str) -> None:
    assert order_key(text) is None or text.isdigit()
    assert parse_version(text) is None or text.isdigit()


def test_every_version_that_a_real_advisory_lists_is_matched() -> None:
    with zipfile.ZipFile(shared_dump()) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    held = by_package(record for content in contents if (record := read_record("x.json", content)) is not None)
    pairs = agreed = by_ranges = 0
    for content in contents:
        told = msgspec.json.decode(content)
        if told.get("withdrawn"):
            continue
        for affected in told.get("affected", ()):
            advisories = [
                item for item in held[canonicalize_name(affected["package"]["name"])] if item.id == told["id"]
            ]
            bare = [msgspec.structs.replace(item, versions="") for item in advisories]
            for version in affected.get("versions", ())[::20]:
                pairs += 1
                agreed += bool(match(version, advisories).matches)
                by_ranges += bool(match(version, bare).matches)
    assert pairs > 5_000
    assert agreed == pairs
    assert by_ranges / pairs > 0.998, "ranges alone disagree with 9 of 139,372 pairs, and 108 are no versions"
