"""Secrets do not pass into what is stored, and take no part in identity."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.model.identity import code_identity
from pipesec_tui.model.redaction import MASK, redact

SHAPES = [
    'db_password = "{}"',
    'password: str = "{}"',
    'connect(user, api_key="{}", timeout=3)',
    "client_secret: {}",
    "SESSION_TOKEN={}",
    "ENV DB_PASSWORD {}",
    "<password>{}</password>",
    "os.environ['API_TOKEN'] = '{}'",
    '"password = \\"{}\\"\\n"',
    'reader.option("password", "{}")',
    'encryption_key = "{}"',
    'URL = "postgresql://etl:{}@db.internal/x"',
    'DSN = "Server=db;Uid=etl;Pwd={};Encrypt=yes"',
    "url = jdbc:postgresql://h/x?user=etl&password={}",
    "load --password {} --all",
    "curl -u etl:{} https://host",
    "Authorization: Bearer {}",
    'password = decode("{}")',
    'token = cached() or "{}"',
]
VALUES = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=40).filter(
    lambda value: any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
)


@given(st.sampled_from(SHAPES), VALUES)
def test_a_value_does_not_pass(shape: str, value: str) -> None:
    assert value not in redact(shape.format(value))


@given(st.sampled_from(SHAPES), VALUES, VALUES)
def test_identity_does_not_change_with_a_value(shape: str, one: str, other: str) -> None:
    def identity(value: str) -> object:
        lines = ["first()", shape.format(value), "query(sql)", "last()"]
        return [code_identity("rule", "a.py", None, lines, line, line) for line in (2, 3)]

    assert identity(one) == identity(other)


@given(st.text())
def test_redacting_twice_changes_nothing_for_given_secrets(text: str) -> None:
    assert "hunter-22" not in redact(f"{text} hunter-22 {text}", "hunter-22")


@pytest.mark.parametrize(
    "code", ["token = os.environ['API_TOKEN']", "password = getpass.getpass()", "tokens = list(rows)", "x = f(1)"]
)
def test_code_without_a_secret_stays(code: str) -> None:
    assert redact(code) == code


def test_a_long_run_takes_bounded_time() -> None:
    began = time.process_time()
    redact("a" * 100_000 + "." * 100_000)
    assert time.process_time() - began < 5


def test_a_private_key_loses_its_body() -> None:
    key = "-----BEGIN EC " + "PRIVATE KEY-----\nbm90IGEga2V5\n-----END EC " + "PRIVATE KEY-----"
    assert redact(key) == "-----BEGIN EC " + "PRIVATE KEY-----" + MASK
