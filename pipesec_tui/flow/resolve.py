"""Follows a project's Python without running it: which function calls which, with what, and what that reads and writes.

An abstract interpretation, forward and once: a value is what is known of an expression (``values.py``), branches are
joined, loops are taken once, calls into the project are followed to a bounded depth with the arguments that they are
given. What a library's function does is in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as ReadMapping
from collections.abc import Sequence as ReadSequence
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard

from pipesec_tui.flow.catalogue import Catalogue
from pipesec_tui.flow.effects import Effect, Effects
from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.python import syntax
from pipesec_tui.flow.python.modules import Finder
from pipesec_tui.flow.python.syntax import Expr, Function, ModuleSummary, Statement
from pipesec_tui.flow.resolve_call import Calls
from pipesec_tui.flow.resolve_fold import (
    binary,
    elements,
    file_of,
    item,
    sliced,
    text_attribute,
)
from pipesec_tui.flow.resolve_settings import Reader, Settings, argument
from pipesec_tui.flow.values import (
    BOUND,
    FOLDED,
    NONE,
    ClassValue,
    Closure,
    External,
    Handle,
    Instance,
    Items,
    Mapping,
    ModuleValue,
    Options,
    Plain,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    join,
    spelled,
    texts,
    weakened,
)
from pipesec_tui.model.lineage import EdgeKind

MAX_CALLS = 6
"""Calls inside of each other that are followed: a function that reads, three callers, `main` and the module."""
MAX_ACTIVATIONS = 16
"""Times that one function is followed with different arguments."""
MAX_STEPS = 3_000_000
"""Statements of all activations together, in one project: what lies behind that is told as not followed."""


class SqlSeen(Protocol):
    """A table, or a path, that SQL reads or writes."""

    @property
    def dataset(self) -> DatasetId: ...
    @property
    def kind(self) -> EdgeKind: ...


_FIELDS = ("Parameter", "field", "Field", "Column")
"""Last words of what declares a field in a class's body."""

SqlReader = Callable[[str, str | None], Iterable[SqlSeen]]
"""What a SQL text reads and writes; the second argument is its dialect."""


@dataclass(slots=True, eq=False)
class Module:
    """A module of the project as it is followed."""

    path: str
    summary: ModuleSummary
    functions: dict[str, Function]
    classes: dict[str, syntax.Class]
    names: dict[str, Value] = field(default_factory=dict)
    effects: Effects = field(default_factory=Effects)
    began: bool = False


@dataclass(slots=True, eq=False)
class Frame:
    """A function (or a module's body) being followed."""

    module: Module
    names: dict[str, Value]
    effects: Effects
    function: Function
    outer: dict[str, Value] | None = None
    owner: Value | None = None
    branches: dict[str, int] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    entered: list[Value] = field(default_factory=list)


