"""From Python text to a ``ModuleSummary``. The text is parsed, never imported; the tree is dropped at the end."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from typing import TypeAlias

from pipesec_tui.flow.python.syntax import (
    Assign,
    Attr,
    Binary,
    Call,
    Class,
    Comprehension,
    Concat,
    Const,
    Define,
    Do,
    Each,
    Either,
    Enter,
    Expr,
    Function,
    Import,
    Item,
    Leave,
    ModuleSummary,
    Name,
    Opaque,
    Parameter,
    Return,
    Sequence,
    Slice,
    Spread,
    Statement,
    Table,
)

MAX_TEXT = 4 << 20
"""Characters of a file that is parsed: CPython's parser takes some 100 bytes of memory for each."""
MAX_STRING = 1 << 16
MAX_DEPTH = 60
"""Levels of one expression that are kept; real code stays below 30."""

_Loop: TypeAlias = ast.comprehension
_NONE = Const(None)
_BODY = "<module>"


def summarize(path: str, text: str) -> ModuleSummary:
    """The summary of one file. What can't be parsed is a summary with a ``problem`` and nothing else."""
    problem: str
    if len(text) > MAX_TEXT:
        return _failed(path, f"larger than {MAX_TEXT >> 20} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the target's strings are not ours to tell
            tree = ast.parse(text)
    except SyntaxError as error:
        return _failed(path, f"not Python 3: {error.msg} (line {error.lineno})")
    except (ValueError, RecursionError, MemoryError) as error:
        return _failed(path, f"not parsed: {str(error) or type(error).__name__}")
    try:
        return _Reader(path).module(tree)
    except RecursionError:
        problem = "nested too deeply"
    return _failed(path, problem)


def _failed(path: str, problem: str) -> ModuleSummary:
    return ModuleSummary(path=path, body=Function(_BODY, _BODY, (), (), (), frozenset(), 1), problem=problem)


class _Scope:
    """What is gathered of one function while it is read."""

    __slots__ = ("branch", "calls", "out")

    def __init__(self) -> None:
        self.out: list[Statement] = []
        self.calls: set[str] = set()
        self.branch = 0


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._functions: list[Function] = []
        self._classes: list[Class] = []
        self._scope = _Scope()
        self._branches = 0
        self._depth = 0

    def module(self, tree: ast.Module) -> ModuleSummary:
        self._block(tree.body, "")
        body = Function(_BODY, _BODY, (), tuple(self._scope.out), (), frozenset(self._scope.calls), 1)
        return ModuleSummary(path=self._path, body=body, functions=tuple(self._functions), classes=tuple(self._classes))

    # statements

    def _block(self, statements: Iterable[ast.stmt], prefix: str) -> None:
        for node in statements:
            match node:
                case ast.Expr():
                    if isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Await):
                        self._yielded(node.value)
                    elif not isinstance(node.value, ast.Constant):
                        self._scope.out.append(Do(self._expr(node.value)))
                case ast.Assign():
                    value = self._expr(node.value)
                    for target in node.targets:
                        self._bind(target, value)
                case ast.AnnAssign():
                    if node.value is not None:
                        self._bind(node.target, self._expr(node.value))
                case ast.AugAssign():
                    if isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
                        self._bind(node.target, Binary("+", Name(node.target.id), self._expr(node.value)))
                    else:
                        self._scope.out.append(Do(self._expr(node.value)))
                case ast.Return():
                    if node.value is not None:
                        self._scope.out.append(Return(self._expr(node.value)))
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._function(node, prefix)
                case ast.ClassDef():
                    self._class(node, prefix)
                case ast.Import():
                    for alias in node.names:
                        # `import a.b` binds `a`; `import a.b as c` binds c to a.b
                        module = alias.name if alias.asname else alias.name.partition(".")[0]
                        self._scope.out.append(Import(alias.asname or module, module, None, 0))
                case ast.ImportFrom():
                    for alias in node.names:
                        self._scope.out.append(
                            Import(alias.asname or alias.name, node.module or "", alias.name, node.level)
                        )
                case _:
                    self._compound(node, prefix)

    def _compound(self, node: ast.stmt, prefix: str) -> None:
        match node:
            case ast.If() | ast.While():
                self._scope.out.append(Do(self._expr(node.test)))
                self._branch(node.body, prefix)
                self._branch(node.orelse, prefix)
            case ast.For() | ast.AsyncFor():
                self._bind(node.target, Each(self._expr(node.iter)))
                # A loop over literals is taken to run: what it binds is no alternative to what was there before.
                self._block(node.body, prefix)
                self._branch(node.orelse, prefix)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    target = item.optional_vars
                    name = target.id if isinstance(target, ast.Name) else None
                    self._scope.out.append(Enter(self._expr(item.context_expr), name))
                self._block(node.body, prefix)
                self._scope.out.extend([Leave()] * len(node.items))
            case ast.Try() | ast.TryStar():
                self._block(node.body, prefix)
                for handler in node.handlers:
                    self._branch(handler.body, prefix)
                self._branch(node.orelse, prefix)
                self._block(node.finalbody, prefix)
            case ast.Match():
                self._scope.out.append(Do(self._expr(node.subject)))
                for case in node.cases:
                    self._branch(case.body, prefix)
            case ast.Assert():
                self._scope.out.append(Do(self._expr(node.test)))
            case ast.Raise():
                if node.exc is not None:
                    self._scope.out.append(Do(self._expr(node.exc)))
            case _:
                pass  # pass, break, continue, del, global, nonlocal

    def _branch(self, statements: list[ast.stmt], prefix: str) -> None:
        if not statements:
            return
        before = self._scope.branch
        self._branches += 1
        self._scope.branch = self._branches
        self._block(statements, prefix)
        self._scope.branch = before

    def _yielded(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        value = self._expr(node.value) if node.value is not None else _NONE
        self._scope.out.append(Do(value) if isinstance(node, ast.Await) else Return(value))

    def _bind(self, target: ast.expr, value: Expr) -> None:
        match target:
            case ast.Name():
                self._scope.out.append(Assign(target.id, value, self._scope.branch))
            case ast.Attribute(value=ast.Name(id=owner)):
                self._scope.out.append(Assign(f"{owner}.{target.attr}", value, self._scope.branch))
            case ast.Tuple() | ast.List():
                # Evaluated once under a name that Python can't have, so that what it does happens once.
                self._scope.out.append(Assign("<unpacked>", value, 0))
                for index, part in enumerate(target.elts[:50]):
                    if isinstance(part, ast.Starred):
                        rest = Slice(Const(index), None)
                        self._bind(part.value, Item(Name("<unpacked>"), rest))
                        break
                    self._bind(part, Item(Name("<unpacked>"), Const(index)))
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(key))):
                self._scope.out.append(Assign(f"{owner}[{key}", value, self._scope.branch))
            case ast.Subscript():
                self._scope.out.append(Do(value))
                self._scope.out.append(Do(self._expr(target.value)))
            case _:
                self._scope.out.append(Do(value))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str) -> None:
        qualname = prefix + node.name
        decorators = tuple(self._expr(each) for each in node.decorator_list)
        parameters = self._parameters(node.args)
        self._scope.out.append(Define(node.name, qualname, is_class=False))
        outer, self._scope = self._scope, _Scope()
        self._block(node.body, qualname + ".")
        inner, self._scope = self._scope, outer
        self._functions.append(
            Function(node.name, qualname, parameters, tuple(inner.out), decorators, frozenset(inner.calls), node.lineno)
        )

    def _parameters(self, node: ast.arguments) -> tuple[Parameter, ...]:
        plain = [*node.posonlyargs, *node.args]
        missing = len(plain) - len(node.defaults)
        found = [
            Parameter(each.arg, self._expr(node.defaults[index - missing]) if index >= missing else None)
            for index, each in enumerate(plain)
        ]
        if node.vararg is not None:
            found.append(Parameter(node.vararg.arg, None, "*"))
        for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            found.append(Parameter(each.arg, self._expr(default) if default is not None else None, "", keyword=True))
        if node.kwarg is not None:
            found.append(Parameter(node.kwarg.arg, None, "**"))
        return tuple(found)

    def _class(self, node: ast.ClassDef, prefix: str) -> None:
        qualname = prefix + node.name
        bases = tuple(self._expr(base) for base in node.bases)
        decorators = tuple(self._expr(each) for each in node.decorator_list)
        self._scope.out.append(Define(node.name, qualname, is_class=True))
        outer, self._scope = self._scope, _Scope()
        self._block(node.body, qualname + ".")
        inner, self._scope = self._scope, outer
        methods = tuple(each.name for each in inner.out if isinstance(each, Define) and not each.is_class)
        self._classes.append(Class(node.name, qualname, bases, tuple(inner.out), methods, decorators, node.lineno))

    # expressions

    def _expr(self, node: ast.expr) -> Expr:
        kind = type(node)
        # The two commonest kinds first: this is where most of the time goes.
        if kind is ast.Name:
            return Name(node.id)  # type: ignore[attr-defined]
        if kind is ast.Constant:
            return _constant(node.value)  # type: ignore[attr-defined]
        self._depth += 1
        try:
            return Opaque("deep") if self._depth > MAX_DEPTH else self._nested(node)
        finally:
            self._depth -= 1

    def _nested(self, node: ast.expr) -> Expr:
        match node:
            case ast.Attribute():
                return Attr(self._expr(node.value), node.attr)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr():
                return Concat(tuple(self._expr(part) for part in node.values))
            case ast.FormattedValue():
                return self._expr(node.value)
            case ast.BinOp():
                op = _OPERATORS.get(type(node.op), "?")
                return Binary(op, self._expr(node.left), self._expr(node.right))
            case ast.List() | ast.Tuple() | ast.Set():
                return Sequence(tuple(self._expr(each) for each in node.elts[:500]))
            case ast.Dict():
                keys = tuple(self._expr(key) if key is not None else None for key in node.keys[:500])
                return Table(keys, tuple(self._expr(value) for value in node.values[:500]))
            case ast.Subscript():
                return Item(self._expr(node.value), self._expr(node.slice))
            case ast.Slice():
                lower = self._expr(node.lower) if node.lower is not None else None
                return Slice(lower, self._expr(node.upper) if node.upper is not None else None)
            case ast.IfExp():
                return Either((self._expr(node.body), self._expr(node.orelse)), self._expr(node.test))
            case ast.BoolOp():
                values = tuple(self._expr(value) for value in node.values)
                return Either(values) if isinstance(node.op, ast.Or) else Opaque("and", values)
            case ast.Starred():
                return Spread(self._expr(node.value))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.elt, node.generators)
            case ast.DictComp():
                return Opaque("dict", (self._comprehension(node.value, node.generators),))
            case ast.Await():
                return self._expr(node.value)
            case ast.NamedExpr():
                value = self._expr(node.value)
                self._bind(node.target, value)
                return Name(node.target.id)
            case _:
                return self._opaque(node)

    def _call(self, node: ast.Call) -> Call:
        func = self._expr(node.func)
        if isinstance(func, Attr):
            self._scope.calls.add(func.attr)
        elif isinstance(func, Name):
            self._scope.calls.add(func.id)
        args = tuple(self._expr(each) for each in node.args[:200])
        named = tuple((each.arg or "**", self._expr(each.value)) for each in node.keywords[:200])
        return Call(func, args, named, node.lineno)

    def _comprehension(self, element: ast.expr, loops: list[_Loop]) -> Expr:
        loop, *inner = loops
        body = self._comprehension(element, inner) if inner else self._expr(element)
        iterable = self._expr(loop.iter)
        if isinstance(loop.target, ast.Name):
            return Comprehension(body, loop.target.id, iterable)
        return Opaque("comprehension", (iterable, body))

    def _opaque(self, node: ast.expr) -> Opaque:
        parts = tuple(self._expr(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
        return Opaque(type(node).__name__.lower(), tuple(part for part in parts if not isinstance(part, Const)))


def _constant(value: object) -> Expr:
    if isinstance(value, str):
        return Const(value) if len(value) <= MAX_STRING else Opaque("long string")
    if isinstance(value, bytes):
        return Const(value[:MAX_STRING].decode("utf-8", "replace"))
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return Opaque("number")
    return Const(value) if value is None or isinstance(value, bool | int | float) else Opaque("constant")


_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Mod: "%", ast.Div: "/", ast.Mult: "*"}
