"""Sources, sinks and sanitizers as data, in ``models/*.yaml``.

Symbols: ``os.system`` after imports are resolved; ``requests.Session().get`` for a method of what that call gives;
``*.execute`` for a method of whatever isn't known better; ``airflow.**.BashOperator`` in any module below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from pipesec_tui.flow.catalogue import CatalogueProblem
from pipesec_tui.flow.plain_yaml import PlainYamlError, load_plain
from pipesec_tui.model.severity import Confidence

RESOLVED = 1
"""Bit of a label: the path has no links and dots left, so that comparing its beginning tells where it lies."""


class SourceKind(Struct, frozen=True, forbid_unknown_fields=True):
    """Who can put data there, and so how sure a finding is."""

    confidence: Confidence


class Family(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sinks of one weakness. ``accepts``: kinds of sources that matter there. ``local``: flows inside of one
    function are found by another rule, too."""

    accepts: tuple[str, ...]
    local: bool = False


class SourceRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call or an attribute that gives untrusted data. ``reads``: only where this argument doesn't name a file of the
    project, or a mode to write."""

    sym: tuple[str, ...]
    kind: str
    what: str
    reads: bool = False


class EntryRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decorators whose functions are called from outside: their parameters are untrusted, those in ``but`` apart."""

    sym: tuple[str, ...]
    kind: str
    what: str
    but: tuple[str, ...] = ()


class CallbackRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that calls a function in turn. ``function``, ``args`` and ``named`` are selectors; ``rest``: further
    positional arguments are passed on; ``kind``: what it is called with is untrusted."""

    sym: tuple[str, ...]
    function: tuple[str | int, ...]
    args: tuple[str | int, ...] = ()
    named: tuple[str | int, ...] = ()
    rest: bool = False
    each: tuple[str | int, ...] = ()
    kind: str = ""
    what: str = ""


class SinkRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that does harm with an argument. ``args``: positions and keywords; ``self`` for the receiver.

    command -- for commands: a list is judged by its program only
    unless -- not where this keyword argument has one of these texts (names by their last part)
    """

    sym: tuple[str, ...]
    family: str
    what: str
    args: tuple[str | int, ...] = (0,)
    command: bool = False
    unless: dict[str, tuple[str, ...]] = {}


class CleanRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call whose result is harmless for some families; without any, for all."""

    sym: tuple[str, ...]
    families: tuple[str, ...] = ()


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: dict[str, SourceKind] = {}
    families: dict[str, Family] = {}
    sources: tuple[SourceRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    callbacks: tuple[CallbackRow, ...] = ()
    sinks: tuple[SinkRow, ...] = ()
    cleaners: tuple[CleanRow, ...] = ()
    plain_attributes: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()


Row = TypeVar("Row", SourceRow, EntryRow, CallbackRow, SinkRow, CleanRow)


class Table(Generic[Row]):
    """Rows by symbol; of several for the same the first counts, but all sinks do."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._exact: dict[str, list[Row]] = {}
        self._below: dict[tuple[str, str], list[Row]] = {}
        self._methods: dict[str, list[Row]] = {}
        for row in rows:
            for symbol in row.sym:
                head, deep, tail = symbol.partition(".**.")
                if deep:
                    self._below.setdefault((head, tail), []).append(row)
                elif symbol.startswith("*."):
                    self._methods.setdefault(symbol[2:], []).append(row)
                else:
                    self._exact.setdefault(symbol, []).append(row)

    def find(self, symbol: str, method: str = "") -> list[Row]:
        """Rows of a symbol; ``method``: its last part, where it is called on something."""
        found = self._exact.get(symbol)
        if found is None and self._below:
            found = self._below.get((symbol.partition(".")[0], symbol.rpartition(".")[2]))
        return found or (self._methods.get(method, []) if method else [])


class Models:
    """All rows, by what asks for them."""

    def __init__(self, files: Iterable[File]) -> None:
        files = tuple(files)
        self.kinds: dict[str, SourceKind] = {}
        self.families: dict[str, Family] = {}
        for file in files:
            self.kinds |= file.kinds
            self.families |= file.families
        self.sources = Table(row for file in files for row in file.sources)
        self.entries = Table(row for file in files for row in file.entries)
        self.callbacks = Table(row for file in files for row in file.callbacks)
        self.sinks = Table(row for file in files for row in file.sinks)
        self.cleaners = Table(row for file in files for row in file.cleaners)
        self.plain_attributes = frozenset(name for file in files for name in file.plain_attributes)
        self.resolvers = frozenset(name for file in files for name in file.resolvers)
        self.bits: Mapping[str, int] = {name: 2 << number for number, name in enumerate(sorted(self.families))}
        self.all_families = sum(self.bits.values())

    def mask(self, families: Iterable[str]) -> int:
        """Bits of some families; of all, where none is named."""
        return sum(self.bits[family] for family in families) or self.all_families


def parse(content: bytes, origin: str) -> File:
    """The rows in a file's content. ``origin`` names it in errors. Raises CatalogueProblem."""
    try:
        return msgspec.convert(load_plain(content) or {}, File)
    except (PlainYamlError, msgspec.ValidationError) as error:
        raise CatalogueProblem(f"{origin}: {error}") from None


@lru_cache(maxsize=1)
def shipped() -> Models:
    """What comes with pipesec."""
    folder = resources.files("pipesec_tui.flow.taint") / "models"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return Models(parse(file.read_bytes(), file.name) for file in files)
