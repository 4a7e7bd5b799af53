"""Data that is fetched in clear."""

from __future__ import annotations

import ast
import ipaddress
from urllib.parse import urlsplit

from pipesec_sast.tree.rule import Look, Seen
from pipesec_sast.tree.values import HOLE, Values

_READERS = (
    "read_csv", "read_table", "read_json", "read_excel", "read_html", "read_xml", "read_parquet",
    "read_feather", "read_orc",
    "read_fwf", "read_hdf", "read_stata", "read_sas", "read_spss", "read_pickle", "read_ipc", "read_ndjson",
    "read_avro",
    "scan_csv", "scan_parquet", "scan_ipc", "scan_ndjson",
)  # fmt: skip
_FETCHES = frozenset(
    f"{module}.{verb}" for module in ("requests", "httpx") for verb in ("get", "post", "put", "patch", "delete")
) | {"urllib.request.urlretrieve", "urllib.request.urlopen"}
_RESERVED = ("example", "local", "test", "invalid", "internal")
"""Last labels of names that no public host has (RFC 2606, RFC 6762), and the one that clouds use inside."""


def _fetched(call: ast.Call, values: Values) -> Seen:
    name = values.syntax.dotted(call.func)
    if name not in _FETCHES and not name.startswith(("pandas.read_", "polars.read_", "polars.scan_")):
        return
    url = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg in ("url", "source")), None)
    text = values.text(url)
    if text is not None and text.lower().startswith("http://") and _public(text):
        yield "plain-http-data", call


def _public(url: str) -> bool:
    """Whether a URL names a host outside the machine and its own network. One whose host is not known does not."""
    try:
        host = urlsplit(url).hostname or HOLE
    except ValueError:
        return False
    if host.startswith(HOLE):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        labels = host.split(".")
    return len(labels) > 1 and labels[-1] not in _RESERVED and labels[-2:-1] != ["example"]


RULES: dict[str, Look] = dict.fromkeys(
    (*_READERS, "get", "post", "put", "patch", "delete", "urlretrieve", "urlopen"), _fetched
)
