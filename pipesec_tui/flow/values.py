"""What a Python expression is known to be, without running it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.python.syntax import Class, Constant, Function
from pipesec_tui.model.lineage import Certainty

if TYPE_CHECKING:
    from pipesec_tui.flow.resolve import Module

LITERAL, FOLDED, BOUND, INFERRED = range(4)
CERTAINTY = (Certainty.LITERAL, Certainty.FOLDED, Certainty.BOUND, Certainty.INFERRED)
"""How a text was come by; of two parts the weaker counts."""

OPEN, CLOSE, ROOT = "\ue000", "\ue001", "\ue002"
"""Marks, from the private use area, of a hole's ends and of the project's folder: code's braces stay what they are."""

MAX_OPTIONS = 12
MAX_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class Text:
    """A string or a path, with holes for what isn't known of it."""

    text: str
    rank: int = LITERAL


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a truth value or None."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known: ``kind`` and ``what`` become a hole."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class External:
    """Something of a library, by its dotted name, and the value it was taken from where that is one."""

    symbol: str
    owner: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A value of a type of the catalogue, with what it was made with. ``bound`` may grow: builders keep options."""

    type: str
    bound: dict[str, Value] = field(default_factory=dict)
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """An open file: the datasets that it stands for."""

    datasets: tuple[tuple[DatasetId, int], ...]
    path: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function of the project; ``owner`` is what a method is bound to, ``outer`` the names around it."""

    module: Module
    function: Function
    owner: Value | None = None
    outer: dict[str, Value] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    module: Module
    definition: Class


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    of: ClassValue
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ModuleValue:
    module: Module


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A dict with keys that are known. ``origin`` names what it was read from, for holes of keys that it lacks."""

    entries: dict[str, Value]
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """One of several."""

    options: tuple[Value, ...]


Value: TypeAlias = (
    Text | Plain | Unknown | External | Typed | Handle | Closure | ClassValue | Instance | ModuleValue | Items | Mapping
    | Options
)  # fmt: skip

NONE = Plain(None)


def hole(kind: str, what: str) -> str:
    """A typed hole as it stands in a text."""
    clean = "".join(char for char in what if char.isalnum() or char in "_.-@:/")[:80]
    return f"{OPEN}{kind}:{clean or '?'}{CLOSE}"


def either(values: Iterable[Value]) -> Value:
    """One of these values, without repeats; a definite one counts more than an unknown one."""
    flat: list[Value] = []
    for value in values:
        for each in value.options if isinstance(value, Options) else (value,):
            if each not in flat:
                flat.append(each)
    known = [value for value in flat if not isinstance(value, Unknown) and value != NONE] or flat
    return known[0] if len(known) == 1 else Options(tuple(known[:MAX_OPTIONS])) if known else NONE


def each_of(value: Value) -> Iterator[Value]:
    """All that a value may be."""
    if isinstance(value, Options):
        yield from value.options
    else:
        yield value


def texts(value: Value, depth: int = 0) -> Iterator[Text]:
    """All texts that a value may be; one with a hole where it isn't known."""
    match value:
        case Text():
            yield value
        case Options():
            for option in value.options:
                if depth < 4:
                    yield from texts(option, depth + 1)
        case Plain():
            yield Text(str(value.value))
        case Unknown():
            yield Text(hole(value.kind, value.what), INFERRED)
        case Handle(path=path) if path is not None and depth < 4:
            yield from texts(path, depth + 1)
        case External():
            yield Text(hole("expr", value.symbol), INFERRED)
        case Typed(bound=bound) if "path" in bound and depth < 4:
            yield from texts(bound["path"], depth + 1)
        case Typed():
            yield Text(hole("expr", value.type), INFERRED)
        case Closure():
            yield Text(hole("call", value.function.name), INFERRED)
        case Instance() | ClassValue():
            definition = value.of.definition if isinstance(value, Instance) else value.definition
            yield Text(hole("expr", definition.name), INFERRED)
        case _:
            yield Text(hole("expr", type(value).__name__.lower()), INFERRED)


def join(parts: Iterable[Value], separator: str = "") -> Value:
    """Texts one after the other; every combination where there are several options, up to a bound."""
    rows: list[Text] = [Text("")]
    first = True
    for part in parts:
        mark = "" if first else separator
        found = list(texts(part))[:MAX_OPTIONS]
        rows = [
            Text((row.text + mark + each.text)[:MAX_TEXT], max(row.rank, each.rank)) for row in rows for each in found
        ][:MAX_OPTIONS]
        first = False
    return either(Text(row.text, max(row.rank, FOLDED)) for row in rows)


def join_paths(parts: Iterable[Value]) -> Value:
    """``os.path.join``, for every combination of options."""
    rows: list[Text] | None = None
    for part in parts:
        found = list(texts(part))[:MAX_OPTIONS]
        rows = found if rows is None else [
            Text(_join(row.text, each.text)[:MAX_TEXT], max(row.rank, each.rank)) for row in rows for each in found
        ][:MAX_OPTIONS]  # fmt: skip
    return either(Text(row.text, max(row.rank, FOLDED)) for row in rows or [Text("")])


def _join(left: str, right: str) -> str:
    if right.startswith((ROOT, "/")) or "://" in right[:12]:
        return right
    return f"{left.rstrip('/')}/{right}" if left and left != "/" else left + right


def mapped(value: Value, change: object, rank: int = FOLDED) -> Value:
    """A function of a string over all options."""
    assert callable(change)
    return either(Text(change(each.text), max(each.rank, rank)) for each in texts(value))


def weakened(value: Value, rank: int) -> Value:
    """The value as known by a weaker way at best."""
    match value:
        case Text() if value.rank < rank:
            return Text(value.text, rank)
        case Options():
            return Options(tuple(weakened(option, rank) for option in value.options))
        case Items() if len(value.items) <= MAX_OPTIONS * 2:
            return Items(tuple(weakened(item, rank) for item in value.items))
        case _:
            return value


def parent(path: str) -> str:
    """``os.path.dirname``, which stays in the project where it can be told."""
    if path == ROOT:
        return f"{ROOT}/.."
    return posixpath.dirname(path) or "."


_JINJA = re.compile(r"\{\{-?\s*([\w.]+)[^{}]*\}\}")
_MOMENTS = ("ds", "ts", "ds_nodash", "ts_nodash", "execution_date", "logical_date", "data_interval_start", "run_id")


def without_jinja(text: str) -> str:
    """A text whose Jinja expressions are holes."""
    if "{{" not in text:
        return text
    return _JINJA.sub(lambda match: hole("time" if match[1] in _MOMENTS else "param", match[1]), text)


def spelled(text: str) -> str:
    """A text as datasets are named by: holes in braces, and braces of an unfilled template as holes too."""
    text = without_jinja(text)
    out: list[str] = []
    inside = False
    for char in text:
        if char == OPEN:
            inside = True
            out.append("{")
        elif char == CLOSE:
            inside = False
            out.append("}")
        elif inside or char not in "{}":
            out.append(char)
        elif char == "{":
            out.append("{expr:")
        else:
            out.append("}")
    found = "".join(out)
    return found if found.count("{") == found.count("}") else found.replace("{", "(").replace("}", ")")
