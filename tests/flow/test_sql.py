"""Tables and files that SQL reads and writes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.flow.sql import MAX_SIZE, accesses
from pipesec_tui.model.lineage import Certainty, EdgeKind


def told(text: str, dialect: str | None = None) -> set[str]:
    """``<name`` for what is read, ``>name`` for what is written."""
    return {("<" if one.kind is EdgeKind.READS else ">") + one.name for one in accesses(text, dialect).accesses}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from a.b join c on true", {"<a.b", "<c"}),
        ("insert into t select * from (select * from u) x", {">t", "<u"}),
        ("create table n as select * from o", {">n", "<o"}),
        ("create view v as select 1 from o", {">v", "<o"}),
        ("merge into a using b on a.i = b.i when matched then delete", {">a", "<b"}),
        ("update a set x = b.x from b where a.i = b.i", {">a", "<b"}),
        ("delete from a using b where a.i = b.i", {">a", "<b"}),
        ("truncate table a", {">a"}),
        ("select * into n from o", {">n", "<o"}),
        ("copy t from 's3://b/k' iam_role 'r' csv", {">t", "<s3://b/k"}),
        ("unload ('select * from t where d = ''x''') to 's3://b/k' iam_role 'r'", {"<t", ">s3://b/k"}),
        ("copy into t from @stage/p", {">t", "<@stage/p"}),
        ("copy into 's3://b/k' from t", {"<t", ">s3://b/k"}),
        ("\\copy t(a, b) from 'in.csv' csv", {">t", "<in.csv"}),
        ("copy (select * from 'a.parquet') to 'out.csv' (format csv)", {"<a.parquet", ">out.csv"}),
        ("select * from read_csv('x.csv'), read_parquet(['a.pq', 'b.pq'])", {"<x.csv", "<a.pq", "<b.pq"}),
        ("create external table a.b (x int) stored as parquet location 's3://b/p'", {">a.b", "<s3://b/p"}),
        ("create table a using parquet location 's3://b/c' as select 1 from d", {">a", ">s3://b/c", "<d"}),
        ("select * from parquet.`s3://b/k`", {"<s3://b/k"}),
        ("insert overwrite directory 's3://b/k' using parquet select * from t", {">s3://b/k", "<t"}),
        ("insert overwrite table a.b partition (d='1') select * from c", {">a.b", "<c"}),
        ("load data local infile 'x.csv' into table t", {"<x.csv", ">t"}),
        ("load data inpath 's3://b/k' into table t", {"<s3://b/k", ">t"}),
        ("bulk insert t from 'c:/x.csv'", {"<c:/x.csv", ">t"}),
        ("export data options(uri='gs://b/*.csv', format='CSV') as select * from t", {">gs://b/*.csv", "<t"}),
        ("select * from `p.d.t`", {"<p.d.t"}),
    ],
)
def test_a_statement_tells_what_it_reads_and_writes(text: str, expected: set[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "create table t (a int references z (a))",
        "drop table t",
        "grant select on t to u",
        "create index i on t (x)",
        "select 1",
        "select * from information_schema.tables",
        "-- select * from t\n/* insert into u select * from v */",
    ],
)
def test_what_moves_no_data_is_no_access(text: str) -> None:
    assert told(text) == set()


def test_common_table_expressions_are_no_tables() -> None:
    assert told("with c as (select * from r), d as (select * from c) insert into a select * from d") == {">a", "<r"}


def test_a_common_table_expression_named_as_its_table_reads_the_table() -> None:
    assert told("with orders as (select * from orders) select * from orders") == {"<orders"}


def test_temporary_tables_stay_inside_a_script() -> None:
    assert told("create temp table x as select * from y; insert into z select * from x") == {"<y", ">z"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("insert into {schema}.t select * from {0}.u", {">{param:schema}.t", "<{param:0}.u"}),
        ("select * from %(table)s", {"<{param:table}"}),
        ("select * from {{ params.x }}_raw", {"<{param:x}_raw"}),
        ("select * from {{ var('s') }}.t", {"<{config:s}.t"}),
        ("select * from a_{{ ds_nodash }}", {"<a_{time:ds_nodash}"}),
        ("select * from ${db}.t", {"<{env:db}.t"}),
        ("select * from ${hiveconf:db}.t", {"<{config:db}.t"}),
        ("select * from :schema.t where x = :y", {"<{param:schema}.t"}),
        ("select * from {param:day}", {"<{param:day}"}),
        ("copy t from 's3://{bucket}/k'", {">t", "<s3://{param:bucket}/k"}),
        ("select a::int, b[1:2] from t where c = '12:30'", {"<t"}),
    ],
)
def test_what_is_left_open_becomes_a_typed_hole(text: str, expected: set[str]) -> None:
    assert told(text) == expected


def test_lines_are_those_of_the_names() -> None:
    text = "-- first\nselect *\nfrom a\njoin {{ x\n }} on true;\n\ninsert into b\nselect * from c"
    assert [(one.name, one.line) for one in accesses(text).accesses] == [
        ("a", 2), ("{expr:x}", 3), ("b", 6), ("c", 7),
    ]  # fmt: skip


def test_one_broken_statement_costs_only_itself_and_is_told() -> None:
    result = accesses("select * from a;\nselect from from )( join b;\nselect * from c")
    sure = {one.name for one in result.accesses if one.certainty is Certainty.LITERAL}
    assert sure == {"a", "c"}
    assert all(one.certainty is Certainty.INFERRED for one in result.accesses if one.name not in sure)
    assert result.problems == ("line 2: SQL that no parser takes; what it reads and writes is guessed",)


def test_client_commands_and_inlined_data_are_passed_over() -> None:
    text = "\\set x 1\ncopy t from stdin;\n1\tselect * from nothing;\n\\.\nselect * from a\n\\gexec\n;"
    assert told(text) == {">t", "<a"}


def test_an_included_script_is_told_with_its_line() -> None:
    assert [(one.text, one.line) for one in accesses("select 1;\n\\i load/b.sql\n").includes] == [("load/b.sql", 1)]


def test_bodies_of_functions_are_read() -> None:
    text = "create function f() returns void as $$ begin\ninsert into q select * from w; end $$ language plpgsql"
    assert told(text) == {">q", "<w"}


def test_too_much_text_is_read_in_part_and_told() -> None:
    result = accesses("select * from a;\n" + "-- x\n" * (MAX_SIZE // 4))
    assert {one.name for one in result.accesses} == {"a"}
    assert "only its beginning" in result.problems[0]


def test_rows_of_a_long_insert_are_passed_over() -> None:
    result = accesses("insert into t (a, b) values " + "(1, 'select * from x'), " * 20_000 + "(1, 2);\nselect * from a")
    assert [(one.name, one.certainty) for one in result.accesses] == [
        ("t", Certainty.LITERAL),
        ("a", Certainty.LITERAL),
    ]


def test_deep_nesting_is_not_parsed() -> None:
    result = accesses("select " + "(" * 40_000 + "1" + ")" * 40_000 + " from a")
    assert [one.certainty for one in result.accesses] == [Certainty.INFERRED]


_WORDS = """select from join ( ) ' " ` ; , * with as insert into copy unload {{ }} {% %} ${x} $$ -- /* */ \\copy a.b
's3://x' @s :x end case"""
_PIECES = st.sampled_from([*_WORDS.split(), "\n"])


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=8), max_size=30))
def test_no_text_makes_it_fail(pieces: list[str]) -> None:
    accesses(" ".join(pieces))
