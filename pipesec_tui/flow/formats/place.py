"""Texts that say where data lies, as raw dataset names: paths, URIs, table names."""

from __future__ import annotations

import re

from pipesec_tui.flow.facts import DatasetId

_URI = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)/*(?P<rest>[^?#]*)")
_JDBC = re.compile(r"^jdbc:", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^[^@]*@(?=[^@]*$)")
_USERINFO = re.compile(r"://[^/@\s]{1,300}@")
_DATA_SUFFIX = re.compile(
    r"\.(?:csv|tsv|txt|jsonl?|ndjson|geojson|parquet|pq|avro|orc|arrow|feather|xlsx?|xml|pkl|pickle|joblib|npy|npz|h5|hdf5"
    r"|db|sqlite3?|duckdb|ya?ml|zip|tar|gz|bz2|zst|log|dat|shp|pt|onnx|model|html|pdf|dump|sql)(?:\.(?:gz|bz2|zst|xz|snappy))?$",
    re.IGNORECASE,
)


def is_uri(text: str) -> bool:
    """Whether a text names a scheme and a host."""
    return _URI.match(text) is not None


def looks_like_path(text: str) -> bool:
    """Whether a text is a URI, has a folder in it, or ends as data files do."""
    return is_uri(text) or "/" in text or _DATA_SUFFIX.search(text) is not None


def location(text: str) -> DatasetId:
    """The dataset that a path or URI names. Credentials in a URI are left out, ``file://`` is a path."""
    text = _JDBC.sub("", text.strip())
    match = _URI.match(text)
    if match is None:
        if text.lower().startswith("dbfs:/"):
            return DatasetId("dbfs", text[5:].strip("/"))
        return DatasetId("file", _tidy(text))
    scheme, host, rest = match["scheme"].lower(), _CREDENTIALS.sub("", match["host"]), match["rest"]
    if scheme == "file":
        return DatasetId("file", "/" + rest)
    return DatasetId(f"{scheme}://{host}", rest)


def without_credentials(text: str) -> str:
    """A text without the user and password of the URIs in it."""
    return _USERINFO.sub("://", text)


def table(name: str) -> DatasetId:
    """The dataset of a table whose database isn't known."""
    return DatasetId("table", name)


def _tidy(path: str) -> str:
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path or "."
