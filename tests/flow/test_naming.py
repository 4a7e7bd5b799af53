"""One identity for a dataset, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.flow import naming
from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.unify import canonical, unify

SAME = [
    ("s3a://shop/raw/a.csv", "s3://shop/raw/a.csv"),
    ("s3n://shop//raw/a.csv", "s3://shop/raw/a.csv"),
    ("gcs://shop/a", "gs://shop/a"),
    ("./data/a.csv", "data/a.csv"),
    ("data//x/../a.csv", "data/a.csv"),
    ("file:///srv/a.csv", "/srv/a.csv"),
    ("postgresql+psycopg2://u:secret@db/shop", "postgres://db:5432/shop"),
    ("https://API.example/v1/x?key=1#top", "https://api.example/v1/x"),
    ("data\\raw\\a.csv", "data/raw/a.csv"),
]


@pytest.mark.parametrize(("written", "meant"), SAME)
def test_spellings_of_one_place_are_one_dataset(written: str, meant: str) -> None:
    assert naming.from_uri(written).uri == meant


def test_who_logs_in_is_no_part_of_a_name() -> None:
    assert "secret" not in naming.from_uri("postgres://user:secret@db/shop").uri


def test_relative_paths_are_taken_from_their_base() -> None:
    assert naming.from_path("a.csv", "etl/out").name == "etl/out/a.csv"
    assert naming.from_path("/a.csv", "etl/out").name == "/a.csv"


def test_tables_fold_case_quotes_and_the_default_schema() -> None:
    assert {naming.from_table(name).name for name in ('"Orders"', "orders", "public.ORDERS", "`orders`")} == {"orders"}


def joined(*names: str, declared: tuple[str, ...] = ()) -> dict[str, str]:
    found = unify(map(naming.from_uri, names), [naming.from_uri(each) for each in declared])
    return {key.uri: value.uri for key, value in found.items()}


def test_a_path_in_a_container_is_the_file_of_the_project_that_it_ends_with() -> None:
    assert joined("/app/data/a.csv", "data/a.csv")["/app/data/a.csv"] == "data/a.csv"


def test_an_absolute_path_that_two_files_end_is_left_alone() -> None:
    assert joined("/x/b/data/a.csv", "data/a.csv", "b/data/a.csv")["/x/b/data/a.csv"] == "/x/b/data/a.csv"


def test_a_name_with_a_hole_is_the_one_that_it_fits() -> None:
    assert joined("s3://b/raw/{param:day}.csv", "s3://b/raw/mon.csv") == {
        "s3://b/raw/{param:day}.csv": "s3://b/raw/mon.csv", "s3://b/raw/mon.csv": "s3://b/raw/mon.csv",
    }  # fmt: skip


def test_a_name_with_a_hole_that_fits_several_stays() -> None:
    found = joined("raw/{param:day}.csv", "raw/mon.csv", "raw/tue.csv")
    assert found["raw/{param:day}.csv"] == "raw/{param:day}.csv"


def test_names_that_differ_in_their_holes_alone_are_one() -> None:
    assert len(set(joined("raw/{param:day}.csv", "raw/{time:ds}.csv", "raw/{env:DAY}.csv").values())) == 1


def test_a_declared_glob_takes_in_what_lies_below() -> None:
    found = joined("s3://b/in/a.csv", "s3://b/in/{param:x}.csv", declared=("s3://b/in/*.csv",))
    assert set(found.values()) == {"s3://b/in/*.csv"}


def test_names_of_which_nothing_is_known_are_not_joined() -> None:
    assert len(set(joined("{param:a}", "{param:b}", "x.csv").values())) == 3


def test_a_table_without_a_database_is_the_one_table_of_that_name() -> None:
    bare, full = DatasetId("table", "public.orders"), DatasetId("postgres://db:5432", "shop.public.orders")
    assert len(set(unify([bare, full]).values())) == 1


def test_a_table_that_two_databases_have_is_left_alone() -> None:
    names = [
        DatasetId("table", "orders"),
        DatasetId("postgres://a:5432", "x.orders"),
        DatasetId("mysql://b", "y.orders"),
    ]
    assert len(set(unify(names).values())) == 3


NAMES = st.one_of(
    st.text(max_size=40),
    st.from_regex(
        r"(s3a?|gs|gcs|https?|postgresql|file|kafka|table)://[a-z{}:]{0,8}/[a-zA-Z0-9_./*{}:?-]{0,20}", fullmatch=True
    ),
    st.from_regex(r"(/|\./|\.\./)?[a-z]{1,3}(/[a-z*{}:]{0,4}){0,3}(\.csv)?", fullmatch=True),
)
DATASETS = st.one_of(
    NAMES.map(naming.from_uri),
    NAMES.map(naming.from_table),
    st.builds(
        DatasetId,
        st.sampled_from(["file", "table", "kafka", "s3://b", "postgres://db:5432", "sqlite://a.db", ""]),
        NAMES,
    ),
)


@given(DATASETS)
def test_canonical_names_stay_what_they_are(dataset: DatasetId) -> None:
    once = canonical(dataset)
    assert canonical(once) == once


@given(st.lists(DATASETS, max_size=12), st.lists(DATASETS, max_size=3))
def test_unifying_again_changes_nothing_and_order_does_not_matter(
    datasets: list[DatasetId], declared: list[DatasetId]
) -> None:
    once = unify(datasets, declared)
    assert set(once) == set(datasets)
    assert unify(reversed(datasets), list(reversed(declared))) == once
    again = unify(once.values(), declared)
    assert all(again[value] == value for value in once.values())
