"""The functions, classes and imports of a project, and what a name in a file means. Nothing is imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from pipesec_tui.flow.python.modules import Finder

MAX_DEPTH = 200
"""Nesting of a syntax tree that is followed."""

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True, eq=False)
class Function:
    """``key`` is ``path:qualname``. ``free``: where names that it doesn't bind may be bound, from the inside out."""

    key: str
    path: str
    name: str
    node: FunctionNode
    owner: Class | None
    enclosing: str | None
    parameters: tuple[str, ...]
    gives: bool
    static: bool = False

    @property
    def line(self) -> int:
        return self.node.lineno


@dataclass(slots=True, eq=False)
class Class:
    key: str
    path: str
    name: str
    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Module:
    """``imports``: alias to module, name in it (or None) and leading dots."""

    path: str
    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None, int]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    """First parts of imported modules."""


Meaning: TypeAlias = Function | Class | Module | str
"""What a name stands for: something of the project, or a symbol from outside."""


class Unparsed(ValueError):
    """Source that can't be analyzed; one line says why."""


def parse(path: str, text: str) -> Module:
    """A file's module. Raises Unparsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        raise Unparsed(f"syntax error in line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise Unparsed("too deeply nested, or not text") from None
    if _too_deep(tree):
        raise Unparsed("too deeply nested")
    return Module(path, tree)


def _too_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


class Index:
    """All modules of a project."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, Class] = {}
        self.methods: dict[str, list[Function]] = {}
        self.by_node: dict[ast.AST, Function] = {}
        self.inner: dict[str, set[str]] = {}
        """Names that functions inside of a function read, by the key of the outer one."""
        self._finder = Finder(cast(Any, modules))
        for module in modules.values():
            _Collector(self, module).collect()

    def global_name(self, path: str, name: str, depth: int = 0) -> Meaning | None:
        """What a module's global name means; None for a variable, or what isn't there."""
        module = self.modules[path]
        found: Meaning | None = module.functions.get(name) or module.classes.get(name)
        if found is not None or depth > 6:
            return found
        imported = module.imports.get(name)
        if imported is None:
            return None
        dotted, member, level = imported
        target = self._finder.find(path, dotted, level)
        if member is None:
            return cast(Module, target) if target is not None else dotted
        if target is not None:
            inside = self.global_name(target.path, member, depth + 1)
            if inside is not None:
                return inside
        below = self._finder.find(path, f"{dotted}.{member}" if dotted else member, level)
        if below is not None:
            return cast(Module, below)
        if target is not None or level:
            return None
        return f"{dotted}.{member}"

    def variable(self, path: str, name: str) -> tuple[str, str]:
        """The module and name where a global variable is bound, through imports."""
        for _ in range(6):
            imported = self.modules[path].imports.get(name)
            if imported is None or imported[1] is None:
                break
            target = self._finder.find(path, imported[0], imported[2])
            if target is None:
                break
            path, name = target.path, imported[1]
        return path, name

    def member(self, meaning: Meaning, name: str) -> Meaning | None:
        """What an attribute of a module or class means."""
        if isinstance(meaning, Module):
            found = self.global_name(meaning.path, name)
            if found is None:
                below = self._finder.find(meaning.path, name, 1) if meaning.path.endswith("__init__.py") else None
                return cast(Module, below) if below is not None else None
            return found
        if isinstance(meaning, Class):
            return self.method(meaning, name)
        return f"{meaning}.{name}" if isinstance(meaning, str) else None

    def method(self, owner: Class, name: str, depth: int = 0) -> Function | None:
        """A method by name, in the class or the first base of the project that has it."""
        found = owner.methods.get(name)
        if found is not None or depth > 8:
            return found
        for base in self.bases(owner):
            if isinstance(base, Class):
                found = self.method(base, name, depth + 1)
                if found is not None:
                    return found
        return None

    def bases(self, owner: Class) -> Iterator[Meaning]:
        for node in owner.node.bases:
            meaning = self.dotted(owner.path, node)
            if meaning is not None and meaning is not owner:
                yield meaning

    def external_bases(self, owner: Class, depth: int = 0) -> Iterator[str]:
        """Symbols of bases from outside, of bases' bases too."""
        for base in self.bases(owner):
            if isinstance(base, str):
                yield base
            elif isinstance(base, Class) and depth < 8:
                yield from self.external_bases(base, depth + 1)

    def home(self, owner: Class, name: str, depth: int = 0) -> Class:
        """The class of the project, furthest up, that sets this attribute: so that subclasses share it."""
        if depth < 8:
            for base in self.bases(owner):
                if isinstance(base, Class) and (name in base.fields or self._above(base, name)):
                    return self.home(base, name, depth + 1)
        return owner

    def _above(self, owner: Class, name: str) -> bool:
        return any(isinstance(base, Class) and name in base.fields for base in self.bases(owner))

    def dotted(self, path: str, node: ast.expr) -> Meaning | None:
        """What an expression of names and attributes means at module level."""
        if isinstance(node, ast.Name):
            return self.global_name(path, node.id)
        if isinstance(node, ast.Attribute):
            inner = self.dotted(path, node.value)
            return self.member(inner, node.attr) if inner is not None else None
        if isinstance(node, ast.Call):
            called = self.dotted(path, node.func)
            return f"{called}()" if isinstance(called, str) else None
        if isinstance(node, ast.Subscript):
            return self.dotted(path, node.value)
        return None


