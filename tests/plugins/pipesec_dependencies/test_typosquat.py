"""Names that are a slip away from others are told; names of real packages are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipesec_dependencies.typosquat import looks_like, one_apart


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("reqeusts", "requests"),
        ("request5", "requests"),
        ("reqests", "requests"),
        ("requestss", "requests"),
        ("pythondateutil", "python-dateutil"),
        ("dateutil-python", "python-dateutil"),
        ("nurnpy", "numpy"),
        ("b0tocore", "botocore"),
        ("cryptographyy", "cryptography"),
    ],
)
def test_slips_are_told(name: str, meant: str) -> None:
    assert looks_like(name) == meant


@pytest.mark.parametrize(
    "name",
    [
        "requests",
        "boto",
        "boto3",
        "attrs",
        "pytest-mock",
        "polars",
        "dask",
        "prefect",
        "pandera",
        "pyarrow",
        "kedro",
        "luigi",
        "great-expectations",
        "psycopg",
        "psycopg2",
        "psycopg2-binary",
        "redis",
        "rediscluster",
        "sqlglot",
        "mysqlclient",
        "pymysql",
        "pyspark",
        "pypdf",
        "pypdf2",
        "httpx",
        "httpx2x",
        "ruff",
        "tox",
        "nose",
        "acme-internal-tools",
        "flask-login",
        "types-pyyaml",
    ],
)
def test_real_packages_are_not(name: str) -> None:
    assert looks_like(name) is None


@given(st.text("abc", max_size=6), st.integers(0, 6), st.sampled_from("abcd"))
def test_every_single_edit_is_seen(text: str, at: int, letter: str) -> None:
    at %= len(text) + 1
    edits = {text[:at] + letter + text[at:], text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :]}
    if len(text) > at + 1:
        edits.add(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    for edit in edits - {text}:
        assert one_apart(text, edit) and one_apart(edit, text)


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_nothing_else_is(one: str, other: str) -> None:
    near = {one[:i] + c + one[i:] for i in range(len(one) + 1) for c in "ab"}
    near |= {one[:i] + one[i + 1 :] for i in range(len(one))}
    near |= {one[:i] + c + one[i + 1 :] for i in range(len(one)) for c in "ab"}
    near |= {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in range(len(one) - 1)}
    assert one_apart(one, other) == (other in near and other != one)
