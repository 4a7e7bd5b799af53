"""Tables, files and stages that a parsed statement reads and writes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from pipesec_tui.flow.formats.place import looks_like_path
from pipesec_tui.model.lineage import EdgeKind

Found = tuple[str, bool, EdgeKind, exp.Expr | None]
"""Name, whether it is a location, what is done with it, and the node that stands for its place."""

READERS = frozenset(
    [
        "read_csv",
        "read_csv_auto",
        "read_parquet",
        "parquet_scan",
        "read_json",
        "read_json_auto",
        "read_ndjson",
        "read_ndjson_auto",
        "read_text",
        "read_blob",
        "read_xlsx",
        "st_read",
        "sniff_csv",
        "iceberg_scan",
        "delta_scan",
        "read_files",
        "s3",
        "s3cluster",
        "gcs",
        "url",
        "urlcluster",
        "hdfs",
        "file",
        "azureblobstorage",
        "deltalake",
        "iceberg",
        "openrowset",
        "sqlite_scan",
        "postgres_scan",
        "mysql_scan",
        "read_kafka",
        "csvread",
    ]
)
"""Functions whose first argument is a file or URI (documentation of duckdb, ClickHouse, Databricks and H2)."""
_FORMATS = frozenset({"parquet", "csv", "json", "orc", "avro", "delta", "text", "binaryfile", "iceberg", "xml"})
"""What Spark takes before a quoted path: ``parquet.`s3://...```."""
_SYSTEM = frozenset({"dual", "stdin", "stdout", "information_schema", "pg_catalog", "sysibm"})
_LOCATION_OPTIONS = frozenset({"uri", "uris", "url", "location", "path", "external_location"})


def found_in(statement: exp.Expr) -> Iterator[Found]:
    """What the statement reads and writes. Names of CTEs are left out; a temporary table isn't told from others
    here."""
    targets: list[exp.Expr] = []
    if isinstance(statement, exp.Grant | exp.Drop | exp.Describe | exp.Set | exp.Use):
        return
    for node in statement.walk():
        targets.extend(_targets(node))
        yield from _locations(node)
    written = {id(target) for target in targets}
    for target in targets:
        yield from _named(target, EdgeKind.WRITES)
    for table in statement.find_all(exp.Table):
        if id(table) not in written and not _declares(table) and not _is_local(table):
            yield from _named(table, EdgeKind.READS)


def is_temporary(statement: exp.Expr) -> str | None:
    """The name of the temporary table that a statement makes; None where it makes none."""
    if not isinstance(statement, exp.Create):
        return None
    properties = statement.args.get("properties")
    table = statement.find(exp.Table)
    if table is not None and (table.name.startswith("#") or (properties and properties.find(exp.TemporaryProperty))):
        return _name(table)
    return None


def _targets(node: exp.Expr) -> Iterator[exp.Expr]:
    """Tables that a statement writes."""
    if isinstance(node, exp.Insert | exp.Merge | exp.Update | exp.Delete | exp.LoadData | exp.Into):
        yield from _table(node.this)
    elif isinstance(node, exp.TruncateTable):
        yield from (table for table in node.expressions if isinstance(table, exp.Table))
    elif isinstance(node, exp.Create) and _fills(node):
        yield from _table(node.this)
    elif isinstance(node, exp.Copy):
        files = [file for file in node.args.get("files") or () if isinstance(file, exp.Table)]
        yield from _table(node.this) if node.args.get("kind") else files


def _table(node: object) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Schema):
        node = node.this
    if isinstance(node, exp.Table):
        yield node


def _fills(create: exp.Create) -> bool:
    """Whether a CREATE brings data: from a query, a copy of a table, or a location. Plain columns bring none."""
    if str(create.args.get("kind") or "").upper() not in ("TABLE", "VIEW", "STAGE", "MATERIALIZED VIEW"):
        return False
    return create.expression is not None or create.args.get("clone") is not None or any(_options(create))


def _declares(table: exp.Table) -> bool:
    """Whether a table is only named: in the head of a CREATE, DROP, ALTER or DESCRIBE, or as a foreign key."""
    parent = table.parent
    while isinstance(parent, exp.Schema):
        parent = parent.parent
    if isinstance(
        parent, exp.Create | exp.Alter | exp.Drop | exp.Describe | exp.Reference | exp.Index | exp.Use | exp.Comment
    ):
        return True
    return isinstance(parent, exp.Property | exp.UserDefinedFunction | exp.Grant | exp.Analyze | exp.Set | exp.SetItem)


def _locations(node: exp.Expr) -> Iterator[Found]:
    if isinstance(node, exp.Copy):
        kind = EdgeKind.READS if node.args.get("kind") else EdgeKind.WRITES
        for file in node.args.get("files") or ():
            if isinstance(file, exp.Literal):
                yield file.name, True, kind, file
    elif isinstance(node, exp.LoadData):
        if isinstance(path := node.args.get("inpath"), exp.Literal):
            yield path.name, True, EdgeKind.READS, path
        if isinstance(files := node.args.get("files"), exp.Expr):
            for literal in _options(files):
                yield literal.name, True, EdgeKind.READS, literal
    elif isinstance(node, exp.Export):
        for literal in _options(node):
            yield literal.name, True, EdgeKind.WRITES, literal
    elif isinstance(node, exp.Create):
        for literal in _options(node):
            yield literal.name, True, EdgeKind.WRITES if node.expression is not None else EdgeKind.READS, literal
    elif isinstance(node, exp.Directory) and isinstance(node.this, exp.Literal):
        yield node.this.name, True, EdgeKind.WRITES, node.this
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        yield from _called(node.this)


def _options(node: exp.Expr) -> Iterator[exp.Literal]:
    """Literals in properties that say where data lies."""
    for place in node.find_all(exp.LocationProperty):
        if isinstance(place.this, exp.Literal):
            yield place.this
    for prop in node.find_all(exp.Property):
        if type(prop) is exp.Property and prop.name.lower() in _LOCATION_OPTIONS:
            for literal in prop.find_all(exp.Literal):
                if literal is not prop.this and looks_like_path(literal.name):
                    yield literal


def _called(function: exp.Func) -> Iterator[Found]:
    """Files that a table function reads."""
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    if name.lower() not in READERS:
        return
    first = function.expressions[0] if isinstance(function, exp.Anonymous) and function.expressions else function.this
    if first is None and function.expressions:
        first = function.expressions[0]
    literals = (
        [first]
        if isinstance(first, exp.Literal)
        else first.find_all(exp.Literal)
        if isinstance(first, exp.Array)
        else []
    )
    for literal in literals:
        if literal.is_string:
            yield literal.name, True, EdgeKind.READS, literal


def _named(node: exp.Expr, kind: EdgeKind) -> Iterator[Found]:
    if not isinstance(node, exp.Table) or isinstance(node.this, exp.Func):
        return
    parts = [part.name for part in node.parts]
    if isinstance(node.this, exp.Literal) or (len(parts) == 1 and _quoted(node) and looks_like_path(parts[0])):
        yield parts[-1], True, kind, node
    elif len(parts) == 2 and parts[0].lower() in _FORMATS and "/" in parts[1]:
        yield parts[1], True, kind, node
    elif (
        parts and parts[0] and not {part.lower() for part in parts[:-1]} & _SYSTEM and parts[-1].lower() not in _SYSTEM
    ):
        yield _name(node), False, kind, node


def _quoted(table: exp.Table) -> bool:
    return isinstance(table.this, exp.Identifier) and bool(table.this.args.get("quoted"))


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def _is_local(table: exp.Table) -> bool:
    """Whether the name is that of a CTE that can be seen here, or a part of another source of the same query.

    A CTE sees those before it, and itself only where the WITH is recursive: ``with t as (select * from t)`` reads the
    table."""
    qualifier = table.parts[0].name.lower() if len(table.parts) > 1 else None
    name = table.name.lower()
    child: exp.Expr = table
    node = table.parent
    while node is not None:
        if isinstance(node, exp.With):
            seen = node.expressions
            if not node.args.get("recursive"):
                seen = seen[: next((at for at, cte in enumerate(seen) if cte is child), len(seen))]
            if qualifier is None and any(cte.alias.lower() == name for cte in seen):
                return True
            child, node = node, node.parent
            if node is not None:
                child, node = node, node.parent
            continue
        inner = node.args.get("with_")
        if (
            isinstance(inner, exp.With)
            and qualifier is None
            and any(cte.alias.lower() == name for cte in inner.expressions)
        ):
            return True
        if qualifier is not None and isinstance(node, exp.Select) and qualifier in _aliases(node, table):
            return True
        child, node = node, node.parent
    return False


def _aliases(select: exp.Select, besides: exp.Table) -> set[str]:
    """Aliases of the sources of a query, for BigQuery's ``FROM t AS a, a.items``."""
    sources = [join.this for join in select.args.get("joins") or ()]
    if isinstance(first := select.args.get("from_"), exp.From):
        sources.append(first.this)
    return {source.alias.lower() for source in sources if source is not besides and source.alias}