class Follower:
    """Follows modules and functions. Everything that it finds is in the ``Effects`` that it is given or returns."""

    def __init__(
        self, summaries: Iterable[ModuleSummary], catalogue: Catalogue, read: Reader,
        environment: ReadMapping[str, str], sql: SqlReader | None,
    ) -> None:  # fmt: skip
        self.modules = {
            summary.path: Module(
                summary.path, summary,
                {each.qualname: each for each in summary.functions}, {each.qualname: each for each in summary.classes},
            )
            for summary in summaries
        }  # fmt: skip
        self.catalogue = catalogue
        self.settings = Settings(read, environment)
        self.finder = Finder(self.modules)
        self.followed: set[int] = set()
        self.cut = 0
        self.pipelines: list[str] = []
        """The pipelines inside of whose declarations code is, the innermost last."""
        self._known: dict[tuple[object, ...], tuple[Value, Effects]] = {}
        self._activations: dict[int, int] = {}
        self._active: list[int] = []
        self._steps = 0
        self._run = 0
        self._calls = Calls(self, sql)

    # running

    def body(self, module: Module) -> Effects:
        """What a module's own code does, its ``main`` included."""
        if not module.began:
            module.began = True
            frame = Frame(module, module.names, module.effects, module.summary.body)
            module.names["__file__"] = file_of(module.path)
            module.names["__name__"] = Unknown("expr", "__name__")
            self._follow(frame, module.summary.body.body)
        return module.effects

    def run(self, module: Module, argv: dict[str, str]) -> Effects:
        """What a module does as a script with these arguments."""
        before = module.names, module.effects, self.settings.argv, self._activations
        self._run += 1
        module.names, module.effects, module.began = {}, Effects(), False
        self.settings.argv, self._activations = argv, {}
        try:
            return self.body(module)
        finally:
            module.names, module.effects, self.settings.argv, self._activations = before
            module.began = True
            self._run += 1

    def call(
        self, closure: Closure, args: ReadSequence[Value], named: ReadMapping[str, Value], effects: Effects
    ) -> Value:
        """The value of a call of a project's function. What it does goes to ``effects``."""
        function = closure.function
        identity = id(function)
        if identity in self._active or len(self._active) >= MAX_CALLS:
            self.cut += len(self._active) >= MAX_CALLS
            return Unknown("call", function.name)
        names = self._bind(closure, args, named)
        key = (identity, self._run, id(closure.outer), *(_key(value) for value in names.values()))
        known = self._known.get(key)
        if known is None:
            count = self._activations.get(identity, 0)
            if count >= MAX_ACTIVATIONS or self._steps > MAX_STEPS:
                self.cut += 1
                return Unknown("call", function.name)
            self._activations[identity] = count + 1
            self.followed.add(identity)
            self.body(closure.module)
            frame = Frame(closure.module, names, Effects(), function, closure.outer, closure.owner)
            self._active.append(identity)
            try:
                self._follow(frame, function.body)
            finally:
                self._active.pop()
            value = weakened(either(frame.returned), FOLDED) if frame.returned else NONE
            known = self._known[key] = (value, frame.effects)
        effects.extend(known[1])
        return known[0]

    def _bind(self, closure: Closure, args: ReadSequence[Value], named: ReadMapping[str, Value]) -> dict[str, Value]:
        given = list(args)
        parameters = closure.function.parameters
        names: dict[str, Value] = {}
        if closure.owner is not None and parameters and not self._is_static(closure.function):
            given.insert(0, closure.owner)
        rest = dict(named)
        for parameter in parameters:
            if parameter.star == "*":
                names[parameter.name] = Items(tuple(given))
                given = []
            elif parameter.star == "**":
                names[parameter.name] = Mapping(dict(rest), "arguments")
                rest = {}
            elif parameter.name in rest:
                names[parameter.name] = weakened(rest.pop(parameter.name), BOUND)
            elif given and not parameter.keyword:
                names[parameter.name] = weakened(given.pop(0), BOUND)
            else:
                names[parameter.name] = self._missing(closure, parameter)
        return names

    def _missing(self, closure: Closure, parameter: syntax.Parameter) -> Value:
        given = self._calls.option_of(closure, parameter.name)
        if given is not None:
            return given
        if parameter.default is None:
            return Unknown("param", parameter.name)
        frame = Frame(closure.module, closure.module.names, Effects(), closure.function, closure.outer)
        value = weakened(self.value(parameter.default, frame), BOUND)
        return Unknown("param", parameter.name) if value == NONE else value

    def _is_static(self, function: Function) -> bool:
        return any(isinstance(each, syntax.Name) and each.id == "staticmethod" for each in function.decorators)

    def _follow(self, frame: Frame, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self._steps += 1
            if self._steps > MAX_STEPS:
                return
            self._statement(statement, frame)

    def _statement(self, statement: Statement, frame: Frame) -> None:
        kind = type(statement)
        if kind is syntax.Assign:
            self._assign(statement, frame)  # type: ignore[arg-type]
        elif kind is syntax.Do:
            self.value(statement.value, frame)  # type: ignore[union-attr]
        elif kind is syntax.Return:
            frame.returned.append(self.value(statement.value, frame))  # type: ignore[union-attr]
        elif isinstance(statement, syntax.Import):
            self._import(statement, frame)
        elif isinstance(statement, syntax.Define):
            self._define(statement, frame)
        elif isinstance(statement, syntax.Enter):
            value = self.value(statement.value, frame)
            frame.entered.append(value)
            if _is_pipeline(value):
                self.pipelines.append(spelled(next(texts(value.bound["pipeline"])).text))
            if statement.target is not None:
                frame.names[statement.target] = value
        elif isinstance(statement, syntax.Leave) and frame.entered:
            value = frame.entered.pop()
            if _is_pipeline(value) and self.pipelines:
                self.pipelines.pop()

    def _assign(self, statement: syntax.Assign, frame: Frame) -> None:
        value = self.value(statement.value, frame)
        target, names = statement.target, frame.names
        owner, dot, attribute = target.partition(".")
        if dot:
            holder = self.name(owner, frame)
            if not isinstance(holder, Instance):
                return
            names, target = holder.attributes, attribute
        elif "[" in target:
            owner, _, key = target.partition("[")
            holder = self.name(owner, frame)
            if isinstance(holder, Mapping):
                holder.entries[key] = value
            return
        before = names.get(target)
        # What is bound in a conditional block is one possibility beside what was there before it.
        if before is not None and statement.branch and frame.branches.get(target, 0) != statement.branch:
            value = either((before, value))
        frame.branches[target] = statement.branch
        names[target] = value

    def _import(self, statement: syntax.Import, frame: Frame) -> None:
        module = self.finder.find(frame.module.path, statement.module, statement.level)
        if statement.name is None:
            frame.names[statement.alias] = ModuleValue(module) if module else External(statement.module)
        elif statement.name == "*":
            if module is not None:
                self.body(module)
                frame.names.update({name: value for name, value in module.names.items() if not name.startswith("_")})
        else:
            frame.names[statement.alias] = self._imported(statement, module, frame)

    def _imported(self, statement: syntax.Import, module: Module | None, frame: Frame) -> Value:
        name = statement.name or ""
        inside = f"{statement.module}.{name}" if statement.module else name
        below = self.finder.find(frame.module.path, inside, statement.level)
        if module is not None:
            self.body(module)
            if name in module.names:
                return module.names[name]
        if below is not None:
            return ModuleValue(below)
        return Unknown("expr", name) if module is not None or statement.level else External(inside)

    def _define(self, statement: syntax.Define, frame: Frame) -> None:
        module = frame.module
        if statement.is_class:
            definition = module.classes.get(statement.qualname)
            if definition is not None:
                frame.names[statement.name] = ClassValue(module, definition)
            return
        function = module.functions.get(statement.qualname)
        if function is not None:
            outer = frame.names if frame.names is not module.names else None
            frame.names[statement.name] = Closure(module, function, None, outer)

    # values

    def name(self, name: str, frame: Frame) -> Value:
        """What a name stands for in a frame."""
        found = frame.names.get(name)
        if found is None and frame.outer is not None:
            found = frame.outer.get(name)
        if found is None:
            found = frame.module.names.get(name)
        return found if found is not None else External(f"builtins.{name}")

    def value(self, expr: Expr, frame: Frame) -> Value:
        """What an expression is known to be. Calls in it are followed."""
        evaluate = _EVALUATE[type(expr)]
        return evaluate(self, expr, frame)

    def _const(self, expr: syntax.Const, frame: Frame) -> Value:
        return Text(expr.value) if isinstance(expr.value, str) else Plain(expr.value)

    def _name(self, expr: syntax.Name, frame: Frame) -> Value:
        value = self.name(expr.id, frame)
        return weakened(value, FOLDED) if isinstance(value, Text | Options) else value

    def _attr(self, expr: syntax.Attr, frame: Frame) -> Value:
        found = self.member(self.value(expr.value, frame), expr.attr)
        if isinstance(found, External):
            return self._calls.attribute(found)
        return found

    def _call(self, expr: syntax.Call, frame: Frame) -> Value:
        return self._calls.call(expr, frame)

    def _concat(self, expr: syntax.Concat, frame: Frame) -> Value:
        return join([self.value(part, frame) for part in expr.parts])

    def _binary(self, expr: syntax.Binary, frame: Frame) -> Value:
        return binary(expr.op, self.value(expr.left, frame), self.value(expr.right, frame))

    def _sequence(self, expr: syntax.Sequence, frame: Frame) -> Value:
        options: list[tuple[Value, ...]] = [()]
        for each in expr.items:
            if isinstance(each, syntax.Spread):
                rows = [one.items for one in each_of(self.value(each.value, frame)) if isinstance(one, Items)]
                if rows:
                    options = [before + row for before in options for row in rows][:24]
            else:
                value = self.value(each, frame)
                options = [(*before, value) for before in options]
        return either(Items(row) for row in options)

    def _table(self, expr: syntax.Table, frame: Frame) -> Value:
        entries: dict[str, Value] = {}
        for key, each in zip(expr.keys, expr.values, strict=True):
            value = self.value(each, frame)
            if key is None:
                if isinstance(value, Mapping):
                    entries.update(value.entries)
                continue
            for text in texts(self.value(key, frame)):
                entries[text.text] = value
                break
        return Mapping(entries)

    def _item(self, expr: syntax.Item, frame: Frame) -> Value:
        value = self.value(expr.value, frame)
        if isinstance(expr.key, syntax.Slice):
            lower = self.value(expr.key.lower, frame) if expr.key.lower is not None else None
            return sliced(value, lower, self.value(expr.key.upper, frame) if expr.key.upper is not None else None)
        key = self.value(expr.key, frame)
        return self._calls.subscript(value, key) or item(value, key)

    def _slice(self, expr: syntax.Slice, frame: Frame) -> Value:
        return Unknown("expr", "slice")

    def _either(self, expr: syntax.Either, frame: Frame) -> Value:
        if expr.tested is not None:
            self.value(expr.tested, frame)
            return either([self.value(option, frame) for option in expr.options])
        found: list[Value] = []
        for option in expr.options:
            value = self.value(option, frame)
            found.append(value)
            if isinstance(value, Text) and value.text:
                break  # `a or b` is a where a is a text that isn't empty
        return either(found)

    def _each(self, expr: syntax.Each, frame: Frame) -> Value:
        return elements(self.value(expr.value, frame))

    def _spread(self, expr: syntax.Spread, frame: Frame) -> Value:
        return self.value(expr.value, frame)

    def _comprehension(self, expr: syntax.Comprehension, frame: Frame) -> Value:
        iterable = self.value(expr.iterable, frame)
        shadowed = frame.names.get(expr.target)
        if isinstance(iterable, Items) and len(iterable.items) <= 24:
            rows: list[Value] = []
            for each in iterable.items:
                frame.names[expr.target] = each
                rows.append(self.value(expr.element, frame))
            result: Value = Items(tuple(rows))
        else:
            frame.names[expr.target] = elements(iterable)
            result = Items((self.value(expr.element, frame),))
        if shadowed is None:
            frame.names.pop(expr.target, None)
        else:
            frame.names[expr.target] = shadowed
        return result

    def _opaque(self, expr: syntax.Opaque, frame: Frame) -> Value:
        for part in expr.parts:
            self.value(part, frame)
        return Unknown("expr", expr.what)

    # members

    def member(self, owner: Value, name: str) -> Value:
        """``owner.name``: a library's member is an ``External``, which the catalogue may know."""
        match owner:
            case External():
                return External(f"{owner.symbol}.{name}", owner.owner)
            case Typed(type="Arguments"):
                return argument(self.settings, owner, name)
            case Typed():
                return External(f"{owner.type}.{name}", owner)
            case ModuleValue():
                self.body(owner.module)
                found = owner.module.names.get(name)
                if found is None:
                    below = self.finder.find(owner.module.path, name, 1)
                    return ModuleValue(below) if below else Unknown("expr", name)
                return found
            case Instance():
                return self._instance_member(owner, name)
            case ClassValue():
                return self.class_member(owner, name, owner) or External(f"*.{name}", owner)
            case Text():
                return text_attribute(name, owner) or External(f"Path.{name}", owner)
            case Options():
                known = [each for each in owner.options if not isinstance(each, Unknown)]
                return either(self.member(each, name) for each in known or owner.options)
            case Handle() if name == "name" and owner.path is not None:
                return owner.path
            case Mapping() | Items() | Handle() | Closure() | Plain():
                return External(f"{type(owner).__name__}.{name}", owner)
            case _:
                return External(f"*.{name}", owner)

    def _instance_member(self, owner: Instance, name: str) -> Value:
        found = owner.attributes.get(name)
        if found is None:
            found = self.class_member(owner.of, name, owner)
        if isinstance(found, Closure) and self._is_property(found.function):
            return self.call(found, (), {}, Effects())
        if found is not None:
            return found
        base = self._calls.external_base(owner.of)
        return External(f"*.{name}" if base is None else f"{base}.{name}", owner)

    def _is_property(self, function: Function) -> bool:
        return any(
            (isinstance(each, syntax.Name) and each.id in ("property", "cached_property"))
            or (isinstance(each, syntax.Attr) and each.attr == "cached_property")
            for each in function.decorators
        )  # fmt: skip

    def class_member(self, of: ClassValue, name: str, owner: Value, depth: int = 0) -> Value | None:
        """A method or attribute of a class of the project, its bases in the project included."""
        module, definition = of.module, of.definition
        if name in definition.methods:
            function = module.functions.get(f"{definition.qualname}.{name}")
            return Closure(module, function, owner) if function is not None else None
        for statement in definition.body:
            if isinstance(statement, syntax.Assign) and statement.target == name:
                value = self.value(statement.value, self.class_frame(of))
                if isinstance(value, Unknown) and value.what.endswith(_FIELDS):
                    return Unknown("param", name)
                return weakened(value, FOLDED)
        if depth < 5:
            for base in self.bases(of):
                if isinstance(base, ClassValue):
                    found = self.class_member(base, name, owner, depth + 1)
                    if found is not None:
                        return found
        return None

    def class_frame(self, of: ClassValue) -> Frame:
        """Where a class's body is evaluated; what it does counts when the class is defined, not here."""
        self.body(of.module)
        return Frame(of.module, {}, Effects(), of.module.summary.body, of.module.names)

    def bases(self, of: ClassValue) -> list[Value]:
        frame = self.class_frame(of)
        return [self.value(base, frame) for base in of.definition.bases]


def _is_pipeline(value: Value) -> TypeGuard[Typed]:
    return isinstance(value, Typed) and value.type == "Dag" and "pipeline" in value.bound


def _key(value: Value) -> object:
    """What tells values apart for remembering a call. Those that may grow are known by themselves."""
    match value:
        case Text() | Plain() | Unknown() | External():
            return value if not isinstance(value, External) else value.symbol
        case Items() if len(value.items) <= 24:
            return ("items", *(_key(each) for each in value.items))
        case Options():
            return ("options", *(_key(each) for each in value.options))
        case Handle():
            return value.datasets
        case _:
            return id(value)


_EVALUATE: dict[type, Callable[[Follower, Expr, Frame], Value]] = {
    syntax.Const: Follower._const,  # type: ignore[dict-item]
    syntax.Name: Follower._name,  # type: ignore[dict-item]
    syntax.Attr: Follower._attr,  # type: ignore[dict-item]
    syntax.Call: Follower._call,  # type: ignore[dict-item]
    syntax.Concat: Follower._concat,  # type: ignore[dict-item]
    syntax.Binary: Follower._binary,  # type: ignore[dict-item]
    syntax.Sequence: Follower._sequence,  # type: ignore[dict-item]
    syntax.Table: Follower._table,  # type: ignore[dict-item]
    syntax.Item: Follower._item,  # type: ignore[dict-item]
    syntax.Slice: Follower._slice,  # type: ignore[dict-item]
    syntax.Either: Follower._either,  # type: ignore[dict-item]
    syntax.Each: Follower._each,  # type: ignore[dict-item]
    syntax.Spread: Follower._spread,  # type: ignore[dict-item]
    syntax.Comprehension: Follower._comprehension,  # type: ignore[dict-item]
    syntax.Opaque: Follower._opaque,  # type: ignore[dict-item]
}

__all__ = ["Effect", "Follower", "Frame", "Module", "SqlReader"]
