"""Hostile files end in bounded time, with a problem and no exception."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.flow.formats import extract
from pipesec_tui.flow.formats.tree import Malformed, load

PATHS = (
    "a.sql", "models/a.sql", "a.sh", "Dockerfile", "compose.yml", "Makefile", "crontab", "dvc.yaml", "dvc.lock",
    "conf/catalog.yml", ".github/workflows/a.yml", "a.tf", "a.jsonl", "target/manifest.json", "schema.yml",
    "c.json", "t.template",
)  # fmt: skip
_SIGNS = """{ } [ ] ( ) " ' : - & * ! | > < ; $ ${x} {{ }} {% %} # \\ = services stages resource locals
"aws_glue_job" "j" connector.class AWSTemplateFormatVersion Resources Properties Type !Ref !Sub
AWS::Glue::Job eventType job namespace nodes FROM RUN COPY CMD <<E E aws s3 cp python x.py -c | sources:
exposures: select from with command depends_on &a *a <<: @daily"""
_TEXTS = st.lists(st.sampled_from([*_SIGNS.split(), "\n", "\n  ", "\n\t", " "]) | st.text(max_size=4), max_size=40)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PATHS), _TEXTS)
def test_no_content_makes_it_fail(path: str, pieces: list[str]) -> None:
    extract(path, " ".join(pieces).encode("utf-8", "replace"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), st.binary(max_size=60))
def test_no_bytes_make_it_fail(path: str, content: bytes) -> None:
    extract(path, content)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "opening", [b"[", b"{", b"(", b"{a: ", b'{"connector.class": ', b'resource "aws_glue_job" "j" {\n', b"$("]
)
def test_deep_nesting_ends(path: str, opening: bytes) -> None:
    extract(path, opening * 20_000)


def test_aliases_cannot_multiply() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Malformed, match="more than"):
        load("\n".join(lines).encode())


def test_an_alias_of_itself_is_malformed() -> None:
    with pytest.raises(Malformed, match="alias"):
        load(b"a: &a [*a]")


@pytest.mark.parametrize("path", ["compose.yml", "a.sh", "Dockerfile", "Makefile", "a.tf"])
def test_too_large_a_file_is_a_problem(path: str) -> None:
    found = extract(path, b'resource "aws_glue_job" "j" {}\n' * 50_000)
    assert found is not None
    assert "not read" in found.problems[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sql", b"{{ " * 100_000),
        ("a.sql", b"{% " * 100_000),
        ("models/a.sql", b"{# " * 100_000 + b"{{ ref('a') }}"),
        ("a.sql", b"/*" * 200_000),
        ("a.sql", b"\n\\i a.b" * 50_000),
        ("crontab", b"* " * 200_000),
        ("Dockerfile", b"FROM a\n" * 20_000),
        ("Makefile", b"A = $(A)$(A)\n" * 20_000),
    ],
)
def test_repeated_openings_take_no_quadratic_time(path: str, text: bytes) -> None:
    began = process_time()
    extract(path, text)
    assert process_time() - began < 5
