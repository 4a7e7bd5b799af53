"""pipesec.toml: what is taken, and what is told about what isn't."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.model.lineage import Trust
from pipesec_tui.model.project import Project
from pipesec_tui.model.severity import Severity
from pipesec_tui.project.config import ConfigError, json_schema, load, parse, parse_duration
from pipesec_tui.project.toml_document import TomlDocument

EXAMPLE = """\
[project]
name    = "retail-feedback"
private = ["acme-*"]                 # package names that no query may carry outside
roots   = ["../infra"]

[[source]]
name   = "feedback"
uri    = "s3://shop-feedback/incoming/*.csv"
trust  = "untrusted"
sample = "data/feedback.csv"
schema = "schemas/feedback.schema.json"

[[service]]
name = "lake"
kind = "s3"
seed = "tests/lake/"

[[stage]]
name       = "clean"
pipeline   = "feedback"
run        = ["python", "clean.py", "{feedback}", "{clean}"]
cwd        = "etl"
env        = { MODE = "batch" }
reads      = ["feedback"]
writes     = ["clean"]
uses       = ["lake"]
image      = "shop/feedback:1.4"
quarantine = "rejects.jsonl"
alerts     = ['"level": "(WARN|ERROR)"']
timeout    = "30s"

[[dataset]]
name = "clean"
path = "out/clean.csv"
unique_key = ["id"]

[[sink]]
name = "warehouse.feedback"
reads = ["clean"]
exposures = ["churn-model", "weekly-report"]
owner = "data-platform"

[policy]
every   = "7d"
fail_on = "high"
sla     = { critical = "2d", high = "7d", medium = "30d" }

[check.sast]

