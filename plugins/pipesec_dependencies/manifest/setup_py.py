"""setup.py, read as a syntax tree and never run: the requirements that it gives as literals."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from pipesec_dependencies.manifest.model import Dependency, MalformedManifest, Manifest, ManifestKind, Problem
from pipesec_dependencies.manifest.requirement import first_line, parse_requirement

_LISTS = ("install_requires", "setup_requires", "tests_require")


def parse(path: str, text: str) -> Manifest:
    """Reads the arguments of ``setup(…)``; what is computed there is a problem. Raises MalformedManifest where the file
    is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        raise MalformedManifest(f"line {error.lineno or 1}: not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise MalformedManifest(f"not Python that can be read: {first_line(error)}") from None
    names = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    read = [item for call in _setup_calls(tree) for item in _arguments(call, names)]
    return Manifest(
        path=path,
        kind=ManifestKind.PROJECT,
        dependencies=tuple(item for item in read if isinstance(item, Dependency)),
        problems=tuple(item for item in read if isinstance(item, Problem)),
    )


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
            if name == "setup":
                yield node


def _arguments(call: ast.Call, names: dict[str, ast.expr]) -> Iterator[Dependency | Problem]:
    for keyword in call.keywords:
        value = _resolved(keyword.value, names)
        if keyword.arg is None:
            yield Problem(keyword.value.lineno, "setup() takes arguments that are computed, and setup.py is not run")
        elif keyword.arg in _LISTS:
            groups = () if keyword.arg == "install_requires" else (keyword.arg,)
            yield from _requirements(value, keyword.arg, groups, names)
        elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
            for key, listed in zip(value.keys, value.values, strict=True):
                group = str(key.value) if isinstance(key, ast.Constant) else "extras"
                yield from _requirements(_resolved(listed, names), "extras_require", (group,), names)
        elif keyword.arg == "extras_require":
            yield _computed(value, keyword.arg)


def _requirements(
    value: ast.expr, argument: str, groups: tuple[str, ...], names: dict[str, ast.expr]
) -> Iterator[Dependency | Problem]:
    if not isinstance(value, ast.List | ast.Tuple | ast.Set):
        yield _computed(value, argument)
        return
    for item in value.elts:
        resolved = _resolved(item, names)
        if isinstance(resolved, ast.Constant) and isinstance(resolved.value, str):
            yield parse_requirement(resolved.value, resolved.lineno, groups=groups)
        else:
            yield _computed(item, argument)


def _resolved(value: ast.expr, names: dict[str, ast.expr]) -> ast.expr:
    """What a name at the top of the module stands for, one step far; other expressions as they are."""
    return names.get(value.id, value) if isinstance(value, ast.Name) else value


def _computed(value: ast.expr, argument: str) -> Problem:
    return Problem(value.lineno, f"{argument} is computed, and setup.py is not run")
