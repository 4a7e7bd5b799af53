"""One walk over a module's syntax tree, which gathers by function what all rules ask for.

Every rule that walked for itself would cost as much again as the parser; with one walk there is a single such cost.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

from msgspec import Struct

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Owner: TypeAlias = ast.Module | Function

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVES = frozenset((ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.alias, ast.Global, ast.Nonlocal))
_COMPOUND = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.ExceptHandler, ast.match_case,
)  # fmt: skip


class Binding(Struct, frozen=True):
    """A name is given a value.

    value   -- what it is given; None where that cannot be told (``with … as``, ``del``, parts of a tuple)
    element -- the name holds one of the value's members, as in ``for name in value``
    added   -- the value is put behind what the name holds already (``+=``)
    block   -- number of the list of statements that this is in
    """

    line: int
    value: ast.expr | None
    element: bool
    added: bool
    block: int


class Call(Struct, frozen=True):
    """A call, and the block of statements that it is in."""

    node: ast.Call
    block: int


class Scope:
    """A function, or the module: its calls and bindings without those of functions inside it."""

    def __init__(self, owner: Owner, parent: Scope | None) -> None:
        self.owner = owner
        self.parent = parent
        self.calls: list[Call] = []
        self.bindings: dict[str, list[Binding]] = {}
        self.tests: list[ast.If] = []
        self.asserts: list[ast.Assert] = []
        self._parameters: dict[str, ast.arg] | None = None

    @property
    def parameters(self) -> dict[str, ast.arg]:
        """The function's parameters by name; none for a module."""
        if self._parameters is None:
            self._parameters = {}
            if isinstance(self.owner, _FUNCTION):
                given = self.owner.args
                every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
                self._parameters = {one.arg: one for one in every if one is not None}
        return self._parameters

    def bind(self, target: ast.expr, value: ast.expr | None, line: int, block: int, *, element: bool = False) -> None:
        """``target`` is given ``value``; parts of a tuple are given its parts where both are written out."""
        match target:
            case ast.Name(id=name):
                self.bindings.setdefault(name, []).append(Binding(line, value, element, False, block))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(parts) and not element:
                    for part, piece in zip(parts, value.elts, strict=True):
                        self.bind(part, piece, line, block)
                    return
                counted = element and isinstance(value, ast.Call) and _is_name(value.func, "enumerate")
                for number, part in enumerate(parts):
                    self.bind(part, ast.Constant(0) if counted and number == 0 else None, line, block)
            case ast.Starred(value=inner):
                self.bind(inner, None, line, block)


class Syntax(Struct, frozen=True):
    """What one walk found.

    scopes     -- the module first, then every function
    names      -- what imported names stand for, dotted
    attributes -- every ``x.y`` that is read or called
    assigned   -- every plain or annotated assignment
    blocks     -- the block that each block of statements is in
    """

    scopes: tuple[Scope, ...]
    names: dict[str, str]
    attributes: tuple[ast.Attribute, ...]
    assigned: tuple[ast.Assign | ast.AnnAssign, ...]
    imports: tuple[ast.Import | ast.ImportFrom, ...]
    blocks: tuple[int, ...]

    def dotted(self, node: ast.expr) -> str:
        """A chain of names as text, imported names replaced by what they stand for; empty for other expressions."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.names.get(node.id, node.id))
        return ".".join(reversed(parts))

    def within(self, inner: int, outer: int) -> bool:
        """Whether a block is another one, or inside it."""
        while inner > outer:
            inner = self.blocks[inner]
        return inner == outer


def read(tree: ast.Module) -> Syntax:
    """Walks over a tree once."""
    module = Scope(tree, None)
    scopes, names = [module], dict[str, str]()
    attributes: list[ast.Attribute] = []
    assigned: list[ast.Assign | ast.AnnAssign] = []
    imports: list[ast.Import | ast.ImportFrom] = []
    blocks = [-1]
    stack: list[tuple[ast.AST, Scope, int]] = [(tree, module, 0)]
    while stack:
        node, scope, block = stack.pop()
        if isinstance(node, ast.Call):
            scope.calls.append(Call(node, block))
        elif isinstance(node, ast.Attribute):
            attributes.append(node)
        elif isinstance(node, ast.stmt):
            match node:
                case ast.Assign(targets=targets, value=value):
                    assigned.append(node)
                    for target in targets:
                        scope.bind(target, value, node.lineno, block)
                case ast.AnnAssign(target=target, value=value):
                    assigned.append(node)
                    if value is not None:
                        scope.bind(target, value, node.lineno, block)
                case ast.AugAssign(target=ast.Name(id=name), value=value):
                    scope.bindings.setdefault(name, []).append(Binding(node.lineno, value, False, True, block))
                case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                    scope.bind(target, value, node.lineno, block, element=True)
                case ast.With(items=items) | ast.AsyncWith(items=items):
                    for item in items:
                        if item.optional_vars is not None:
                            scope.bind(item.optional_vars, item.context_expr, node.lineno, block)
                case ast.If():
                    scope.tests.append(node)
                case ast.Assert():
                    scope.asserts.append(node)
                case ast.Import(names=aliases):
                    imports.append(node)
                    for alias in aliases:
                        head = alias.name if alias.asname else alias.name.partition(".")[0]
                        names[alias.asname or head] = head
                case ast.ImportFrom(names=aliases, module=source, level=level):
                    imports.append(node)
                    prefix = "." * level + (source or "")
                    for alias in aliases:
                        names[alias.asname or alias.name] = f"{prefix}.{alias.name}"
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    inner = Scope(node, scope)
                    scopes.append(inner)
                    blocks.append(block)
                    own = len(blocks) - 1
                    stack.extend((part, scope, block) for part in (*node.decorator_list, node.args))
                    stack.extend((part, inner, own) for part in node.body)
                    continue
        elif isinstance(node, ast.comprehension):
            scope.bind(node.target, node.iter, node.target.lineno, block, element=True)
        elif isinstance(node, ast.NamedExpr):
            scope.bind(node.target, node.value, node.lineno, block)
        compound = isinstance(node, _COMPOUND)
        for field in node._fields:
            part = getattr(node, field, None)
            if type(part) is list:
                place = block
                if compound and part and isinstance(part[0], ast.stmt):
                    blocks.append(block)
                    place = len(blocks) - 1
                stack.extend(
                    (item, scope, place) for item in part if isinstance(item, ast.AST) and type(item) not in _LEAVES
                )
            elif isinstance(part, ast.AST) and field != "ctx" and type(part) not in _LEAVES:
                stack.append((part, scope, block))
    return Syntax(tuple(scopes), names, tuple(attributes), tuple(assigned), tuple(imports), tuple(blocks))


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value that a call passes by a name."""
    return next((given.value for given in call.keywords if given.arg == name), None)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