[canary]
baseline  = "shop/feedback:1.4"
candidate = "shop/feedback:1.5"
sample    = { rows = 50000, seed = 7 }
on_promote  = ["docker", "tag", "a", "b"]
on_rollback = ["docker", "tag", "b", "a"]
[[canary.expect]]
column = "clean.score"
reason = "new weights"
until = 2027-01-31
"""


def problems(text: str, **options: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, **options)
    return caught.value.lines()


def test_the_documented_example_is_taken_whole() -> None:
    project = parse(EXAMPLE)
    assert project.info.roots == ("../infra",)
    assert project.sources[0].trust is Trust.UNTRUSTED
    assert project.stages[0].run == ("python", "clean.py", "{feedback}", "{clean}")
    assert project.policy.fail_on is Severity.HIGH
    assert project.policy.sla[Severity.CRITICAL] == "2d"
    assert project.checks == {"sast": {}}
    assert project.canary is not None
    assert project.canary.expect[0].until == dt.date(2027, 1, 31)


def test_a_folder_without_the_file_is_an_empty_project(tmp_path: Path) -> None:
    assert load(tmp_path) == Project()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project]\nnmae = 'x'", 'pipesec.toml:2: project.nmae: unknown key; did you mean "name"?'),
        ("\n[projekt]", 'pipesec.toml:2: projekt: unknown key; did you mean "project"?'),
        (
            "[project]\nprivate = 'a'",
            "pipesec.toml:2: project.private: must be a list, not the text \"a\"; write [\"a\"]",
        ),
        ("[project]\nname = 3", "pipesec.toml:2: project.name: must be a text in quotes, not the number 3"),
        (
            "[[source]]\nname='a'\ntrust = 'untrustd'",
            'pipesec.toml:3: source[0].trust: must be "untrusted", "partner" or "internal", not "untrustd"; '
            'did you mean "untrusted"?',
        ),
        ("# x\n[[stage]]\nrun = ['a']", 'pipesec.toml:2: stage[0]: needs a "name"'),
        ("[source]\nname = 'a'", "source: must be a list, not a table; write the header in double brackets"),
        (
            "[[source]]\nname = 'a'\n[[dataset]]\nname = 'a'",
            'pipesec.toml:4: dataset[0].name: a source is named "a" already; rename one',
        ),
        (
            "[[source]]\nname = 'feed'\n[[stage]]\nname = 's'\nreads = [\n 'feed',\n 'fed',\n]",
            'pipesec.toml:7: stage[0].reads[1]: no source, dataset or sink is named "fed"; did you mean "feed"?',
        ),
        ("[[stage]]\nname='s'\nwrites = ['x']", 'named "x"; add a [[dataset]]'),
        ("[[stage]]\nname='s'\nuses = ['lake']", 'pipesec.toml:3: stage[0].uses[0]: no service is named "lake"'),
        ("[[sink]]\nname='s'\nreads = ['nothing']", 'sink[0].reads[0]: no source, dataset or sink is named'),
        ("[[stage]]\nname='s'\ntimeout = 'soon'", "pipesec.toml:3: stage[0].timeout: 'soon' is not a duration"),
        ("[policy]\nsla = { high = '0d' }", "pipesec.toml:2: policy.sla.high: '0d' is not a duration"),
        ("[policy.sla]\nhihg = '1d'", 'pipesec.toml:2: policy.sla.hihg: must be "critical", "high"'),
        ("[canary]\nsample = { rows = true }", "canary.sample.rows: must be a whole number, not a truth value"),
        ("[[canary.expect]]\ncolumn='c'\nreason='r'\nuntil = 'soon'", "until: must be a date such as 2027-01-31"),
        ("[check.sast]\nx = 2027-01-31", "check.sast.x: must be a text, number, list or table, not a date or time"),
        ("check = 3", "pipesec.toml:1: check: must be a table, not the number 3"),
        ("a = [1,\n2", "pipesec.toml:2: is not TOML"),
        ("a = 1\na = 2", "pipesec.toml:2: is not TOML: Cannot overwrite a value"),
        ("a = 1\n\n[b\n", "pipesec.toml:3: is not TOML"),
        ("a = " + "[" * 4000, "pipesec.toml:1: is nested too deeply"),
        ("a = " + "9" * 5000, "pipesec.toml:1: is not TOML"),
        ("x" * (2 << 20), "pipesec.toml:1: is larger than 1 MB"),
        ("[project]\n\"na\\u001bme\" = 1", "pipesec.toml:2: project.na\\x1bme: unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_key_and_remedy(text: str, said: str) -> None:
    assert said in "\n".join(problems(text))


def test_all_mistakes_are_told_at_once_in_the_order_of_lines() -> None:
    text = (
        "[project]\nnmae = 'x'\nname = 3\n[policy]\nevery = 'x'\nfail_on = 'y'\n[[stage]]\nname = 's'\nreads = ['q']\n"
    )
    lines = [line.split(":")[1] for line in problems(text)]
    assert lines == ["2", "3", "5", "6", "9"]


def test_options_are_held_against_what_their_check_takes() -> None:
    schemas: dict[str, dict[str, Any]] = {
        "sast": {"type": "object", "additionalProperties": False, "properties": {"rules": {"type": "array"}}}
    }
    text = "[check.sats]\n[check.sast]\nrulse = 1\nrules = 'x'\n"
    assert problems(text, check_options=schemas) == [
        'pipesec.toml:1: check.sats: no check has this name; did you mean "sast"?',
        'pipesec.toml:3: check.sast.rulse: unknown key; did you mean "rules"?',
        "pipesec.toml:4: check.sast.rules: 'x' is not of type 'array'",
    ]
    assert parse("[check.sast]\nrules = ['a']", check_options=schemas).checks["sast"] == {"rules": ["a"]}


def test_many_mistakes_do_not_fill_the_terminal() -> None:
    lines = problems("".join(f"k{i} = 1\n" for i in range(500)))
    assert len(lines) == 101
    assert lines[-1] == "… and 400 more problems"


def test_text_of_the_project_reaches_no_terminal_with_control_characters() -> None:
    text = '[[source]]\nname = "a"\ntrust = "\\u001b[31m\\u009b\\n"\n'
    assert all(line.isprintable() for line in problems(text))


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "latin1", "large"])
def test_a_file_that_cannot_be_used_is_one_clear_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pipesec.toml"
    if kind == "link":
        (tmp_path / "elsewhere").write_text("")
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "latin1":
        path.write_bytes(b"[project]\nname = '\xe4'\n")
    else:
        path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert len(caught.value.lines()) == 1
    assert caught.value.lines()[0].startswith(
        "pipesec.toml:2: is not UTF-8" if kind == "latin1" else "pipesec.toml:1: "
    )


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_ends_in_anything_but_a_project_or_told_mistakes(text: str) -> None:
    try:
        parse(text)
    except ConfigError as error:
        assert error.problems


KEYS = st.sampled_from(
    ["project", "source", "stage", "name", "reads", "policy", "sla", "check", "canary", "expect", "x"]
)
LEAVES = st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.dates(), st.floats())
DATA = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3)),
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(DATA)
def test_no_data_ends_in_anything_but_a_project_or_told_mistakes(data: dict[str, Any]) -> None:
    import tomlkit

    try:
        parse(tomlkit.dumps(data))
    except ConfigError as error:
        assert all(problem.line >= 1 for problem in error.problems)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7d", dt.timedelta(days=7)), ("12h", dt.timedelta(hours=12)), ("30m", dt.timedelta(minutes=30)),
        ("45s", dt.timedelta(seconds=45)), (" 2w ", dt.timedelta(weeks=2)),
    ],
)  # fmt: skip
def test_durations_are_numbers_with_a_unit(text: str, span: dt.timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "1.5h", "1d12h", "0s", "7 days", "9999999d", "٣d"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def as_json(text: str) -> Any:
    return json.loads(json.dumps(TomlDocument(text).data, default=lambda value: value.isoformat()))


def test_the_published_schema_takes_the_example_and_refuses_typos() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    assert list(validator.iter_errors(as_json(EXAMPLE))) == []
    for right, wrong in (
        ("trust ", "trsut "),
        ('"untrusted"', '"untrustd"'),
        ("[[stage]]", "[[stgae]]"),
        ("50000", "'x'"),
    ):
        assert list(validator.iter_errors(as_json(EXAMPLE.replace(right, wrong, 1))))
