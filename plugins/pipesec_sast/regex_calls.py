"""Finding regular expressions that are written out in Python source, and what slows them down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec import Struct

from pipesec_sast.redos import Slowdown, analyze
from pipesec_sast.regex_automaton import TooLarge
from pipesec_sast.tree.syntax import Syntax

_RE_MODULES = ("re", "regex")
_RE_FUNCTIONS = frozenset(("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"))
_FLAGS_AT = {"compile": 1, "match": 2, "fullmatch": 2, "search": 2, "findall": 2, "finditer": 2, "sub": 4, "subn": 4}
_SERIES_METHODS = frozenset(("contains", "match", "fullmatch", "extract", "extractall", "findall", "count"))
_SERIES_ON_REQUEST = frozenset(("replace", "split", "rsplit"))
"""Methods of ``Series.str`` that read a regular expression only with ``regex=True``."""
_FROM_START = frozenset(("match", "fullmatch"))
_ANYWHERE = frozenset(("search", "sub", "subn", "split", "findall", "finditer"))


class Patterns(Struct, frozen=True):
    """The slow patterns of a file, and the lines of those that were too large to be analyzed."""

    slow: tuple[tuple[Slowdown, Use], ...]
    too_large: tuple[int, ...]


class Use(Struct, frozen=True):
    """A pattern as a call uses it. ``whole`` and ``anywhere`` are those of ``redos.analyze``."""

    node: ast.expr
    pattern: str
    flags: int
    whole: bool
    anywhere: bool


def examine(syntax: Syntax) -> Patterns:
    """Looks at every literal pattern handed to ``re`` or to ``Series.str``."""
    slow, too_large = [], []
    for use in _uses(syntax):
        try:
            slowdown = analyze(use.pattern, use.flags, whole=use.whole, anywhere=use.anywhere)
        except TooLarge:
            too_large.append(use.node.lineno)
            continue
        except ValueError:
            continue  # not a regular expression: re says so when it runs
        if slowdown is not Slowdown.NONE:
            slow.append((slowdown, use))
    return Patterns(tuple(slow), tuple(too_large))


def _uses(syntax: Syntax) -> Iterator[Use]:
    modules, functions, texts = set[str](), dict[str, str](), dict[str, str | None]()
    for statement in syntax.imports:
        if isinstance(statement, ast.Import):
            modules.update(a.asname or a.name for a in statement.names if a.name in _RE_MODULES)
        elif statement.module in _RE_MODULES:
            functions.update({a.asname or a.name: a.name for a in statement.names if a.name in _RE_FUNCTIONS})
    searched, compiled = set[str](), dict[ast.Call, str]()
    for attribute in syntax.attributes:
        match attribute:
            case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=method) if method in _ANYWHERE:
                searched.add(name)
    for assignment in syntax.assigned:
        match assignment:
            case (
                ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=ast.Call() as call)
            ):
                compiled[call] = name
        match assignment:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                texts[name] = _literal(value, {}) if name not in texts else None
    calls = [call.node for scope in syntax.scopes for call in scope.calls if call.node.args]
    for call in calls:
        # A pattern that is compiled may begin anywhere where the name that it is given is searched with.
        anywhere = compiled.get(call) in searched
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=function) if module in modules:
                if function in _RE_FUNCTIONS:
                    yield from _re_call(call, function, texts, anywhere)
            case ast.Name(id=name) if name in functions:
                yield from _re_call(call, functions[name], texts, anywhere)
            case ast.Attribute(value=ast.Attribute(attr="str"), attr=method):
                yield from _series_call(call, method, texts)


def _re_call(call: ast.Call, function: str, texts: dict[str, str | None], anywhere: bool) -> Iterator[Use]:
    pattern = _literal(call.args[0], texts)
    if pattern is None:
        return
    at = _FLAGS_AT.get(function, 3)
    given = call.args[at] if len(call.args) > at else _keyword(call, "flags")
    yield Use(call.args[0], pattern, _flags(given), function == "fullmatch", anywhere or function in _ANYWHERE)


def _series_call(call: ast.Call, method: str, texts: dict[str, str | None]) -> Iterator[Use]:
    regex = _keyword(call, "regex")
    wanted = regex.value if isinstance(regex, ast.Constant) else None
    if not (method in _SERIES_METHODS and wanted is not False) and not (
        method in _SERIES_ON_REQUEST and wanted is True
    ):
        return
    pattern = _literal(call.args[0], texts)
    if pattern is not None:
        flags = _flags(_keyword(call, "flags"))
        yield Use(call.args[0], pattern, flags, method == "fullmatch", method not in _FROM_START)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _literal(node: ast.expr, texts: dict[str, str | None]) -> str | None:
    """The text of a literal, of literals added up, or of a name that is assigned one and only one."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(raw)):
            return raw.decode("latin-1")
        case ast.Name(id=name):
            return texts.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _literal(left, texts), _literal(right, texts)
            return None if one is None or other is None else one + other
    return None


def _flags(node: ast.expr | None) -> int:
    """The flags that an expression such as ``re.I | re.X`` names; others than names are left out."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            flag = re.RegexFlag.__members__.get(name)
            return int(flag) if flag is not None and flag is not re.DEBUG else 0
        case ast.BinOp(left=left, right=right):
            return _flags(left) | _flags(right)
    return 0
