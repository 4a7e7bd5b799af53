"""What an imported name is worth: on the allow-list of a format, known to be dangerous, or unknown."""

from __future__ import annotations

import functools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from enum import Enum
from importlib import resources

import msgspec
from msgspec import Struct

from pipesec_artifacts.pickles.machine import Call, Import


class Dialect(Enum):
    """Whose pickle it is, which decides what may be in it. The values are keys of ``allowed.yaml``."""

    PICKLE = "pickle"
    NUMPY = "numpy"
    TORCH = "torch"


class Standing(Enum):
    """What a name is."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    DANGEROUS = "dangerous"


class _Family(Struct, frozen=True, forbid_unknown_fields=True):
    """Names of one library. ``names`` by module; ``classes`` are modules, with all below them, whose classes (a name
    that begins with a capital and has no dot) only hold data."""

    names: dict[str, list[str]] = {}
    classes: list[str] = []


class _Lists(Struct, frozen=True, forbid_unknown_fields=True):
    families: dict[str, _Family]
    dialects: dict[Dialect, list[str]]
    dangerous: dict[str, list[str]]
    text_encodings: list[str]


class _Allowed(Struct, frozen=True):
    names: frozenset[tuple[str, str]]
    classes: tuple[str, ...]


@functools.cache
def _lists() -> _Lists:
    import yaml

    text = resources.files("pipesec_artifacts").joinpath("allowed.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), _Lists)


@functools.cache
def _allowed(dialect: Dialect) -> _Allowed:
    families = [_lists().families[name] for name in _lists().dialects[dialect]]
    names = {(module, name) for family in families for module, named in family.names.items() for name in named}
    return _Allowed(frozenset(names), tuple(name for family in families for name in family.classes))


def resolved(imported: Import) -> tuple[str, str]:
    """The module and name that Python 3 imports: protocols below 3 have their names mapped from those of Python 2, with
    the unpickler's own tables."""
    module, name = imported.module, imported.name
    if imported.protocol < 3:
        if (module, name) in NAME_MAPPING:
            return NAME_MAPPING[module, name]
        module = IMPORT_MAPPING.get(module, module)
    return module, name


def standing(imported: Import, dialect: Dialect) -> Standing:
    """Whether a pickle of this dialect may import a name."""
    module, name = resolved(imported)
    allowed = _allowed(dialect)
    if (module, name) in allowed.names:
        return Standing.ALLOWED
    if _dangerous(module, name):
        return Standing.DANGEROUS
    if _is_class(name) and any(module == parent or module.startswith(f"{parent}.") for parent in allowed.classes):
        return Standing.ALLOWED
    return Standing.UNKNOWN


def _is_class(name: str) -> bool:
    return name.isidentifier() and name.lstrip("_")[:1].isupper()


def _dangerous(module: str, name: str) -> bool:
    """Whether it is known to run code or commands, or to reach any object: its module is listed with ``*`` or with the
    name, or is below one that is; or the name walks through attributes to a dunder."""
    if any(part.startswith("__") and part.endswith("__") for part in name.split(".")):
        return True
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        names = _lists().dangerous.get(".".join(parts[:end]))
        if names is not None and ("*" in names or name in names or name.split(".")[0] in names):
            return True
    return any(part in _lists().dangerous and "*" in _lists().dangerous[part] for part in name.split(".")[:-1])


def misused(call: Call) -> str | None:
    """Why a call of an allowed name does more than it should, else None.

    ``_codecs.encode`` is how protocol 2 writes bytes; with another encoding it is a search through modules.
    """
    if resolved(call.target) == ("_codecs", "encode"):
        given = call.arguments
        if not (isinstance(given, tuple) and len(given) == 2 and given[1] in _lists().text_encodings):
            return "encodes with a codec that is not the one that picklers use"
    return None
