"""Compose files: services that run code, and the databases, queues and stores that they talk to.

Format: https://github.com/compose-spec/compose-spec/blob/main/spec.md.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.dockerfile import arguments
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import is_uri, location
from pipesec_tui.flow.formats.shell import add_command
from pipesec_tui.flow.formats.tree import Mapping, Text, load_one
from pipesec_tui.model.lineage import Certainty, EdgeKind, NodeKind

_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "timescaledb": "postgres", "postgis": "postgres",
    "pgvector": "postgres",
    "mysql": "mysql", "mariadb": "mysql", "mongo": "mongodb", "mongodb": "mongodb", "redis": "redis", "valkey": "redis",
    "kafka": "kafka", "cp-kafka": "kafka", "redpanda": "kafka", "rabbitmq": "amqp", "minio": "s3", "localstack": "s3",
    "elasticsearch": "elasticsearch", "opensearch": "opensearch", "clickhouse-server": "clickhouse", "clickhouse":
    "clickhouse",
    "cassandra": "cassandra", "neo4j": "neo4j", "influxdb": "influxdb", "trino": "trino", "mssql": "mssql",
    "server": "mssql",
    "zookeeper": "zookeeper", "cp-zookeeper": "zookeeper", "memcached": "memcached", "nats": "nats", "pulsar": "pulsar",
}  # fmt: skip
"""What speaks which protocol, by the last part of its image's name."""
_DATA_SCHEMES = frozenset({"s3", "s3a", "gs", "abfs", "abfss", "wasbs", "file", "hdfs"})


def read(path: str, content: bytes) -> Extraction:
    """A service with code or a command is a stage; one that only stores or carries data is called by those. Raises
    Malformed."""
    draft = Draft(path)
    services = load_one(content).mapping("services")
    stores = {name: scheme for name, one in services.mappings() if (scheme := _scheme(one))}
    for name, service in services.mappings():
        if name not in stores:
            _service(draft, name, service, services.line_of(name), stores)
    return draft.done()


def image_name(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _scheme(service: Mapping) -> str | None:
    image = service.text("image")
    return _SCHEMES.get(image_name(image)) if image and "build" not in service else None


def _service(draft: Draft, name: str, service: Mapping, line: int, stores: dict[str, str]) -> None:
    entrypoint, command = _words(service, "entrypoint"), _words(service, "command")
    image = service.text("image")
    stage = draft.stage(
        name,
        line,
        language="docker",
        command=(*entrypoint, *command),
        image=str(image) if image else None,
        pipeline=None,
    )
    environment = _environment(service)
    build = service.get("build")
    if build is not None:
        context = build if isinstance(build, Text) else build.text("context") if isinstance(build, Mapping) else None
        file = build.text("dockerfile") if isinstance(build, Mapping) else None
        target = posixpath.normpath(posixpath.join(context or ".", file or "Dockerfile"))
        bound = {f"env.{key}": str(value) for key, value in environment.items()}
        bound |= {str(number): word for number, word in enumerate(command, 1)}
        draft.run(stage, target, service.line_of("build"), bound)
    if entrypoint or command:
        key = "command" if command else "entrypoint"
        add_command(draft, stage, [*entrypoint, *command], service.line_of(key), _placed(service))
    called = set()
    for value in environment.values():
        if is_uri(value):
            dataset = location(value)
            scheme, _, host = dataset.namespace.partition("://")
            if scheme.partition("+")[0] in _DATA_SCHEMES or dataset.namespace == "file":
                continue
            called.add(host.partition(":")[0])
            server = DatasetId(f"{scheme.partition('+')[0]}://{host}", "")
            draft.access(stage, server, EdgeKind.CALLS, value.line, Certainty.LITERAL, node=NodeKind.SERVICE)
    for other, at in _needed(service):
        if other in stores and other not in called:
            server = DatasetId(f"{stores[other]}://{other}", "")
            draft.access(stage, server, EdgeKind.CALLS, at, node=NodeKind.SERVICE)


def _words(service: Mapping, key: str) -> list[str]:
    value = service.get(key)
    if isinstance(value, Text):
        return arguments(value)
    return [str(word) for word in service.sequence(key) if isinstance(word, Text)]


def _environment(service: Mapping) -> dict[str, Text]:
    value = service.get("environment")
    if isinstance(value, Mapping):
        return {name: one for name, one in value.items() if isinstance(one, Text)}
    found = {}
    for one in service.sequence("environment"):
        if isinstance(one, Text):
            name, _, text = one.partition("=")
            found[name] = Text(text, one.line)
    return found


def _needed(service: Mapping) -> list[tuple[str, int]]:
    value = service.get("depends_on")
    if isinstance(value, Mapping):
        return [(name, value.line_of(name)) for name in value]
    return [
        (str(one).partition(":")[0], one.line)
        for key in ("depends_on", "links")
        for one in service.sequence(key)
        if isinstance(one, Text)
    ]


def _placed(service: Mapping) -> Callable[[str], str]:
    """From paths in the container to paths in the project, by its mounts of folders of the project."""
    mounts = []
    for volume in service.sequence("volumes"):
        source = target = ""
        if isinstance(volume, Text):
            source, _, rest = volume.partition(":")
            target = rest.partition(":")[0]
        elif isinstance(volume, Mapping):
            source, target = str(volume.text("source") or ""), str(volume.text("target") or "")
        if re.match(r"^\.{0,2}/|^\.$", source) and target:
            mounts.append((target.rstrip("/"), source))
    folder = str(service.text("working_dir") or "/")

    def place(path: str) -> str:
        full = posixpath.normpath(posixpath.join(folder, path))
        for target, source in mounts:
            if full == target or full.startswith(target + "/"):
                return posixpath.normpath(posixpath.join(source, full[len(target) :].lstrip("/")))
        return path

    return place
