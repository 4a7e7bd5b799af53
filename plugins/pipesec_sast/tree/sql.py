"""Statements and expressions of query languages that are put together from values."""

from __future__ import annotations

import ast
import re

from pipesec_sast.tree.rule import Look, Seen
from pipesec_sast.tree.syntax import keyword
from pipesec_sast.tree.values import Values

_PANDAS = (
    "pandas.read_sql",
    "pandas.read_sql_query",
    "polars.read_database",
    "polars.read_database_uri",
    "duckdb.query",
)
_ALCHEMY = ("sqlalchemy.text", "sqlalchemy.TextClause", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text")
_CONNECTION = re.compile(r"_*\w*(?:conn|connection|pool|db|database|pg|tx|transaction)\d*", re.IGNORECASE)
_QUERYING = re.compile(
    r"_*\w*(?:client|bq|bigquery|bigquery_client|con|conn|connection|duckdb|db|influx)\d*", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*\(?\s*(?:select|insert|update|delete|with|merge|create|drop|alter|truncate|copy"
    r"|call|exec|grant|describe|show|refresh|from)\b",
    re.IGNORECASE,
)


def _executed(call: ast.Call, values: Values) -> Seen:
    """``execute`` of a cursor, connection or session; the name alone says enough."""
    yield from _statement(call, values)


def _read(call: ast.Call, values: Values) -> Seen:
    if values.syntax.dotted(call.func) in _PANDAS:
        yield from _statement(call, values)


def _text(call: ast.Call, values: Values) -> Seen:
    name = values.syntax.dotted(call.func)
    if name in _ALCHEMY or name in ("sa.text", "sa.TextClause"):
        yield from _statement(call, values)


def _spark(call: ast.Call, values: Values) -> Seen:
    if isinstance(call.func, ast.Attribute):
        yield from _statement(call, values)


def _fetched(call: ast.Call, values: Values) -> Seen:
    """asyncpg and databases: the statement goes to ``fetch`` itself."""
    if _receiver(call, _CONNECTION):
        yield from _statement(call, values)


def _queried(call: ast.Call, values: Values) -> Seen:
    """BigQuery's client and DuckDB; a DataFrame's ``query`` is another language."""
    statement = call.args[0] if call.args else keyword(call, "query")
    text = values.text(statement)
    if (_receiver(call, _QUERYING) and text is not None and _STATEMENT.match(text)) or values.syntax.dotted(
        call.func
    ) in _PANDAS:
        yield from _statement(call, values)


def _statement(call: ast.Call, values: Values) -> Seen:
    given = call.args[0] if call.args else _named(call)
    if given is None or isinstance(given, ast.Starred):
        return
    if isinstance(given, ast.Call) and values.syntax.dotted(given.func) in (*_ALCHEMY, "sa.text"):
        return  # told of there
    if values.built(given):
        yield "sql-built-by-hand", given


def _named(call: ast.Call) -> ast.expr | None:
    return next(
        (k.value for k in call.keywords if k.arg in ("sql", "query", "statement", "operation", "sqlQuery")), None
    )


def _receiver(call: ast.Call, names: re.Pattern[str]) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return names.fullmatch(name) is not None
    return False


def _orm(call: ast.Call, values: Values) -> Seen:
    """Django: ``Model.objects.raw(…)``, ``extra(where=[…])`` and ``RawSQL(…)``."""
    match call.func:
        case ast.Attribute(attr="raw", value=manager):
            if "objects" not in ast.unparse(manager).split("."):
                return
            parts = call.args[:1]
        case ast.Attribute(attr="extra"):
            parts = [k.value for k in call.keywords if k.arg in ("where", "select", "tables", "order_by")]
        case _:
            if not values.syntax.dotted(call.func).endswith("RawSQL"):
                return
            parts = call.args[:1]
    for part in parts:
        inner = part.values if isinstance(part, ast.Dict) else [part]
        if any(values.built(one) for one in inner):
            yield "orm-raw-sql", part


def _expression(call: ast.Call, values: Values) -> Seen:
    """Spark's ``expr`` and ``selectExpr``, which parse their text as SQL."""
    name = values.syntax.dotted(call.func)
    if call.args and (name == "pyspark.sql.functions.expr" or name.endswith(".selectExpr")):
        for part in call.args:
            if values.built(part):
                yield "spark-expression-built", part


def _operator(call: ast.Call, values: Values) -> Seen:
    """Operators of Airflow take statements as ``sql``; a text built while the DAG is parsed is not escaped."""
    name = values.syntax.dotted(call.func).rpartition(".")[2]
    part = keyword(call, "sql")
    if name.endswith("Operator") and part is not None and values.built(part):
        yield "airflow-built-sql", part


def _filter(call: ast.Call, values: Values) -> Seen:
    """LDAP: python-ldap's ``search_s(base, scope, filter)``, ldap3's ``search(base, filter)``."""
    match call.func:
        case ast.Attribute(attr="search"):
            given = call.args[1] if len(call.args) > 1 else keyword(call, "search_filter")
            if not any(name.startswith("ldap") for name in values.syntax.names.values()):
                return
        case _:
            given = call.args[2] if len(call.args) > 2 else keyword(call, "filterstr")
    if given is not None and values.built(given):
        yield "ldap-filter-built", given


def _xpath(call: ast.Call, values: Values) -> Seen:
    if isinstance(call.func, ast.Attribute) and call.args and values.built(call.args[0]):
        yield "xpath-built", call.args[0]


_OPERATORS = (
    "PostgresOperator", "MySqlOperator", "SQLExecuteQueryOperator", "SnowflakeOperator", "BigQueryInsertJobOperator",
    "BigQueryOperator", "RedshiftSQLOperator", "MsSqlOperator", "OracleOperator", "SqliteOperator", "HiveOperator",
    "SQLCheckOperator", "SQLValueCheckOperator", "TrinoOperator", "DatabricksSqlOperator", "AthenaOperator",
    "SnowflakeSqlApiOperator", "JdbcOperator", "PrestoOperator", "VerticaOperator", "ExasolOperator",
)  # fmt: skip

RULES: dict[str, Look] = {
    **dict.fromkeys(("execute", "executemany", "executescript", "execute_async", "exec_driver_sql"), _executed),
    **dict.fromkeys(("read_sql", "read_sql_query", "read_database", "read_database_uri"), _read),
    **dict.fromkeys(("text", "TextClause"), _text),
    **dict.fromkeys(("fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one"), _fetched),
    "sql": _spark,
    "query": _queried,
    **dict.fromkeys(("raw", "extra", "RawSQL"), _orm),
    **dict.fromkeys(("expr", "selectExpr"), _expression),
    **dict.fromkeys(_OPERATORS, _operator),
    **dict.fromkeys(("search_s", "search_st", "search_ext", "search_ext_s", "search"), _filter),
    "xpath": _xpath,
}
