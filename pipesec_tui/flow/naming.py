"""One identity for a dataset, however it is written: after OpenLineage's naming rules, with typed holes.

Source of the rules: OpenLineage specification, "Dataset Naming" (namespace is scheme and authority, name is the rest).
"""

from __future__ import annotations

import posixpath
import re

from pipesec_tui.flow.facts import DatasetId

FILE = "file"
TABLE = "table"
MAX_NAME = 1_000

_SCHEME = re.compile(r"(?:jdbc:)?([A-Za-z][A-Za-z0-9+.-]*)://")
_ALIASES = {
    "s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "abfss", "adl": "abfss", "wasb": "wasbs", "postgresql": "postgres",
    "mongodb+srv": "mongodb", "rediss": "redis", "webhdfs": "hdfs",
}  # fmt: skip
_PORTS = {"postgres": "5432", "mysql": "3306", "redshift": "5439", "mongodb": "27017", "redis": "6379"}
_DEFAULT_SCHEMAS = {"postgres": "public", "redshift": "public", "sqlserver": "dbo", "duckdb": "main", "sqlite": "main"}
_SLASHES = re.compile(r"/{2,}")
_QUOTES = str.maketrans("", "", '"`[]')


def from_uri(text: str, base: str = "") -> DatasetId:
    """The identity of what a URI or a path names. ``base`` is the folder, relative to the project, for a bare path."""
    text = text.strip()[:MAX_NAME]
    match = _SCHEME.match(text)
    if match is None:
        return _without_authority(text, base)
    scheme = scheme_of(match[1])
    rest = text[match.end() :]
    if scheme in ("file", "local"):
        # Three slashes are an absolute path, two a relative one by those who do not know the rule.
        return from_path(rest, base)
    authority, slash, name = rest.partition("/")
    authority = authority.rpartition("@")[2]  # who logs in is no part of what is read, and may be a secret
    if scheme in ("http", "https"):
        name = name.partition("#")[0].partition("?")[0]
        return DatasetId(f"{scheme}://{authority.lower()}", _tidy(name) or "/")
    if scheme in _PORTS and authority and ":" not in authority.rpartition("}")[2]:
        authority = f"{authority}:{_PORTS[scheme]}"
    if scheme in ("sqlite", "duckdb"):
        return DatasetId(f"{scheme}://{from_path(rest.removeprefix('/'), base).name}", "")
    return DatasetId(f"{scheme}://{authority}", _tidy(name.partition("?")[0]) if slash else "")


def _without_authority(text: str, base: str) -> DatasetId:
    head, colon, rest = text.partition(":")
    if colon and head.lower() in ("dbfs", "hdfs", "arn") and rest:
        return DatasetId(head.lower(), _tidy(rest))
    return from_path(text, base)


def from_path(text: str, base: str = "") -> DatasetId:
    """The identity of a local path. Relative ones are taken from ``base``, a folder relative to the project."""
    text = _SLASHES.sub("/", text.strip()[:MAX_NAME].replace("\\", "/"))
    if not text.startswith(("/", "~", "{")) and base not in ("", "."):
        text = f"{base}/{text}"
    return DatasetId(FILE, posixpath.normpath(text) if text else ".")


def from_table(name: str, namespace: str = TABLE) -> DatasetId:
    """The identity of a table: names are folded to lower case, since most databases fold them, and unquoted; the schema
    that a database takes by default goes without saying."""
    plain = ".".join(_fold(part.strip()) for part in re.split(r"\.(?![^{]*\})", name.strip()[:MAX_NAME]))
    return DatasetId(namespace, plain_table(plain))


def _fold(part: str) -> str:
    return part.translate(_QUOTES).lower() if "{" not in part else part


def from_topic(name: str, namespace: str = "kafka") -> DatasetId:
    """The identity of a topic or queue. Their names keep their case."""
    return DatasetId(namespace, name.strip()[:MAX_NAME])


def scheme_of(text: str) -> str:
    """A scheme by the one name that is used here: ``s3`` for ``s3a``; drivers (``postgresql+psycopg2``) fall away."""
    scheme = text.lower()
    scheme = _ALIASES.get(scheme, scheme)
    return _ALIASES.get(scheme.partition("+")[0], scheme.partition("+")[0])


def database(dialect: str | None, host: str, port: str, name: str) -> tuple[str, str]:
    """Namespace of a database server, and the prefix of its tables' names, from what a connection was made with."""
    scheme = scheme_of(dialect or TABLE)
    if not host:
        return (TABLE, "")
    port = port or _PORTS.get(scheme, "")
    return (f"{scheme}://{host}" + (f":{port}" if port else ""), name)


_THREE_PARTS = ("postgres", "redshift", "snowflake", "sqlserver", "mssql", "trino")
"""Databases whose tables are named by database, schema and table; in others the database is the schema."""


def qualified(name: str, namespace: str, prefix: str) -> str:
    """A table's name with the database that its connection is to, where the name leaves that out."""
    dots = name.count(".")
    if not prefix or name.lower().startswith(f"{prefix.lower()}."):
        return name
    if dots == 0 or (dots == 1 and namespace.partition("://")[0] in _THREE_PARTS):
        return f"{prefix}.{name}"
    return name


def plain_table(name: str) -> str:
    """A table's last name without the schema that its database takes by default: ``public.orders`` is ``orders``."""
    parts = name.split(".")
    if len(parts) > 1 and parts[-2] in _DEFAULT_SCHEMAS.values():
        del parts[-2]
    return ".".join(parts)


def _tidy(name: str) -> str:
    return _SLASHES.sub("/", name).removeprefix("/").removesuffix("/")


_HOLE = re.compile(r"\{[^{}]*\}")


def pattern_of(name: str) -> re.Pattern[str] | None:
    """A pattern that names with globs or holes match by, or None for a plain name. Linear: never two stars in a row."""
    if not any(sign in name for sign in "*?{"):
        return None
    pieces = re.split(r"(\{[^{}]*\}|\*+|\?)", name)
    out: list[str] = []
    for piece in pieces:
        if piece.startswith(("{", "*")):
            if not out or out[-1] != ".*":
                out.append(".*")
        elif piece == "?":
            out.append(".")
        elif piece:
            out.append(re.escape(piece))
    return re.compile("".join(out), re.DOTALL)


def fixed_part(name: str) -> str:
    """What is left of a name without its holes and globs: how much is really known of it."""
    return _HOLE.sub("", name).replace("*", "").strip("/._-")
