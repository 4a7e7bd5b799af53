"""What is kept of a Python file once its syntax tree is dropped: expressions, statements, functions, classes.

Everything is immutable, without cycles, and can be stored with msgspec. Control flow is reduced to ``branch`` numbers:
0 is what always runs in a function, every other number is one conditional block.
"""

from __future__ import annotations

from typing import TypeAlias, Union

from msgspec import Struct

Constant: TypeAlias = Union[str, int, float, bool, None]  # noqa: UP007  # msgspec reads it at run time


class Const(Struct, frozen=True, array_like=True, gc=False, tag="k"):
    value: Constant


class Name(Struct, frozen=True, array_like=True, gc=False, tag="n"):
    id: str


class Attr(Struct, frozen=True, array_like=True, gc=False, tag="a"):
    value: Expr
    attr: str


class Call(Struct, frozen=True, array_like=True, gc=False, tag="c"):
    """``named`` are keyword arguments; ``**mapping`` has the name ``**``."""

    func: Expr
    args: tuple[Expr, ...]
    named: tuple[tuple[str, Expr], ...]
    line: int


class Concat(Struct, frozen=True, array_like=True, gc=False, tag="f"):
    """An f-string."""

    parts: tuple[Expr, ...]


class Binary(Struct, frozen=True, array_like=True, gc=False, tag="b"):
    op: str
    left: Expr
    right: Expr


class Sequence(Struct, frozen=True, array_like=True, gc=False, tag="s"):
    items: tuple[Expr, ...]


class Table(Struct, frozen=True, array_like=True, gc=False, tag="d"):
    """A dict display; a key of None is ``**``."""

    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Item(Struct, frozen=True, array_like=True, gc=False, tag="i"):
    """``value[key]``."""

    value: Expr
    key: Expr


class Slice(Struct, frozen=True, array_like=True, gc=False, tag="l"):
    lower: Expr | None
    upper: Expr | None


class Either(Struct, frozen=True, array_like=True, gc=False, tag="e"):
    """One of several: ``a if c else b``, ``a or b``. ``tested`` is evaluated for what it does."""

    options: tuple[Expr, ...]
    tested: Expr | None = None


class Each(Struct, frozen=True, array_like=True, gc=False, tag="o"):
    """One element of an iterable."""

    value: Expr


class Spread(Struct, frozen=True, array_like=True, gc=False, tag="*"):
    value: Expr


class Comprehension(Struct, frozen=True, array_like=True, gc=False, tag="m"):
    """``element for target in iterable``; further loops are in ``element``."""

    element: Expr
    target: str
    iterable: Expr


class Opaque(Struct, frozen=True, array_like=True, gc=False, tag="x"):
    """Anything else; ``parts`` are evaluated for what they do."""

    what: str
    parts: tuple[Expr, ...] = ()


Expr: TypeAlias = Union[  # noqa: UP007  # msgspec reads it at run time
    Const, Name, Attr, Call, Concat, Binary, Sequence, Table, Item, Slice, Either, Each, Spread, Comprehension, Opaque
]


class Assign(Struct, frozen=True, array_like=True, gc=False, tag="="):
    """``target`` is a name, or ``self.x`` for an attribute of a name."""

    target: str
    value: Expr
    branch: int


class Do(Struct, frozen=True, array_like=True, gc=False, tag="!"):
    """An expression evaluated for what it does."""

    value: Expr


class Return(Struct, frozen=True, array_like=True, gc=False, tag="r"):
    """``return`` and ``yield``."""

    value: Expr


class Import(Struct, frozen=True, array_like=True, gc=False, tag="I"):
    """``alias`` stands for ``module``, or for ``name`` in it. ``level`` counts leading dots; ``*`` is a name too."""

    alias: str
    module: str
    name: str | None
    level: int


class Define(Struct, frozen=True, array_like=True, gc=False, tag="D"):
    """A function or class of this qualified name is bound to ``name``."""

    name: str
    qualname: str
    is_class: bool


class Enter(Struct, frozen=True, array_like=True, gc=False, tag="("):
    """A ``with`` block begins."""

    value: Expr
    target: str | None


class Leave(Struct, frozen=True, array_like=True, gc=False, tag=")"):
    """A ``with`` block ends."""


Statement: TypeAlias = Union[Assign, Do, Return, Import, Define, Enter, Leave]  # noqa: UP007  # msgspec reads it


class Parameter(Struct, frozen=True, array_like=True, gc=False):
    """``star``: "" for a plain one, ``*`` or ``**``; ``keyword`` for keyword-only."""

    name: str
    default: Expr | None = None
    star: str = ""
    keyword: bool = False


class Function(Struct, frozen=True, array_like=True, gc=False):
    """``calls`` are the last names of what is called in it, by which callers decide whether to look inside."""

    name: str
    qualname: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expr, ...]
    calls: frozenset[str]
    line: int


class Class(Struct, frozen=True, array_like=True, gc=False):
    """``body`` are the assignments in it; its methods are functions named ``Class.method``."""

    name: str
    qualname: str
    bases: tuple[Expr, ...]
    body: tuple[Statement, ...]
    methods: tuple[str, ...]
    decorators: tuple[Expr, ...]
    line: int


class ModuleSummary(Struct, frozen=True, kw_only=True, gc=False):
    """One file. ``body`` is the module's own code as a function without parameters. ``problem`` says why nothing could
    be read."""

    path: str
    body: Function
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    problem: str | None = None
