"""What reads formats other than Python, and SQL. Where the rooms that do are not there, nothing is claimed for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Protocol

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.resolve import SqlReader, SqlSeen


class CatalogEntry(Protocol):
    """A name of Kedro's catalog, and where its data lies."""

    @property
    def name(self) -> str: ...
    @property
    def dataset(self) -> DatasetId: ...


def extract_declared(path: str, content: bytes) -> Extraction | None:
    """What a file in a declarative format tells; None where it is in none that is known."""
    return _formats()(path, content)


@cache
def _formats() -> Callable[[str, bytes], Extraction | None]:
    try:
        found: Callable[[str, bytes], Extraction | None] = import_module("pipesec_tui.flow.formats").extract
    except ImportError:
        return lambda path, content: None
    return found


@cache
def sql_reader() -> SqlReader | None:
    """Reads SQL; None where that isn't there."""
    try:
        module = import_module("pipesec_tui.flow.sql")
    except ImportError:
        return None

    def read(text: str, dialect: str | None) -> Iterable[SqlSeen]:
        found: Iterable[SqlSeen] = module.accesses(text, dialect).accesses
        return found

    return read


def notebook_code(content: bytes) -> tuple[str, tuple[int, ...]] | None:
    """A notebook's Python, and for each of its lines the line of the file; None where nothing reads notebooks. Raises
    ValueError for what is no notebook."""
    try:
        module = import_module("pipesec_tui.flow.formats.notebook")
    except ImportError:
        return None
    found: tuple[str, tuple[int, ...]] = module.notebook_code(content)
    return found


def kedro_catalog(content: bytes) -> Iterable[CatalogEntry]:
    """The entries of one of Kedro's catalogs. Raises ValueError for what is none."""
    try:
        module = import_module("pipesec_tui.flow.formats.kedro")
    except ImportError:
        return ()
    found: Iterable[CatalogEntry] = module.catalog(content)
    return found
