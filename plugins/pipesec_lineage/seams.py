"""What reads formats other than Python, and SQL."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.resolve import SqlReader


@cache
def _formats() -> Callable[[str, bytes], Extraction | None]:
    try:
        found: Callable[[str, bytes], Extraction | None] = import_module("pipesec_tui.flow.formats").extract
    except ImportError:
        return lambda path, content: None
    return found


def extract_declared(path: str, content: bytes) -> Extraction | None:
    """What a file in a declarative format tells; None where it is in none that is known."""
    return _formats()(path, content)


@cache
def sql_reader() -> SqlReader | None:
    """Reads SQL; None where that isn't there."""
    try:
        found: SqlReader = import_module("pipesec_tui.flow.sql").accesses
    except ImportError:
        return None
    return found
