"""The catalogue of I/O: which call reads or writes what. It is data, in ``io_models/*.yaml``, one file a family.

A file has these lists; plugins (``ModelSpec``) and a project's ``.pipesec/models/*.yaml`` have the same.

``types`` -- a call of ``sym`` gives a value of ``type`` that keeps what ``bind`` names. ``type: "="`` keeps that of the
value that it is called on. ``when`` asks for arguments with given values.
``fluent`` -- types whose unknown methods give the same value again; ``option(name, value)`` is kept.
``models`` -- what a call does. ``tasks``, ``decorators``, ``classes`` -- what an orchestrator takes for a stage.

Symbols: ``pandas.read_csv`` after imports are resolved, ``Type.method`` with a type of the catalogue, ``*.to_csv`` on
whatever isn't known better, ``airflow.**.BashOperator`` in any module below.

Selectors, alternatives parted by ``|``: a position, a keyword, ``@bound`` of the receiver, ``self``; ``a.b`` looks into
a mapping. Templates have selectors in braces: ``s3://{Bucket|0}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from importlib import resources

import msgspec
from msgspec import Struct

from pipesec_tui.model.lineage import Trust


class CatalogueProblem(ValueError):
    """Rows that can't be taken; one line says why."""


class Does(Enum):
    """What a call does. ``opens`` goes by a mode; ``names`` and ``value`` only give a dataset's name or a text."""

    READS = "reads"
    WRITES = "writes"
    OPENS = "opens"
    CALLS = "calls"
    SQL = "sql"
    SHELL = "shell"
    NAMES = "names"
    VALUE = "value"


class Kind(Enum):
    """How a dataset's name is to be read. ``handle``: an open file, or a path. ``catalog``: a name in a catalog."""

    URI = "uri"
    FILE = "file"
    S3 = "s3"
    GCS = "gcs"
    HTTP = "http"
    TABLE = "table"
    TOPIC = "topic"
    HANDLE = "handle"
    CATALOG = "catalog"


