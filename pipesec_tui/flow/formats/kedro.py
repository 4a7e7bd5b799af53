"""Kedro's catalog: where the datasets that its nodes name lie.

Format: https://docs.kedro.org/en/stable/catalog-data/data_catalog_yaml_examples/. The catalog runs nothing, so it has
no stages; nodes find their datasets' places in it by name.
"""

from __future__ import annotations

import re

from msgspec import Struct

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.place import location, table
from pipesec_tui.flow.formats.tree import load_one

_GLOBAL = re.compile(r"\$\{(?:(?:globals|runtime_params|oc\.env):\s*)?([\w.]+)[^}]*\}")
_FACTORY = re.compile(r"\{(\w+)\}")


class Entry(Struct, frozen=True):
    """A dataset by its name in the catalog; a name with braces is a pattern of Kedro's dataset factories."""

    name: str
    dataset: DatasetId
    kind: str
    line: int


def read(path: str, content: bytes) -> Extraction:
    """No facts: only whether the catalog can be read. Raises Malformed."""
    load_one(content)
    return Extraction()


def catalog(content: bytes) -> tuple[Entry, ...]:
    """The entries of a catalog that say where they lie. Raises Malformed."""
    found = []
    for name, entry in load_one(content).mappings():
        kind = entry.text("type")
        place = entry.text("filepath") or entry.text("path") or entry.mapping("dataset").text("filepath")
        relation = entry.text("table_name") or entry.text("table")
        if kind is None or name.startswith("_"):
            continue
        if place:
            filled = _FACTORY.sub(r"{param:\1}", _GLOBAL.sub(lambda match: f"\0config:{match[1]}\1", place))
            found.append(Entry(name, location(filled.replace("\0", "{").replace("\1", "}")), kind, place.line))
        elif relation:
            found.append(Entry(name, table(relation), kind, relation.line))
    return tuple(found)
