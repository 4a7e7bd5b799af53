"""What the check says of credentials, of what only looks like one, and of files that are odd."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipesec_secrets import SECRETS
from pipesec_secrets.candidates import in_line, takes_bare_values

Run = Callable[..., Any]

# Put together here so that this file holds nothing that looks like a token.
TOKENS = {
    "GitHub token": "gh" + "p_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5",
    "GitLab token": "gl" + "pat-" + "aB3dE5fG7hI9jK1lM3nO",
    "AWS access key": "AK" + "IA" + "Q3EGRZ7WLM2XT5BN",
    "Slack token": "xo" + "xb-" + "123456789012-123456789012-aBcDeFgHiJkL",
    "Stripe key": "sk_" + "live_" + "aB3dE5fG7hI9jK1lM3nO5pQ7",
    "Twilio key": "A" + "C" + "0123456789abcdef0123456789abcdee",
    "SendGrid key": "S" + "G." + "aB3dE5fG7hI9jK1lM3nO5p." + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC9d",
    "Telegram token": "123456789:" + "AA" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3",
    "PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" + "aB3dE5fG7h" * 8,
    "JSON Web Token": "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJ" + "zdWIiOiJldGwifQ." + "c2lnbmF0dXJlLW9mLXNvbWU",
}


@pytest.mark.parametrize("what", TOKENS)
def test_tokens_of_known_services_are_found_once(run_check: Run, tmp_path: Path, what: str) -> None:
    (tmp_path / "job.py").write_text(f'x = 1\nACCESS_TOKEN = "{TOKENS[what]}"  # pragma: allowlist secret\n')
    result = run_check(SECRETS, tmp_path)
    assert [(o.evidence["kind"], o.location.start_line) for o in result.observations] == [(what, 2)]
    assert result.observations[0].evidence["name"] == "ACCESS_TOKEN"
    assert result.observations[0].evidence["length"] == len(TOKENS[what])


@pytest.mark.parametrize(
    "line",
    [
        'password = ""',
        'password = "<password>"',
        'password = "${DB_PASSWORD}"',
        'password = "{{ password }}"',
        'password = "xxxxxxxx"',
        'password = "********"',
        'password = "your-password"',
        'password = os.environ["DB_PASSWORD"]',
        'password = getpass("Password: ")',
        'token = "access_token"',
        'token_url = "https://auth.internal/token"',
        "max_tokens = '4096k'",
        'password = f"{prefix}{suffix}"',
        'secret = "arn:aws:secretsmanager:eu-west-1:1:secret:x"',
        'tokenizer = "bert-base-uncased"',
        'if token == "IDENTIFIER1":',
        'url = "postgresql://user:password@host/db"',
        'url = "postgresql://etl:{password}@host/db"',
        'password = "%s" % value',
        "password: str | None = None",
    ],
)
def test_what_stands_for_a_secret_is_not_one(line: str) -> None:
    assert in_line(line, bare=False) == []


@pytest.mark.parametrize(
    ("path", "line", "name"),
    [
        ("a.py", 'password = "changeme"', "password"),
        ("a.py", 'connect(host, password="fishy-Horse-9")', "password"),
        ("a.py", "os.environ['API_TOKEN'] = 'c1d3e5f7a9b1c3d5'", "API_TOKEN"),
        ("a.py", 'password: str = "fishy-Horse-9"', "password"),
        ("a.yaml", "password: fishy-Horse-9", "password"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD: postgres", "POSTGRES_PASSWORD"),
        (".env.local", "export API_KEY=c1d3e5f7a9b1c3d5", "API_KEY"),
        ("app.ini", "password = fishy-Horse-9", "password"),
        ("a.json", '"client_secret": "c1d3e5f7a9b1c3d5",', "client_secret"),
        ("pom.xml", "<password>fishy-Horse-9</password>", "password"),
        ("Dockerfile", "ENV DB_PASSWORD fishy-Horse-9", "DB_PASSWORD"),
    ],
)
def test_values_of_telling_names_are_found(path: str, line: str, name: str) -> None:
    found = in_line(line, bare=takes_bare_values(path))
    assert [candidate.name for candidate in found] == [name]


def test_tests_and_documents_lower_confidence_and_hide_nothing(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    for path in ("settings.py", "tests/settings.py", "README.md"):
        (tmp_path / path).write_text('password = "fishy-Horse-9"\n')
    result = run_check(SECRETS, tmp_path)
    assert {o.location.path: o.confidence.value for o in result.observations} == {
        "settings.py": "medium",
        "tests/settings.py": "low",
        "README.md": "low",
    }


def test_random_strings_are_told_only_where_asked_for(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('x = "q8ZrT2mVx0LpW7sKd4NfYb1c"\n')
    assert run_check(SECRETS, tmp_path).rules() == []
    assert run_check(SECRETS, tmp_path, options={"entropy": True}).rules() == ["high-entropy-string"]


def test_odd_files_are_each_told(run_check: Run, tmp_path: Path) -> None:
    secret = b'password = "fishy-Horse-9"\n'
    files = {
        "binary.bin": b"\0\1" + secret,
        "latin.py": "# café\n".encode("latin-1") + secret,
        "wide.py": ("\ufeff" + secret.decode()).encode("utf-16"),
        "minified.js": b"var a=1;" * 20_000 + secret + b"b=2;" * 20_000,
        "large.csv": b"a,b\n" * (3 << 20),
        "crlf.ini": b"[db]\r\npassword = fishy-Horse-9\r\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    result = run_check(SECRETS, tmp_path)
    rows = {row.asset.removeprefix("file:"): (row.status.value, row.reason) for row in result.coverage}
    assert rows["binary.bin"] == ("skipped", "binary")
    assert rows["large.csv"][0] == "skipped"
    assert rows["latin.py"] == ("ok", "not UTF-8: read as Latin-1")
    found = {o.location.path: o for o in result.observations}
    assert set(found) == {"latin.py", "wide.py", "minified.js", "crlf.ini"}
    assert found["minified.js"].location.start_column == len(b"var a=1;" * 20_000) + len('password = "') + 1
    assert found["crlf.ini"].evidence["length"] == len("fishy-Horse-9")


def test_a_line_full_of_hints_takes_bounded_time(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("password='',token:x;" * 300_000)
    began = time.process_time()
    result = run_check(SECRETS, tmp_path)
    assert time.process_time() - began < 10
    assert result.covered("file:a.js") == "partial"


VALUES = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-", min_size=8, max_size=40).filter(
    lambda value: any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and len(set(value)) > 4
)
SHAPES = st.sampled_from(
    [
        ("a.py", 'db_password = "{}"'),
        ("a.py", 'connect(user, api_key="{}", timeout=3)'),
        ("a.yaml", "client_secret: {}"),
        ("a.env", "SESSION_TOKEN={}"),
        ("a.py", 'URL = "postgresql://etl:{}@db.internal/x"'),
        ("a.py", 'DSN = "Server=db;Uid=etl;Pwd={};Encrypt=yes"'),
    ]
)


@given(SHAPES, VALUES, VALUES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_a_value_nor_a_trace_of_it_is_kept(
    run_check: Run, tmp_path_factory: pytest.TempPathFactory, shape: tuple[str, str], one: str, other: str
) -> None:
    path, line = shape
    told = []
    for value in (one, other):
        root = tmp_path_factory.mktemp("project")
        (root / path).write_text(f"# first\n{line.format(value)}\n# last\n")
        result = run_check(SECRETS, root)
        if not result.observations:
            return  # a stand-in such as xxxx-example
        assert value not in msgspec.json.encode(result.frames).decode()
        told.append(result.observations[0])
    assert told[0].identity == told[1].identity
