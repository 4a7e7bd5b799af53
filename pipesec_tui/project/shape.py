"""Holding plain data against a struct: unknown keys, missing keys and wrong types, all of them.

msgspec tells the first mistake only; a person who mends a file wants to see all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from pipesec_tui.project.problems import printable, quoted, suggestion
from pipesec_tui.project.toml_positions import Path

Errors = Iterator[tuple[Path, str]]


def shape_errors(data: object, kind: type) -> Errors:
    """Where ``data`` isn't what ``kind`` asks for, and why; nothing where ``msgspec.convert`` would take it."""
    return _errors(data, inspect.type_info(kind), ())


def _errors(value: object, kind: inspect.Type, at: Path) -> Errors:
    match kind:
        case inspect.StructType():
            yield from _struct_errors(value, kind, at)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            if not isinstance(value, list):
                yield at, f"must be a list, not {_called(value)}{_as_list(value, item)}"
                return
            for index, element in enumerate(value):
                yield from _errors(element, item, (*at, index))
        case inspect.DictType(key_type=key_kind, value_type=value_kind):
            if not isinstance(value, dict):
                yield at, f"must be a table, not {_called(value)}"
                return
            for key, element in value.items():
                wrong_key = list(_errors(key, key_kind, (*at, key)))
                yield from wrong_key or _errors(element, value_kind, (*at, key))
        case inspect.EnumType(cls=enum):
            values = [member.value for member in enum]
            if value not in values:
                hint = suggestion(value, values) if isinstance(value, str) else ""
                yield at, f"must be {quoted(values)}, not {_shown(value)}{hint}"
        case inspect.UnionType(types=types) if len(_present(types)) == 1:
            # TOML has no null: what is optional may be left out, and is the other type where it is there.
            yield from _errors(value, _present(types)[0], at)
        case _:
            yield from _leaf_errors(value, kind, at)


def _struct_errors(value: object, kind: inspect.StructType, at: Path) -> Errors:
    if not isinstance(value, dict):
        yield at, f"must be a table, not {_called(value)}"
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key, element in value.items():
        if key in fields:
            yield from _errors(element, fields[key].type, (*at, key))
        else:
            yield (*at, key), f"unknown key{suggestion(key, fields) or f'; known are {quoted(sorted(fields))}'}"
    for name, field in fields.items():
        if field.required and name not in value:
            yield at, f'needs a "{name}"'


def _leaf_errors(value: object, kind: inspect.Type, at: Path) -> Errors:
    try:
        msgspec.convert(value, _PLAIN.get(type(kind), _python_type(kind)))
    except msgspec.ValidationError:
        yield (
            at,
            f"must be {_NAMES.get(type(kind), 'a text, number, list or table')}, not {_called(value)}",
        )


_PLAIN: dict[type[inspect.Type], Any] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.DateType: dt.date,
    inspect.NoneType: None,
}

_NAMES: dict[type[inspect.Type], str] = {
    inspect.StrType: "a text in quotes",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DateType: "a date such as 2027-01-31, without quotes",
}


def _python_type(kind: inspect.Type) -> Any:
    """The type that a description stands for, as far as the model has such unions: scalars, lists and dicts of them."""
    match kind:
        case inspect.UnionType(types=types):
            union: Any = _python_type(types[0])
            for member in types[1:]:
                union |= _python_type(member)
            return union
        case inspect.ListType(item_type=item):
            return list[_python_type(item)]  # type: ignore[misc]  # built at run time
        case inspect.DictType(key_type=key, value_type=item):
            return dict[_python_type(key), _python_type(item)]  # type: ignore[misc]  # built at run time
        case _:
            return _PLAIN.get(type(kind), Any)


def _present(types: tuple[inspect.Type, ...]) -> list[inspect.Type]:
    return [kind for kind in types if not isinstance(kind, inspect.NoneType)]


def _as_list(value: object, item: inspect.Type) -> str:
    """How to write the list, where only its brackets are missing."""
    if isinstance(value, str) and isinstance(item, inspect.StrType):
        return f'; write ["{printable(value, 40)}"]'
    if isinstance(value, dict) and isinstance(item, inspect.StructType):
        return "; write the header in double brackets"
    return ""


def _called(value: object) -> str:
    match value:
        case bool():
            return "a truth value"
        case str():
            return f'the text "{printable(value, 40)}"'
        case int() | float():
            return f"the number {value!r}" if abs(value) < 1e18 else "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case dt.date() | dt.time():
            return "a date or time"
        case _:
            return "this"


def _shown(value: object) -> str:
    return f'"{printable(value, 40)}"' if isinstance(value, str) else _called(value)
