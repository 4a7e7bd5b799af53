"""Values of expressions, as far as it matters where they come from."""

from __future__ import annotations

import ast
import builtins

from pipesec_tui.flow.taint.facts import Facts, Source
from pipesec_tui.flow.taint.guards import Guards, place
from pipesec_tui.flow.taint.index import Class, Function, Index, Meaning, Module
from pipesec_tui.flow.taint.rows import Models, SourceRow
from pipesec_tui.flow.taint.values import MAX_ITEMS, NOTHING, Env, Node, Value, cleaned, join, union

OWN = "own-file"
"""Type of a path that begins where the code itself lies."""
PATH = "pathlib.Path()"
_BUILTINS = frozenset(dir(builtins))
_SYSTEM = ("/proc/", "/sys/", "/etc/")
_CODE = (
    ".sql",
    ".yaml",
    ".yml",
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".py",
    ".j2",
    ".jinja",
    ".jinja2",
    ".html",
    ".tmpl",
    ".env",
)
_PATH_PARTS = {"name", "stem", "suffix"}


class Expressions:
    """Evaluates the expressions of one function. Subclasses add calls and statements."""

    def __init__(self, index: Index, models: Models, facts: Facts, module: Module, function: Function | None) -> None:
        self.index, self.models, self.facts = index, models, facts
        self.module, self.function = module, function
        self.path = module.path
        self.key = function.key if function is not None else f"{module.path}:"
        self.owner = function.owner if function is not None else None
        self.guards = Guards(models, self.value, self.symbol)

    def value(self, node: ast.expr, env: Env) -> Value:
        return self.look(node, env)[1]

    def symbol(self, node: ast.expr, env: Env) -> str:
        """What a callee is called: its symbol from outside, or its last name."""
        meaning = self.look(node, env, called=True)[0]
        if isinstance(meaning, str):
            return meaning
        if isinstance(meaning, Class | Function):
            return meaning.name
        return node.attr if isinstance(node, ast.Attribute) else ""

    def look(self, node: ast.expr, env: Env, *, called: bool = False) -> tuple[Meaning | None, Value]:
        """What an expression means, and its value. ``called``: as what is called, which is no source itself."""
        match node:
            case ast.Constant():
                return None, _constant(node)
            case ast.Name():
                return self._name(node, env, called)
            case ast.Attribute():
                return self._attribute(node, env, called)
            case ast.Call():
                value = self.call(node, env)
                return value.type or None, value
            case ast.BinOp() if isinstance(node.op, ast.Div):
                value = self._binary(node, env)
                return value.type or None, value
            case _:
                value = self._other(node, env)
                return value.type or None, value

    def call(self, node: ast.Call, env: Env) -> Value:
        raise NotImplementedError

    def _other(self, node: ast.expr, env: Env) -> Value:
        match node:
            case ast.JoinedStr():
                return self.concat(
                    [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values], env
                )
            case ast.BinOp():
                return self._binary(node, env)
            case ast.Subscript():
                return self._subscript(node, env)
            case ast.BoolOp():
                return self._boolean(node, env)
            case ast.IfExp():
                return self._either(node, env)
            case ast.List() | ast.Tuple():
                return self._sequence(node.elts, env)
            case ast.Set():
                return Value(union(self.value(each, env) for each in node.elts))
            case ast.Dict():
                return self._dict(node, env)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return Value(self.value(node.elt, self._comprehension(node.generators, env)).flat())
            case ast.DictComp():
                inner = self._comprehension(node.generators, env)
                return Value(union([self.value(node.key, inner), self.value(node.value, inner)]))
            case ast.Await() | ast.Starred():
                return self.value(node.value, env)
            case ast.NamedExpr():
                value = self.value(node.value, env)
                self.bind(node.target, value, env)
                return value
            case ast.Lambda():
                inside = self.index.by_node.get(node)
                self.capture(env, node.lineno)
                return Value(calls=(inside.key,)) if inside is not None else NOTHING
            case ast.Compare():
                for each in (node.left, *node.comparators):
                    self.value(each, env)
                return NOTHING
            case ast.UnaryOp():
                self.value(node.operand, env)
                return NOTHING
            case ast.Yield():
                if node.value is not None:
                    self.give(self.value(node.value, env), node.lineno)
                return NOTHING
            case ast.YieldFrom():
                self.give(self.value(node.value, env), node.lineno)
                return NOTHING
        return NOTHING

    def give(self, value: Value, line: int) -> None:
        """A function returns or yields a value."""
        self.facts.emit(value.flat(), Node("return", self.key), self.path, line, "returned")

    def capture(self, env: Env, line: int) -> None:
        raise NotImplementedError

    def bind(self, target: ast.expr, value: Value, env: Env) -> None:
        raise NotImplementedError

    def source(self, row: SourceRow, node: ast.expr) -> Value:
        return self.source_at(row.kind, row.what, node.lineno, node.col_offset)

    def source_at(self, kind: str, what: str, line: int, column: int) -> Value:
        """A value that comes from outside here."""
        found = Node("source", self.path, f"{line}:{column}:{kind}")
        self.facts.sources.setdefault(found, Source(self.path, line, kind, what, self.key))
        return Value({(found, 0): None})

    def _name(self, node: ast.Name, env: Env, called: bool) -> tuple[Meaning | None, Value]:
        value = env.get(node.id)
        if value is not None:
            if value.calls:
                return self.index.functions.get(value.calls[0]), value
            return value.type or None, value
        if node.id == "__file__":
            return None, Value(type=OWN)
        outer = self.function.enclosing if self.function is not None else None
        while outer is not None:
            if (outer, node.id) in self.facts.live:
                kept = self.facts.module_envs.get(outer, {}).get(node.id, NOTHING)
                here = Value({(Node("global", outer, node.id), 0): None}, None, kept.type, kept.text, kept.calls)
                return (self.index.functions.get(kept.calls[0]) if kept.calls else kept.type or None), here
            outer = self.index.functions[outer].enclosing
        meaning = self.index.global_name(self.path, node.id)
        if isinstance(meaning, Function):
            return meaning, Value(calls=(meaning.key,))
        if meaning is not None:
            return meaning, self._from_outside(meaning, node, called)
        path, name = self.index.variable(self.path, node.id)
        kept = self.facts.module_envs.get(path, {}).get(name, NOTHING)
        if (path, name) in self.facts.live:
            kept = Value({(Node("global", path, name), 0): None}, None, kept.type, kept.text, kept.calls, kept.handles)
        if kept is not NOTHING:
            return kept.type or None, kept
        if node.id in _BUILTINS:
            return node.id, NOTHING
        return None, NOTHING

    def _from_outside(self, meaning: Meaning, node: ast.expr, called: bool) -> Value:
        if called or not isinstance(meaning, str):
            return NOTHING
        for row in self.models.sources.find(meaning):
            if not row.reads:
                return self.source(row, node)
        return NOTHING

    def _attribute(self, node: ast.Attribute, env: Env, called: bool) -> tuple[Meaning | None, Value]:
        name = place(node)
        kept = env.get(name) if name else None
        if kept is not None:
            return kept.type or None, kept
        meaning, inner = self.look(node.value, env)
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and self.owner is not None:
            meaning = self.owner.key
        if isinstance(meaning, str) and meaning in self.index.classes:
            return self._field(self.index.classes[meaning], node, inner, called)
        found = self.index.member(meaning, node.attr) if meaning is not None else None
        if isinstance(meaning, Module) and found is None and (meaning.path, node.attr) in self.facts.live:
            return None, Value({(Node("global", meaning.path, node.attr), 0): None})
        if isinstance(meaning, Class) and found is None:
            return self._field(meaning, node, inner, called)
        if found is not None:
            outside = self._from_outside(found, node, called)
            if outside is not NOTHING:
                return found, outside
        if isinstance(found, Function):
            return found, Value(calls=(found.key,))
        if node.attr in self.models.plain_attributes:
            return found, NOTHING
        if inner.url_of or not inner.flat():
            value = Value(inner.labels, url_of=inner.url_of) if inner.url_of or inner.labels else NOTHING
        else:
            item = inner.items.get(node.attr) if inner.items else None
            value = item if item is not None else Value(inner.flat())
        if inner.type == OWN or (inner.type == PATH and node.attr in ("parent", "parents")):
            return inner.type, Value(value.labels, type=inner.type)
        if inner.type == PATH and node.attr in _PATH_PARTS:
            value = cleaned(value, self.models.bits["path-traversal"])
        return found, value

    def _field(self, owner: Class, node: ast.Attribute, inner: Value, called: bool) -> tuple[Meaning | None, Value]:
        """An attribute of an instance, or of ``self``."""
        method = self.index.method(owner, node.attr)
        if method is not None:
            if not called and _is_property(method):
                return None, Value(self.enter(method, node.lineno, node.col_offset, {}).labels)
            return method, Value(calls=(method.key,))
        home = self.index.home(owner, node.attr)
        kind = self.facts.field_types.get((home.key, node.attr), "")
        if node.attr in home.fields:
            value = Value({(Node("field", home.key, node.attr), 0): None}, type=kind)
            return kind or None, value
        for base in self.index.external_bases(owner):
            symbol = f"{base}().{node.attr}"
            rows = self.models.sources.find(symbol)
            if rows and not called:
                return symbol, self.source(rows[0], node)
            if rows or self.models.sinks.find(symbol):
                return symbol, NOTHING
        return None, Value(inner.labels) if inner.labels else NOTHING

    def enter(self, callee: Function, line: int, column: int, given: dict[str, Value]) -> Value:
        raise NotImplementedError

    def concat(self, parts: list[ast.expr], env: Env) -> Value:
        """Texts put together. What doesn't stand in front of a URL can't choose its host."""
        return self.joined([self.value(part, env) for part in parts])

    def joined(self, values: list[Value]) -> Value:
        ssrf = self.models.bits.get("ssrf", 0)
        before = ""
        front = True
        if not values:
            return NOTHING
        result: list[Value] = []
        for value in values:
            result.append(value if front else cleaned(value, ssrf))
            if value.text is not None:
                before += value.text
            # Behind "https://host/", or behind something trusted, the host is chosen already.
            front = front and (value.text is not None and before in ("", "http://", "https://", "//"))
        found = union(result)
        text = before if all(value.text is not None for value in values) else None
        own = (
            OWN
            if any(value.type == OWN for value in values) or is_code(values[-1]) or before.startswith(_SYSTEM)
            else ""
        )
        if not found and text is None and not own:
            return NOTHING
        return Value(found, text=text, type=own)

    def _binary(self, node: ast.BinOp, env: Env) -> Value:
        parts: list[ast.expr] = []
        current: ast.expr = node
        while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
            parts.append(current.right)
            current = current.left
        if parts:
            values = [self.value(part, env) for part in reversed([*parts, current])]
            if any(value.items for value in values):
                return Value(union(values))
            return self.joined(values)
        left, right = self.value(node.left, env), self.value(node.right, env)
        if isinstance(node.op, ast.Mod):
            return (
                self.joined([left, right])
                if left.text is None or not left.text.startswith("%")
                else Value(union([left, right]))
            )
        if isinstance(node.op, ast.Div):
            kind = OWN if OWN in (left.type, right.type) or is_code(right) else PATH
            return Value(union([left, right]), type=kind)
        if isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Mult):
            return Value(union([left, right]))
        return NOTHING

    def _subscript(self, node: ast.Subscript, env: Env) -> Value:
        name = place(node)
        kept = env.get(name) if name else None
        if kept is not None:
            return kept
        inner = self.value(node.value, env)
        key = node.slice
        if isinstance(key, ast.Slice):
            return Value(inner.flat(), type=OWN if inner.type == OWN else "") if inner.flat() else inner
        self.value(key, env)
        if inner.items and isinstance(key, ast.Constant):
            item = inner.items.get(str(key.value))
            if item is not None:
                return item
            return Value(inner.labels)
        if isinstance(key, ast.Constant) and key.value == "dag_run":
            return Value(inner.flat(), type="airflow.DagRun()")
        if isinstance(key, ast.Constant) and key.value == "params" and "airflow" in self.module.roots:
            return self.source_at(
                "message", "parameters that a run of the DAG was started with", node.lineno, node.col_offset
            )
        return Value(inner.flat(), handles=inner.handles) if inner.labels or inner.items or inner.handles else NOTHING

    def _boolean(self, node: ast.BoolOp, env: Env) -> Value:
        result: Value | None = None
        inner = env
        for each in node.values:
            value = self.value(each, inner)
            result = value if result is None else join(result, value)
            learned = self.guards.learn(each, inner)
            inner = self.after(learned.true if isinstance(node.op, ast.And) else learned.false, inner)
        return result or NOTHING

    def after(self, learned: dict[str, tuple[ast.expr, int]], env: Env) -> Env:
        """The environment once a test has told something."""
        if not learned:
            return env
        env = dict(env)
        for name, (node, mask) in learned.items():
            env[name] = cleaned(self.value(node, env), mask)
        return env

    def _either(self, node: ast.IfExp, env: Env) -> Value:
        self.value(node.test, env)
        learned = self.guards.learn(node.test, env)
        if learned.always is not None:
            return self.value(node.body if learned.always else node.orelse, env)
        return join(
            self.value(node.body, self.after(learned.true, env)),
            self.value(node.orelse, self.after(learned.false, env)),
        )

    def _sequence(self, elements: list[ast.expr], env: Env) -> Value:
        items: dict[str, Value] = {}
        rest: list[Value] = []
        for number, element in enumerate(elements):
            value = self.value(element, env)
            if isinstance(element, ast.Starred) or rest or number >= MAX_ITEMS:
                rest.append(value)
            else:
                items[str(number)] = value
        return Value(union(rest), items or None)

    def _dict(self, node: ast.Dict, env: Env) -> Value:
        items: dict[str, Value] = {}
        rest: list[Value] = []
        for key, element in zip(node.keys, node.values, strict=True):
            value = self.value(element, env)
            if isinstance(key, ast.Constant) and len(items) < MAX_ITEMS:
                items[str(key.value)] = value
            else:
                if key is not None:
                    self.value(key, env)
                elif value.items:
                    items |= value.items
                rest.append(value)
        return Value(union(rest), items or None)

    def _comprehension(self, generators: list[ast.comprehension], env: Env) -> Env:
        env = dict(env)
        for each in generators:
            self.bind(each.target, self.element(self.value(each.iter, env)), env)
            for test in each.ifs:
                self.value(test, env)
                env = dict(self.after(self.guards.learn(test, env).true, env))
        return env

    def element(self, value: Value) -> Value:
        """What a loop over a value gives."""
        if value.items:
            merged = NOTHING
            for item in value.items.values():
                merged = join(merged, item)
            kinds = {item.type for item in value.items.values()}
            kind = merged.type if len(kinds) == 1 else ""
            return Value(
                union([Value(value.labels), Value(merged.labels)]), merged.items, kind, merged.text, merged.calls
            )
        return Value(value.labels, handles=value.handles) if value.labels or value.handles else NOTHING


def is_code(path: Value) -> bool:
    """Whether a path, by the end of its name, is that of statements, templates or settings: part of the code."""
    return path.text is not None and path.text.endswith(_CODE)


def _constant(node: ast.Constant) -> Value:
    if isinstance(node.value, str):
        return Value(text=node.value)
    return Value(text=str(node.value)) if isinstance(node.value, bool) else NOTHING


def _is_property(function: Function) -> bool:
    decorators = getattr(function.node, "decorator_list", ())
    return any(isinstance(each, ast.Name) and each.id in ("property", "cached_property") for each in decorators)