class End(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dataset of a call: a selector for it (``data``), or templates for both parts of its identity."""

    does: Does
    kind: Kind = Kind.URI
    data: str = ""
    namespace: str = ""
    name: str = ""


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a call does.

    text    -- selector of SQL or of a shell line
    conn    -- selector of the connection, for tables
    prefix  -- selector of a table's schema
    scheme  -- selector of a URI's scheme
    base    -- selector of what a relative URL is relative to
    only    -- ``sql``: count the call only where its text is SQL; ``path``: only with one
               argument; ``data``: only where its dataset is there
    returns -- type of its value; ``=`` for the receiver's
    """

    sym: tuple[str, ...]
    does: Does
    kind: Kind = Kind.URI
    data: str = ""
    namespace: str = ""
    name: str = ""
    mode: str = ""
    text: str = ""
    conn: str = ""
    prefix: str = ""
    scheme: str = ""
    base: str = ""
    dialect: str | None = None
    trust: Trust | None = None
    only: str = ""
    returns: str = ""
    bind: dict[str, str] = {}
    also: tuple[End, ...] = ()


class TypeRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call, or an attribute, that gives a value of a type. ``from_`` selects a value to take everything from."""

    sym: tuple[str, ...]
    type: str
    when: dict[str, str] = {}
    bind: dict[str, str] = {}
    dialect: str | None = None
    from_: str = msgspec.field(default="", name="from")


class TaskRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that declares a stage. ``call`` is the function that it runs, with ``named`` and ``args``; ``script`` a
    file, with ``argv``."""

    sym: tuple[str, ...]
    id: str
    call: str = ""
    named: str = ""
    args: str = ""
    shell: str = ""
    sql: str = ""
    dialect: str | None = None
    script: str = ""
    argv: str = ""
    image: str = ""
    ends: tuple[End, ...] = ()


class DecoratorRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decorator that makes a stage (``id``) or a pipeline (``pipeline``) of a function. ``asset``: what the function
    returns is a dataset of its name, and its parameters are datasets of theirs."""

    sym: tuple[str, ...]
    id: str = ""
    pipeline: str = ""
    asset: bool = False


class ClassRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A base class that makes stages of its subclasses: names of the methods that tell what they write, need and do."""

    sym: tuple[str, ...]
    outputs: str
    inputs: str
    run: str


class Rows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the catalogue."""

    family: str = ""
    fluent: tuple[str, ...] = ()
    types: tuple[TypeRow, ...] = ()
    models: tuple[Model, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    decorators: tuple[DecoratorRow, ...] = ()
    classes: tuple[ClassRow, ...] = ()
    sanitizers: tuple[dict[str, object], ...] = ()
    """For the flow analysis; from a project they count only after consent, and never for lineage."""


class _Index:
    """Rows by symbol. Later rows stand before earlier ones."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Struct]] = {}
        self._below: dict[tuple[str, str], list[Struct]] = {}

    def add(self, symbol: str, row: Struct) -> None:
        head, _, tail = symbol.partition(".**.")
        if tail:
            self._below.setdefault((head, tail), []).insert(0, row)
        elif ".*." in symbol:
            head, _, tail = symbol.partition(".*.")
            self._below.setdefault((head, tail), []).insert(0, row)
        else:
            self._exact.setdefault(symbol, []).insert(0, row)

    def find(self, symbol: str) -> list[Struct]:
        found = self._exact.get(symbol)
        if found is not None:
            return found
        head, _, rest = symbol.partition(".")
        return self._below.get((head, rest.rpartition(".")[2]), [])

    def names(self) -> set[str]:
        return {name.rpartition(".")[2] for name in self._exact} | {tail for _, tail in self._below}


class Catalogue:
    """All rows, found by symbol."""

    def __init__(self, files: Iterable[Rows]) -> None:
        self._types, self._models, self._tasks = _Index(), _Index(), _Index()
        self._decorators, self._classes = _Index(), _Index()
        self.fluent: set[str] = set()
        for rows in files:
            self.fluent.update(rows.fluent)
            for index, group in (
                (self._types, rows.types), (self._models, rows.models), (self._tasks, rows.tasks),
                (self._decorators, rows.decorators), (self._classes, rows.classes),
            ):  # fmt: skip
                for row in group:
                    for symbol in row.sym:
                        index.add(symbol, row)
        self.names = frozenset(self._types.names() | self._models.names() | self._tasks.names())
        """Last names of all symbols that are called: code that calls none of them does no I/O that is known here."""

    def types(self, symbol: str) -> list[TypeRow]:
        return [row for row in self._types.find(symbol) if isinstance(row, TypeRow)]

    def models(self, symbol: str) -> list[Model]:
        return [row for row in self._models.find(symbol) if isinstance(row, Model)]

    def task(self, symbol: str) -> TaskRow | None:
        return next((row for row in self._tasks.find(symbol) if isinstance(row, TaskRow)), None)

    def decorator(self, symbol: str) -> DecoratorRow | None:
        return next((row for row in self._decorators.find(symbol) if isinstance(row, DecoratorRow)), None)

    def base(self, symbol: str) -> ClassRow | None:
        return next((row for row in self._classes.find(symbol) if isinstance(row, ClassRow)), None)


def parse(content: bytes, origin: str) -> Rows:
    """The rows in a file's content. ``origin`` names it in errors. Raises CatalogueProblem."""
    from pipesec_tui.flow.plain_yaml import PlainYamlError, load_plain

    try:
        return msgspec.convert(load_plain(content) or {}, Rows)
    except PlainYamlError as error:
        raise CatalogueProblem(f"{origin}: {error}") from None
    except msgspec.ValidationError as error:
        raise CatalogueProblem(f"{origin}: {error}") from None


def load(extra: Iterable[Rows] = ()) -> Catalogue:
    """The shipped catalogue, and further rows, of which later ones override."""
    return Catalogue([*_shipped(), *extra])


@lru_cache(maxsize=1)
def _shipped() -> tuple[Rows, ...]:
    folder = resources.files("pipesec_tui.flow") / "io_models"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(parse(file.read_bytes(), file.name) for file in files)
