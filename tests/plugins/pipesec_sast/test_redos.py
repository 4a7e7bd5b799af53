"""Which regular expressions a text can slow down."""

from __future__ import annotations

import ast
import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipesec_sast.redos import Slowdown, analyze
from pipesec_sast.redos_proof import _grown, _measure, prove
from pipesec_sast.regex_automaton import TooLarge
from pipesec_sast.regex_calls import examine
from pipesec_sast.tree.syntax import read

EXPONENTIAL = [
    r"(a+)+$",
    r"(.*a){20}",
    r"(x|x)*y",
    r"(a|a?)+$",
    r"^(\w+\s?)*$",
    r'"(\\.|[^"])*"',
    r"(a*b*)*c",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?:a{1,20})+$",
    r"(?i)(?:Ab|ab)+$",
]
POLYNOMIAL = [r"^\d+.*\d+x$", r"^\s*\w*\s*$", r"^.*foo.*bar$"]
FAST = [
    r"^\w+(\s\w+)*$",
    r"^\d+-\d+$",
    r"^(\d{4}-\d{2}-\d{2})(T\d+)?$",
    r'^"(\\.|[^"\\])*"$',
    r"^([0-9a-f]{32},?)+$",
    r"^(?:(?!x).)*x",
    r"(foo|bar)+$",
    r"(a+)+",
    r"^(?:[^/]+/)*[^/]+$",
    r"(\w+)",
    r"^[\w.]+@\w+\.com$",
]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_a_loop_that_reads_one_word_in_two_ways_is_exponential(pattern: str) -> None:
    assert analyze(pattern) is Slowdown.EXPONENTIAL


@pytest.mark.parametrize("pattern", POLYNOMIAL)
def test_two_loops_that_share_words_are_polynomial(pattern: str) -> None:
    assert analyze(pattern) is Slowdown.POLYNOMIAL


@pytest.mark.parametrize("pattern", FAST)
def test_unambiguous_patterns_are_left_alone(pattern: str) -> None:
    assert analyze(pattern) is Slowdown.NONE


@pytest.mark.parametrize("pattern", [r"\s*,\s*$", r"\s+$"])
def test_white_space_before_something_that_fails_is_polynomial_only_where_the_match_may_begin_anywhere(
    pattern: str,
) -> None:
    assert analyze(pattern, anywhere=True) is Slowdown.POLYNOMIAL
    assert analyze(pattern) is Slowdown.NONE


def test_a_loop_at_the_end_cannot_fail_unless_the_whole_text_must_match() -> None:
    assert analyze(r"(a+)+") is Slowdown.NONE
    assert analyze(r"(a+)+", whole=True) is Slowdown.EXPONENTIAL


def test_an_exponential_pattern_really_takes_time() -> None:
    """The claim is held against re itself: on 17 characters the unsafe form costs far more than the safe one."""

    def seconds(pattern: str) -> float:
        began = time.perf_counter()
        re.match(pattern, "a" * 17 + "!")
        return time.perf_counter() - began

    assert seconds(r"(a|a?)+$") > 20 * seconds(r"a+$")


@given(st.text("ab*+?()|.[]{}1,^$\\ds", max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_text_is_analyzed_or_refused(pattern: str) -> None:
    try:
        analyze(pattern, anywhere=True)
    except ValueError as error:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                re.compile(pattern)
        except re.error:
            return
        assert isinstance(error, TooLarge)


def test_a_huge_pattern_is_refused_in_bounded_time() -> None:
    with pytest.raises(TooLarge):
        analyze("".join(f"(a{number}|b)*" for number in range(500)))


def lines(code: str) -> list[int]:
    return [use.node.lineno for _, use in examine(read(ast.parse(code))).slow]


def test_patterns_are_found_behind_aliases_and_names() -> None:
    assert lines("import re as regexp\nregexp.compile('(a+)+$')") == [2]
    assert lines("from re import match as m\nm('(a+)+$', x)") == [2]
    assert lines("import re\nP = r'(a+)' r'+$'\nre.search(P, x)") == [3]
    assert lines("import re\nre.compile(b'(a+)+$')") == [2]


def test_a_name_that_is_assigned_twice_is_not_guessed() -> None:
    assert lines("import re\nP = '(a+)+$'\nP = load()\nre.search(P, x)") == []


def test_flags_and_the_function_count() -> None:
    assert lines("import re\nre.compile(r'( a + ) + $', re.X)") == [2]
    assert lines("import re\nre.fullmatch('(a+)+', x)") == [2]
    assert lines("import re\nre.match('(a+)+', x)") == []


def test_series_methods_read_patterns_only_where_asked() -> None:
    assert lines("df['a'].str.contains('(a+)+$')") == [1]
    assert lines("df['a'].str.replace('(a+)+$', '')") == []
    assert lines("df['a'].str.replace('(a+)+$', '', regex=True)") == [1]
    assert lines("df['a'].str.contains('(a+)+$', regex=False)") == []


def test_a_compiled_pattern_may_begin_anywhere_only_where_it_is_searched_with() -> None:
    assert lines("import re\nP = re.compile(r'\\s*,\\s*$')\nP.search(x)") == [2]
    assert lines("import re\nP = re.compile(r'\\s*,\\s*$')\nP.match(x)") == []


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(\w+\s?)*$", r'"(\\.|[^"])*"', r"(x|x)*y"])
def test_an_exponential_pattern_is_seen_to_be_slow(pattern: str) -> None:
    proof = prove(pattern, 0, Slowdown.EXPONENTIAL, whole=False, anywhere=False)
    assert proof is not None
    assert proof.pump.isprintable()
    assert len(proof.lengths) == len(proof.seconds) == 3
    assert list(proof.seconds) == sorted(proof.seconds)


def test_a_polynomial_pattern_is_seen_to_be_slow() -> None:
    proof = prove(r"^\s*\w*\s*$", 0, Slowdown.POLYNOMIAL, whole=False, anywhere=False)
    assert proof is not None
    assert max(proof.lengths) < 20_000


@pytest.mark.parametrize("pattern", FAST)
def test_a_fast_pattern_is_never_proven_slow(pattern: str) -> None:
    assert prove(pattern, 0, Slowdown.EXPONENTIAL, whole=False, anywhere=True) is None


def test_linear_growth_proves_nothing() -> None:
    texts = [("", "a", "!")]
    linear = [(0, 100, 100, 0.02), (0, 200, 200, 0.04), (0, 400, 400, 0.08)]
    assert _grown(linear, texts, Slowdown.POLYNOMIAL) is None
    squared = [(0, 100, 100, 0.01), (0, 200, 200, 0.04), (0, 400, 400, 0.16)]
    assert _grown(squared, texts, Slowdown.POLYNOMIAL) is not None


def test_a_pattern_that_cannot_be_stopped_from_within_is_stopped_from_without() -> None:
    """One text that takes minutes: the child is ended, and nothing is claimed."""
    began = time.perf_counter()
    rows = _measure({
        "pattern": "(a|a)*b", "flags": 0, "bytes": False, "texts": [("", "a", "")], "enough": 0.05, "method": "match",
        "counts": [60],
    })  # fmt: skip
    assert rows == []
    assert time.perf_counter() - began < 20