class _Collector:
    """Enters one module into the index."""

    def __init__(self, index: Index, module: Module) -> None:
        self._index = index
        self._module = module

    def collect(self) -> None:
        self._body(self._module.tree.body, "", None, None)

    def _body(self, body: list[ast.stmt], prefix: str, owner: Class | None, enclosing: str | None) -> None:
        for statement in body:
            self._visit(statement, prefix, owner, enclosing)

    def _visit(self, node: ast.AST, prefix: str, owner: Class | None, enclosing: str | None) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node, prefix, owner, enclosing)
        elif isinstance(node, ast.ClassDef):
            self._class(node, prefix, enclosing)
        else:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            for child in ast.iter_child_nodes(node):
                self._visit(child, prefix, owner, enclosing)

    def _function(self, node: FunctionNode, prefix: str, owner: Class | None, enclosing: str | None) -> None:
        path = self._module.path
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        qualname = f"{prefix}{name}" if name != "<lambda>" else f"{prefix}<lambda:{node.lineno}:{node.col_offset}>"
        key = f"{path}:{qualname}"
        if key in self._index.functions:
            key = f"{key}@{node.lineno}"
        arguments = node.args
        parameters = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        decorators = {_last(each) for each in getattr(node, "decorator_list", ())}
        static = "staticmethod" in decorators
        gives = isinstance(node, ast.Lambda)
        names: set[str] = set()
        inner: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
        stack = list(inner)
        while stack:
            each = stack.pop()
            if isinstance(each, ast.Return | ast.Yield | ast.YieldFrom) and each.value is not None:
                gives = True
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                names.add(each.id)
            elif owner is not None and isinstance(each, ast.Attribute) and _set_on_self(each):
                owner.fields.add(each.attr)
            stack.extend(ast.iter_child_nodes(each))
        function = Function(
            key, path, name, node, owner if enclosing is None or owner is not None else None, enclosing,
            tuple(parameters), gives, static,
        )  # fmt: skip
        self._index.functions[key] = self._index.by_node[node] = function
        if enclosing is not None:
            self._index.inner.setdefault(enclosing, set()).update(names)
        if owner is not None and prefix == f"{owner.name}.":
            owner.methods[name] = function
            self._index.methods.setdefault(name, []).append(function)
        elif not prefix and name != "<lambda>":
            self._module.functions[name] = function
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self._visit(default, prefix, None, enclosing)
        for each in inner:
            self._visit(each, f"{qualname}.<locals>.", owner, key)

    def _class(self, node: ast.ClassDef, prefix: str, enclosing: str | None) -> None:
        found = Class(f"{self._module.path}:class:{prefix}{node.name}", self._module.path, node.name, node)
        self._index.classes[found.key] = found
        if not prefix:
            self._module.classes[node.name] = found
        for statement in node.body:
            target = statement.target if isinstance(statement, ast.AnnAssign) else None
            if isinstance(target, ast.Name):
                found.fields.add(target.id)
        self._body(node.body, f"{node.name}.", found, enclosing)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        imports = self._module.imports
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                imports[alias.asname or alias.name] = (node.module or "", alias.name, node.level)
                self._module.roots.add((node.module or "").partition(".")[0])
            else:
                self._module.roots.add(alias.name.partition(".")[0])
                if alias.asname:
                    imports[alias.asname] = (alias.name, None, 0)
                else:
                    imports[alias.name.partition(".")[0]] = (alias.name.partition(".")[0], None, 0)


def _set_on_self(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
