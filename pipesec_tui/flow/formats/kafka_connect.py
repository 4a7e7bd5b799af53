"""Connectors of Kafka Connect: topics on one side, tables, files and buckets on the other.

Options after the documentation of Confluent's, Debezium's, MongoDB's and Apache's connectors.
"""

from __future__ import annotations

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import location
from pipesec_tui.flow.formats.tree import Mapping, Plain, Text, load
from pipesec_tui.model.lineage import EdgeKind

MAX_DEPTH = 8
_BROKER = "kafka://{config:broker}"
_TABLES = (
    "table.include.list",
    "table.whitelist",
    "tables",
    "table.name.format",
    "collection.include.list",
    "collection",
)
_BUCKETS = (
    ("s3.bucket.name", "s3"),
    ("gcs.bucket.name", "gs"),
    ("aws.s3.bucket.name", "s3"),
    ("azblob.container.name", "wasbs"),
)
_ADDRESSES = ("connection.url", "connection.uri", "snowflake.url.name", "http.api.url", "hdfs.url", "connection.hosts")


def read(path: str, content: bytes) -> Extraction:
    """A stage for each connector, one or many a file. Raises Malformed."""
    draft = Draft(path)
    for document in load(content):
        _find(draft, document, draft.stem, 0)
    return draft.done()


def _find(draft: Draft, value: Plain, name: str, depth: int) -> None:
    """Connectors at any depth: alone, in ``config``, in a list, or in a resource of Strimzi."""
    if depth > MAX_DEPTH or isinstance(value, Text):
        return
    if isinstance(value, Mapping):
        name = value.text("name") or value.mapping("metadata").text("name") or name
        if value.text("connector.class"):
            _connector(draft, value, name)
            return
        for inner in value.values():
            _find(draft, inner, name, depth + 1)
    else:
        for inner in value:
            _find(draft, inner, name, depth + 1)


def _connector(draft: Draft, config: Mapping, name: str) -> None:
    kind = config.text("connector.class") or Text("", 1)
    stage = draft.stage(name, kind.line, language="kafka-connect")
    sink = "sink" in kind.lower() or ("topics" in config and "source" not in kind.lower())
    near, far = (EdgeKind.READS, EdgeKind.WRITES) if sink else (EdgeKind.WRITES, EdgeKind.READS)
    tables = [(one, line) for key in _TABLES for one, line in _listed(config, key) if "${" not in one]
    for topic, line in _topics(config, kind, tables, sink):
        draft.access(stage, DatasetId(_BROKER, topic), near, line)
    server = next((text for key in _ADDRESSES if (text := config.text(key))), None)
    namespace = location(server.partition("?")[0]).namespace if server and "://" in server else "table"
    if host := config.text("database.hostname"):
        scheme = next(
            (one for one in ("postgres", "mysql", "mongodb", "oracle", "sqlserver") if one in kind.lower()), "jdbc"
        )
        namespace = f"{scheme}://{host}" + (f":{port}" if (port := config.text("database.port")) else "")
    for one, line in tables:
        draft.access(stage, DatasetId(namespace, one), far, line)
    if server and not tables:
        draft.access(stage, location(server), far, server.line)
    for key, scheme in _BUCKETS:
        if bucket := config.text(key):
            draft.access(
                stage, DatasetId(f"{scheme}://{bucket}", config.text("topics.dir") or "topics"), far, bucket.line
            )
    if file := config.text("file"):
        draft.access(stage, file, far, file.line)


def _topics(config: Mapping, kind: Text, tables: list[tuple[str, int]], sink: bool) -> list[tuple[str, int]]:
    found = [pair for key in ("topics", "topics.regex", "topic", "kafka.topic") for pair in _listed(config, key)]
    prefix = config.text("topic.prefix") or config.text("database.server.name")
    if prefix and not sink:
        # Debezium: {prefix}.{schema}.{table}; the JDBC source puts prefix and table together.
        between = "." if "debezium" in kind else ""
        found += [(f"{prefix}{between}{one}", line) for one, line in tables] or [(f"{prefix}*", prefix.line)]
    return found


def _listed(config: Mapping, key: str) -> list[tuple[str, int]]:
    text = config.text(key)
    return [(one.strip().replace("\\.", "."), text.line) for one in text.split(",") if one.strip()] if text else []
