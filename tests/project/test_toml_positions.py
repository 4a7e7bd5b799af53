"""Lines of keys, whatever stands around them."""

from __future__ import annotations

import tomllib
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.project.toml_positions import Path, positions

TRICKY = '''\
# [fake]
a = "x = 1 # [no]"
b = """
[not.a.table]
key = "inside" \\""" still
"""   # comment with " and '
"c.d" = \'\'\'
x = 1\'\'\'\'
e.f . "g" = [ # list
  "]", [1, 2],
  { h = "}", i = ["{"] },
]
d = 1979-05-27 07:32:00
[t]
k = {}
[[arr]]
n = 1
[arr.sub]
m = 2
[[arr]]
[[arr.inner]]
z = 3
'''


def test_comments_strings_and_nested_values_do_not_mislead() -> None:
    tomllib.loads(TRICKY)
    found = positions(TRICKY)
    expected: dict[Path, int] = {
        ("a",): 2, ("b",): 3, ("c.d",): 7, ("e", "f", "g"): 9, ("e", "f", "g", 0): 10, ("e", "f", "g", 1, 1): 10,
        ("e", "f", "g", 2, "i", 0): 11, ("d",): 13, ("t",): 14, ("t", "k"): 15, ("arr", 0, "n"): 17,
        ("arr", 0, "sub", "m"): 19, ("arr", 1): 20, ("arr", 1, "inner", 0, "z"): 22,
    }  # fmt: skip
    assert {path: found.line(path) for path in expected} == expected


def test_a_missing_path_is_told_by_what_would_hold_it() -> None:
    assert positions("a = 1\n[t]\nb = 2\n").line(("t", "missing", 3)) == 2


def test_windows_line_ends_count_once() -> None:
    assert positions("a = 1\r\nb = 2\r\n").line(("b",)) == 2


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
SCALARS = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), KEYS, st.dates())
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


def paths(value: Any, at: Path = ()) -> list[Path]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path for key, item in items for path in [(*at, key), *paths(item, (*at, key))]]


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_every_key_and_element_of_a_document_has_a_line(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    if tomllib.loads(text) != data:
        return  # tomlkit does not write every value so that it is read again; that is not what is tested here
    lines = text.split("\n")
    found = positions(text)
    for path in paths(data):
        line = found.line(path)
        assert 1 <= line <= len(lines)
        if len(path) == 1 and not isinstance(data[str(path[0])], dict | list):
            assert list(tomllib.loads(lines[line - 1])) == [path[0]]
