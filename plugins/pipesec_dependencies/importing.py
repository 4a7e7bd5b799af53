"""Whether the project's own code imports a package: by syntax tree, of the files that name it at all."""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterable, Iterator
from importlib import resources

from msgspec import Struct

from pipesec_tui import FileEntry, Files

MAX_BYTES = 4 << 20
"""Of a source file; larger ones are data."""


class Use(Struct, frozen=True, kw_only=True):
    """Whether a package is imported.

    imported -- None where that can't be told: a file that names it can't be parsed, or is a notebook
    where    -- the first file that imports it
    names    -- what was looked for
    """

    imported: bool | None
    names: tuple[str, ...]
    where: str | None = None


@functools.cache
def _table() -> dict[str, list[str]]:
    import yaml

    text = resources.files("pipesec_dependencies").joinpath("import_names.yaml").read_text("utf-8")
    loaded: dict[str, list[str]] = yaml.safe_load(text)
    return loaded


def import_names(key: str) -> tuple[str, ...]:
    """The top-level modules of a distribution, by its normalized name: from a table of those that are called otherwise,
    else the name itself with underscores."""
    return tuple(_table().get(key, [key.replace("-", "_").replace(".", "_")]))


def uses(keys: Iterable[str], files: Files) -> dict[str, Use]:
    """For each package whether a file imports it. A file is parsed only if its text holds a name that is still open."""
    names = {key: import_names(key) for key in keys}
    found: dict[str, str] = {}
    unsure: set[str] = set()
    for entry in files:
        notebook = entry.path.endswith(".ipynb")
        if not notebook and not entry.path.endswith((".py", ".pyw")):
            continue
        content = _content(files, entry)
        if content is not None and b"import" not in content:
            continue
        open_keys = [
            key for key, wanted in names.items()
            if key not in found and (content is None or any(name.encode() in content for name in wanted))
        ]  # fmt: skip
        if not open_keys:
            continue
        imported = None if content is None or notebook else _imported(content)
        for key in open_keys:
            if imported is None:
                unsure.add(key)
            elif not imported.isdisjoint(names[key]):
                found[key] = entry.path
    return {
        key: Use(
            imported=True if key in found else None if key in unsure else False, names=wanted, where=found.get(key)
        )
        for key, wanted in names.items()
    }


def _content(files: Files, entry: FileEntry) -> bytes | None:
    try:
        return files.read_bytes(entry, MAX_BYTES)
    except OSError:  # too large as well
        return None


def _imported(content: bytes) -> set[str] | None:
    """The top-level modules that a source imports, by statement or by a constant given to ``import_module`` and the
    like; None where it can't be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in the target's strings
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return {name.partition(".")[0] for name in _modules(tree)}


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and node.args and _is_import_call(node.func):
            given = node.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def _is_import_call(function: ast.expr) -> bool:
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return name in ("import_module", "__import__", "importorskip")
