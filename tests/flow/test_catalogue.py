"""The catalogue as data: what ships with pipesec, and what others add."""

from __future__ import annotations

from importlib import resources

import pytest

from pipesec_tui.flow.catalogue import CatalogueProblem, load, parse


def test_every_shipped_file_holds_against_the_schema() -> None:
    files = [
        file for file in (resources.files("pipesec_tui.flow") / "io_models").iterdir() if file.name.endswith(".yaml")
    ]
    assert len(files) >= 5
    for file in files:
        rows = parse(file.read_bytes(), file.name)
        assert rows.family and (rows.models or rows.types or rows.tasks)


def test_every_type_is_given_by_a_row() -> None:
    given: set[str] = {"Path", "builtins", "Handle"}
    used: set[str] = set()
    for file in (resources.files("pipesec_tui.flow") / "io_models").iterdir():
        if not file.name.endswith(".yaml"):
            continue
        rows = parse(file.read_bytes(), file.name)
        given.update(row.type for row in rows.types)
        given.update(row.returns for row in rows.models)
        for symbols in (*(row.sym for row in rows.types), *(row.sym for row in rows.models)):
            used.update(
                s.partition(".")[0]
                for s in symbols
                if s[0].isupper() and not s.startswith(("PIL", "MySQLdb", "PyPDF2"))
            )
    assert {name.removesuffix("()") for name in used} <= given


def test_rows_of_others_stand_before_the_shipped_ones() -> None:
    extra = parse(b"models:\n- {sym: [pandas.read_csv, acme.fetch], does: writes, data: '0'}\n", "acme.yaml")
    catalogue = load([extra])
    assert catalogue.models("pandas.read_csv")[0].does.value == "writes"
    assert catalogue.models("acme.fetch") and "fetch" in catalogue.names


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"models:\n- {sym: [a.b], does: eats, data: '0'}", "eats"),
        (b"models:\n- {sym: a.b, does: reads}", "array"),
        (b"modles: []", "modles"),
        (b"models: [", "not YAML"),
        (b"a: &a [1]\nb: [" + b"*a, " * 300 + b"]", "aliases"),
    ],
)
def test_rows_that_cannot_be_taken_say_why(text: bytes, why: str) -> None:
    with pytest.raises(CatalogueProblem, match=r"acme\.yaml") as raised:
        parse(text, "acme.yaml")
    assert why in str(raised.value) and "\n" not in str(raised.value)
