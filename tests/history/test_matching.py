"""A finding is recognized through whatever happens around it, and never taken for another."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pipesec_tui.history.matching import match_findings
from tests.history.made import about, weak_lines

WORDS = st.sampled_from(["weak a", "weak b", "weak c", "x = 1", "y = 2", "", "return x"])
TEXTS = st.lists(WORDS, max_size=25).map("\n".join)


def partners(base: str, head: str, path: str = "a.py", to: str | None = None) -> dict[int, tuple[int, int]]:
    """For every weak line of ``base`` its line in ``head``, and the pass."""
    old, new = weak_lines(path, base), weak_lines(to or path, head)
    found = match_findings(old, new)
    return {
        old[pair.base].location.start_line or 0: (new[pair.head].location.start_line or 0, pair.match_pass)
        for pair in found.pairs
    }


@given(TEXTS)
def test_an_assessment_matches_itself_line_by_line(text: str) -> None:
    lines = [finding.location.start_line or 0 for finding in weak_lines("a.py", text)]
    assert partners(text, text) == {line: (line, 1) for line in lines}


@given(TEXTS, st.integers(0, 25), st.integers(1, 30))
def test_lines_inserted_anywhere_lose_no_finding(text: str, place: int, count: int) -> None:
    lines = text.splitlines()
    place = min(place, len(lines))
    moved = "\n".join([*lines[:place], *["z = 0"] * count, *lines[place:]])
    expected = {
        number: number + (count if number > place else 0) for number, line in enumerate(lines, 1) if "weak" in line
    }
    assert {line: there for line, (there, _) in partners(text, moved).items()} == expected


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(text: str, shuffle: random.Random) -> None:
    old = weak_lines("a.py", text)
    mixed = list(old)
    shuffle.shuffle(mixed)
    found = match_findings(old, mixed)
    assert all(old[pair.base] == mixed[pair.head] for pair in found.pairs)
    assert len(found.pairs) == len(old)


@given(TEXTS)
def test_a_moved_file_keeps_its_findings_without_being_told(text: str) -> None:
    found = partners(text, text, to="lib/b.py")
    assert {line: there for line, (there, _) in found.items()} == {line: line for line in found}
    assert len(found) == len(weak_lines("a.py", text))


@given(TEXTS, TEXTS)
def test_matching_is_one_to_one_and_the_same_in_both_directions(base: str, head: str) -> None:
    old, new = weak_lines("a.py", base), weak_lines("a.py", head)
    there, back = match_findings(old, new), match_findings(new, old)
    pairs = {(pair.base, pair.head) for pair in there.pairs}
    assert len({b for b, _ in pairs}) == len({h for _, h in pairs}) == len(pairs)
    assert len(pairs) + len(there.base_rest) == len(old)
    assert len(pairs) + len(there.head_rest) == len(new)
    assert {(pair.head, pair.base) for pair in back.pairs} == pairs


def test_a_weak_line_that_is_doubled_keeps_one_and_adds_one() -> None:
    found = match_findings(weak_lines("a.py", "x\nweak a\ny"), weak_lines("a.py", "x\nweak a\nweak a\ny"))
    assert len(found.pairs) == 1 and len(found.head_rest) == 1


def test_of_more_candidates_the_nearest_line_is_taken() -> None:
    head = "\n".join(["weak a", *["x"] * 8, "q", "weak a", "r"])
    base = "\n".join([*["x"] * 9, "weak a", "o"])
    assert partners(base, head) == {10: (11, 2)}


def test_a_finding_whose_scope_is_renamed_is_the_same() -> None:
    old = weak_lines("a.py", "weak a", scope="Loader.run")
    new = weak_lines("a.py", "weak a", scope="Loader.start")
    assert [pair.match_pass for pair in match_findings(old, new).pairs] == [4]


def test_a_rule_that_was_renamed_finds_its_old_findings() -> None:
    old, new = weak_lines("a.py", "weak a", rule="old"), weak_lines("a.py", "weak a", rule="new")
    assert not match_findings(old, new).pairs
    assert [pair.match_pass for pair in match_findings(old, new, rules={"old": "new"}).pairs] == [1]


def test_code_moved_to_another_file_is_weak_evidence_and_ambiguity_is_refused() -> None:
    rest = "weak 1\nweak 2\nweak 3\n"
    old = weak_lines("a.py", rest + "weak moved")
    new = [*weak_lines("a.py", rest), *weak_lines("b.py", "k\nweak moved")]
    found = match_findings(old, new)
    assert {pair.base: pair.match_pass for pair in found.pairs}[3] == 7 and len(found.pairs) == 4
    twice = [*new, *weak_lines("c.py", "k\nweak moved")]
    assert len(match_findings(old, twice).pairs) == 3


def test_files_renamed_as_told_are_matched_even_with_little_in_common() -> None:
    old = weak_lines("a.py", "weak 1\nweak 2\nweak 3")
    new = weak_lines("b.py", "weak 1\nweak 7\nweak 8\nweak 9")
    told = match_findings(old, new, renames={"a.py": "b.py"})
    assert told.renames == {"a.py": "b.py"}
    assert min(pair.match_pass for pair in told.pairs) <= 2


def test_an_advisory_known_by_another_name_is_the_same() -> None:
    old = about("pkg:pypi/a", "PYSEC-1", "a", path="r.txt", purl="pkg:pypi/a@1", aliases=("CVE-1", "PYSEC-1"))
    new = about("pkg:pypi/a", "GHSA-1", "a", path="r.txt", purl="pkg:pypi/a@2", aliases=("GHSA-1", "CVE-1"))
    other = about("pkg:pypi/b", "GHSA-1", "b", path="r.txt", purl="pkg:pypi/b@2", aliases=("GHSA-1", "CVE-1"))
    assert [(pair.head, pair.match_pass) for pair in match_findings([old], [other, new]).pairs] == [(1, 3)]


def test_findings_on_assets_are_told_apart_by_their_subject_and_never_guessed() -> None:
    old = [about("source:a", "column", "id"), about("source:a", "column", "name")]
    new = [about("source:a", "column", "name"), about("source:b", "column", "id")]
    found = match_findings(old, new)
    assert [(pair.base, pair.head) for pair in found.pairs] == [(1, 0)]


def test_severity_and_message_have_no_part_in_it() -> None:
    old = weak_lines("a.py", "weak a")
    new = [structs.replace(old[0], message="other", title="other", severity=about("source:a", "x").severity)]
    assert match_findings(old, new).pairs[0].match_pass == 1


def test_two_thousand_equal_lines_are_paired_in_order() -> None:
    found = partners("weak\n" * 2000, "weak\n" * 1999)
    assert len(found) == 1999
