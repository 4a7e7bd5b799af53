"""Values of calls: sources, sinks, what makes harmless, and functions of the project that are entered."""

from __future__ import annotations

import ast

from pipesec_tui.flow.taint.expressions import OWN, PATH, Expressions, is_code
from pipesec_tui.flow.taint.facts import Sink, Site
from pipesec_tui.flow.taint.guards import place
from pipesec_tui.flow.taint.index import Class, Function
from pipesec_tui.flow.taint.rows import RESOLVED, CallbackRow, SinkRow
from pipesec_tui.flow.taint.values import NOTHING, Env, Labels, Node, Value, cleaned, join, union

_MUTATORS = {"append", "extend", "add", "update", "insert", "appendleft", "push", "put", "setdefault", "put_nowait"}
_WITH_ARGS = {
    "join", "format", "replace", "joinpath", "format_map", "loads", "parse", "fromstring", "sub", "with_name",
    "findall", "search", "match", "fullmatch", "finditer", "split", "load",
}  # fmt: skip
"""Methods whose result holds what they are given."""
_WITH_REST = {"get", "pop", "setdefault"}
_SAME_PATH = {"resolve", "absolute", "joinpath", "expanduser", "with_suffix", "with_name"}
_SHELLS = {"sh", "bash", "/bin/sh", "/bin/bash", "zsh", "dash", "cmd", "cmd.exe", "powershell"}
_COMMON = {
    "get", "read", "write", "close", "open", "run", "items", "keys", "values", "update", "append", "pop", "add", "join",
    "format", "split", "strip", "load", "loads", "save", "execute", "send", "start", "stop", "copy", "index", "count",
    "apply", "filter", "map", "exists", "process", "main", "encode", "decode", "replace", "sort", "group", "name",
}  # fmt: skip
"""Names of methods that say nothing of the class."""


class Given:
    """The arguments of a call. ``spread``: what ``*`` and ``**`` bring."""

    def __init__(self, positional: list[Value], named: dict[str, Value], spread: Value | None) -> None:
        self.positional, self.named, self.spread = positional, named, spread

    def at(self, *selectors: str | int) -> Value | None:
        for selector in selectors:
            if isinstance(selector, int):
                if selector < len(self.positional):
                    return self.positional[selector]
            elif selector in self.named:
                return self.named[selector]
        return None

    def all(self) -> list[Value]:
        return [*self.positional, *self.named.values(), *([self.spread] if self.spread else [])]


class Calls(Expressions):
    """Adds calls."""

    def call(self, node: ast.Call, env: Env) -> Value:
        func = node.func
        receiver = NOTHING
        meaning, called = self.look(func, env, called=True)
        if isinstance(func, ast.Attribute):
            # Receivers that are calls themselves are evaluated once, by look.
            receiver = called if isinstance(func.value, ast.Call) else self.value(func.value, env)
        given = self._arguments(node, env)
        method = func.attr if isinstance(func, ast.Attribute) else ""
        if meaning is None and method and not receiver.type:
            meaning = self._only_method(method, given)
        if isinstance(meaning, Function):
            bound = (
                isinstance(func, ast.Attribute) and meaning.owner is not None and not self._is_class(func.value, env)
            )
            return self._project(meaning, given, node, bound, called)
        if isinstance(meaning, Class):
            return self._construct(meaning, given, node)
        symbol = meaning if isinstance(meaning, str) and meaning not in self.index.classes else ""
        return self._external(symbol, method, node, receiver, called, given, env)

    def _is_class(self, node: ast.expr, env: Env) -> bool:
        meaning = self.look(node, env, called=True)[0] if isinstance(node, ast.Name | ast.Attribute) else None
        return isinstance(meaning, Class)

    def _arguments(self, node: ast.Call, env: Env) -> Given:
        positional: list[Value] = []
        spread: list[Value] = []
        for argument in node.args:
            value = self.value(argument, env)
            if isinstance(argument, ast.Starred) or spread:
                spread.append(value)
            else:
                positional.append(value)
        named: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, env)
            if keyword.arg is None:
                named.update(value.items or {})
                spread.append(Value(value.labels))
            else:
                named[keyword.arg] = value
        return Given(positional, named, Value(union(spread)) if spread else None)

    def _only_method(self, name: str, given: Given) -> Function | None:
        """The one method of this name in the project, where the receiver's class isn't known."""
        found = self.index.methods.get(name, ())
        if len(found) != 1 or name in _COMMON or name.startswith("__"):
            return None
        return found[0] if len(given.positional) < len(found[0].parameters) + bool(found[0].node.args.vararg) else None

    def _project(self, callee: Function, given: Given, node: ast.Call, bound: bool, value: Value) -> Value:
        passed = self._match(callee, given, 1 if bound and not callee.static and callee.parameters else 0)
        result = self.enter(callee, node.lineno, node.col_offset, passed)
        for other in value.calls[1:]:
            result = join(result, self.enter(self.index.functions[other], node.lineno, node.col_offset, passed))
        return result

    def _match(self, callee: Function, given: Given, offset: int) -> dict[str, Value]:
        names = callee.parameters[offset:]
        arguments = callee.node.args
        passed: dict[str, Value] = {}
        for number, value in enumerate(given.positional):
            if number < len(names):
                passed[names[number]] = value
            elif arguments.vararg is not None:
                passed[arguments.vararg.arg] = join(passed.get(arguments.vararg.arg, NOTHING), Value(value.flat()))
        keyword_only = {each.arg for each in arguments.kwonlyargs}
        for name, value in given.named.items():
            if name in names or name in keyword_only:
                passed[name] = value
            elif arguments.kwarg is not None:
                passed[arguments.kwarg.arg] = join(passed.get(arguments.kwarg.arg, NOTHING), Value(value.flat()))
        if given.spread is not None and given.spread.labels:
            for name in (*names, *keyword_only):
                passed.setdefault(name, given.spread)
            for star in (arguments.vararg, arguments.kwarg):
                if star is not None:
                    passed.setdefault(star.arg, given.spread)
        return passed

    def enter(self, callee: Function, line: int, column: int, given: dict[str, Value]) -> Value:
        """A function of the project is called. What it gives is known once all is read."""
        site = f"{self.path}:{line}:{column}:{callee.key}"
        self.facts.sites[site] = Site(self.path, line, self.key, callee.key)
        for name, value in given.items():
            labels = value.flat()
            if labels:
                what = f"passed to {callee.name}() as {name}"
                self.facts.emit(labels, Node("param", callee.key, name), self.path, line, what, site)
        kind = ""
        returns = getattr(callee.node, "returns", None)
        if returns is not None:
            meaning = self.index.dotted(callee.path, returns)
            kind = meaning.key if isinstance(meaning, Class) else f"{meaning}()" if isinstance(meaning, str) else ""
        if not callee.gives:
            return Value(type=kind) if kind else NOTHING
        return Value({(Node("result", site), 0): None}, type=kind)

    def _construct(self, owner: Class, given: Given, node: ast.Call) -> Value:
        start = self.index.method(owner, "__init__")
        if start is not None:
            self.enter(start, node.lineno, node.col_offset, self._match(start, given, 1))
            return Value(type=owner.key)
        fields = [
            each.target.id for each in owner.node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]  # fmt: skip
        if fields:
            for name, value in [*zip(fields, given.positional, strict=False), *given.named.items()]:
                labels = value.flat()
                if labels and name in fields:
                    what = f"set as {owner.name}.{name}"
                    self.facts.emit(labels, Node("field", owner.key, name), self.path, node.lineno, what)
            return Value(type=owner.key)
        if any(base.rpartition(".")[2] in ("Enum", "IntEnum", "StrEnum") for base in self.index.external_bases(owner)):
            return Value(type=owner.key)
        return Value(union(given.all()), type=owner.key)

    def _external(
        self, symbol: str, method: str, node: ast.Call, receiver: Value, called: Value, given: Given, env: Env
    ) -> Value:
        models = self.models
        for sink in models.sinks.find(symbol, method):
            self._sink(sink, symbol or method, node, receiver, given)
        for callback in models.callbacks.find(symbol, method):
            result = self._callback(callback, node, receiver, given)
            if result is not None:
                return result
        opens = any(row.reads for row in models.sources.find(symbol, method))
        if not opens:
            self._written(node, receiver, given)
        if symbol == "argparse.ArgumentParser().add_argument" or (method == "add_argument" and not symbol):
            self._declare_argument(node, given, env)
            return NOTHING
        kind = self._type(symbol, method, receiver)
        cleaners = models.cleaners.find(symbol, method)
        if cleaners and not all(row.families for row in cleaners):
            return NOTHING
        for source in models.sources.find(symbol, method):
            if source.reads and not self._reads(node, receiver, given):
                opened = Value(type=kind, handles=self._handles(node, given))
                return opened if _to_write(given) else self._with_read(opened, node)
            value = self.source(source, node)
            value.type, value.handles = kind, self._handles(node, given)
            if source.kind == "config":
                # Settings are the project's own, though they are read from a file; what came from elsewhere stays that.
                for label, trace in union(given.all()).items():
                    if not label[0].name.endswith(":file"):
                        value.labels[label] = trace
            if source.kind == "cli" and receiver.items:
                value.items = dict(receiver.items)
            return self._with_read(value, node)
        mask = sum(models.mask(row.families) for row in cleaners[:1])
        if models.bits and (symbol in models.resolvers or (method and f"*.{method}" in models.resolvers)):
            mask |= RESOLVED
        value = self._propagated(symbol, method, node, receiver, called, given, env)
        if mask:
            value = cleaned(value, mask)
        if symbol in ("urllib.parse.urlparse", "urllib.parse.urlsplit") and node.args and place(node.args[0]):
            value = Value(value.labels, url_of=place(node.args[0]))
        handles = self._handles(node, given) | (receiver.handles if not method else frozenset())
        if kind or handles or value.type:
            value = Value(value.labels, value.items, kind or value.type, value.text, value.calls, handles, value.url_of)
        return self._with_read(value, node)

    def _type(self, symbol: str, method: str, receiver: Value) -> str:
        if receiver.type == PATH and method in _SAME_PATH:
            return PATH
        if symbol in ("pathlib.PurePath", "pathlib.PosixPath"):
            return PATH
        return f"{symbol}()" if symbol and symbol.count("(") < 4 else ""

    def _propagated(
        self, symbol: str, method: str, node: ast.Call, receiver: Value, called: Value, given: Given, env: Env
    ) -> Value:
        if method and (method in _MUTATORS):
            self._mutate(node, method, given, env)
            if method != "setdefault":
                return NOTHING
        own = OWN if any(value.type == OWN or is_code(value) for value in [receiver, *given.all()]) else ""
        if method in ("format", "join") and receiver.text is not None:
            if method == "format" and not receiver.text.startswith("{"):
                return self.joined([Value(text=receiver.text.partition("{")[0]), *given.all()])
            return Value(union(given.all()))
        if not method or (symbol and not receiver.type and "()" not in symbol):
            if symbol == "re.compile" and given.positional:
                return Value(given.positional[0].flat(), text=given.positional[0].text)
            if symbol in ("dict", "list", "tuple", "sorted", "copy.copy", "copy.deepcopy") and len(given.all()) == 1:
                return given.all()[0]
            if symbol == "enumerate" and given.positional:
                return Value(items={"each": Value(items={"0": NOTHING, "1": self.element(given.positional[0])})})
            if symbol == "zip" and given.positional and given.spread is None:
                each = {str(number): self.element(value) for number, value in enumerate(given.positional)}
                return Value(items={"each": Value(items=each)})
            if symbol == "dict" and not given.positional:
                return Value(given.spread.labels if given.spread else {}, dict(given.named) or None)
            if symbol == "re.sub" and len(given.positional) >= 3:
                return Value(union(given.positional[1:3]))
            labels = union([called, *given.all()])
            return Value(labels, type=own) if labels or own else NOTHING
        values = [receiver, Value(called.labels)]
        if method in ("get", "pop") and receiver.items and node.args and isinstance(node.args[0], ast.Constant):
            item = receiver.items.get(str(node.args[0].value))
            rest = given.positional[1:]
            return Value(union([item or Value(receiver.labels), *rest]), item.items if item and not rest else None)
        if method in _WITH_ARGS:
            values += given.all()
        elif method in _WITH_REST:
            values += [*given.positional[1:], *given.named.values()]
        elif method in ("copy", "items") and receiver.items:
            return receiver if method == "copy" else Value(receiver.flat())
        labels = union(values)
        return Value(labels, type=own) if labels or own else NOTHING

    def _mutate(self, node: ast.Call, method: str, given: Given, env: Env) -> None:
        """A container takes something in."""
        assert isinstance(node.func, ast.Attribute)
        name = place(node.func.value)
        if not name:
            return
        added = union(given.positional[1:] if method in ("insert", "setdefault") else given.all())
        old = self.value(node.func.value, env)
        if method == "update" and len(given.positional) == 1 and not given.named and given.positional[0].items:
            items = (old.items or {}) | given.positional[0].items
            env[name] = Value(union([Value(old.labels), Value(given.positional[0].labels)]), items, old.type)
        elif added:
            env[name] = Value(union([Value(old.labels), Value(added)]), old.items, old.type, handles=old.handles)
        else:
            return
        self.stored(node.func.value, env[name], node.lineno)

    def stored(self, target: ast.expr, value: Value, line: int) -> None:
        """Something may be seen by other functions: an attribute, or a variable of theirs."""
        raise NotImplementedError

    def _sink(self, row: SinkRow, symbol: str, node: ast.Call, receiver: Value, given: Given) -> None:
        for name, texts in row.unless.items():
            argument = self._source_text(node, name)
            if argument in texts:
                return
        bit = self.models.bits[row.family]
        labels: Labels = {}
        for selector in row.args:
            value = receiver if selector == "self" else given.at(selector)
            if value is None and isinstance(selector, int):
                value = given.spread
            if value is None:
                continue
            if row.command and self._source_text(node, "shell") != "True":
                value = self._program(value)
            labels |= value.flat()
        if not labels:
            return
        here = Node("sink", self.key, f"{row.family}:{node.lineno}:{node.col_offset}")
        end = node.end_lineno or node.lineno
        sink = Sink(self.path, node.lineno, end, row.family, row.what, symbol, self.key)
        self.facts.sinks.setdefault(here, sink)
        self.facts.emit(labels, here, self.path, node.lineno, row.what, bit=bit)

    def _program(self, command: Value) -> Value:
        """What of a command, run without a shell, says what is run."""
        items = command.items or {}
        first, second = items.get("0"), items.get("1")
        if first is None:
            return NOTHING
        if first.text in _SHELLS and second is not None and (second.text or "").startswith(("-", "/c")):
            return items.get("2", Value(command.labels))
        return first

    def _source_text(self, node: ast.Call, name: str) -> str:
        """The text of a keyword argument, or of a position; names by their last part."""
        found: ast.expr | None = next((each.value for each in node.keywords if each.arg == name), None)
        if found is None and name.isdigit() and int(name) < len(node.args):
            found = node.args[int(name)]
        if isinstance(found, ast.Constant):
            return str(found.value)
        return found.attr if isinstance(found, ast.Attribute) else found.id if isinstance(found, ast.Name) else ""

    def _callback(self, row: CallbackRow, node: ast.Call, receiver: Value, given: Given) -> Value | None:
        target = given.at(*row.function)
        if target is None or not target.calls:
            return None
        result = NOTHING
        for key in target.calls:
            callee = self.index.functions[key]
            arguments = given.at(*row.args)
            named = given.at(*row.named)
            passed = Given([], {}, None)
            if arguments is not None and arguments.items:
                passed.positional = list(arguments.items.values())
            if named is not None and named.items:
                passed.named = dict(named.items)
            if row.rest:
                passed = Given(given.positional[int(row.function[0]) + 1 :], dict(given.named), given.spread)
            if row.each:
                values = [receiver if selector == "self" else given.at(selector) for selector in row.each]
                passed.positional = [
                    self.element(value) if value is not receiver else Value(value.flat())
                    for value in values
                    if value is not None
                ]
            if row.kind:
                passed.spread = self.source_at(row.kind, row.what, node.lineno, node.col_offset)
            offset = (
                1
                if callee.owner is not None and not callee.static and callee.parameters[:1] in (("self",), ("cls",))
                else 0
            )
            result = join(result, self.enter(callee, node.lineno, node.col_offset, self._match(callee, passed, offset)))
        return Value(union([result]))

    def _reads(self, node: ast.Call, receiver: Value, given: Given) -> bool:
        """Whether a call that may read a file reads one from outside."""
        if _to_write(given):
            return False
        named = given.at(0, "file", "filepath_or_buffer", "path")
        if named is None:
            named = receiver
        if OWN in (named.type, receiver.type) or is_code(named):
            return False
        return named.text is None or named.text.removeprefix("./") not in self.facts.files

    def _handles(self, node: ast.Call, given: Given) -> frozenset[str]:
        found = frozenset[str]()
        for line in range(node.lineno, min(node.func.end_lineno or node.lineno, node.lineno + 20) + 1):
            found |= self.facts.writes.get((self.path, line), frozenset())
        if found and not (given.at("mode") or given.at(1)):
            found = frozenset()
        for value in given.all():
            found |= value.handles
        return found

    def _with_read(self, value: Value, node: ast.Call) -> Value:
        """What a call that reads a dataset gives besides: whatever was written to it."""
        datasets = self.facts.reads.get((self.path, node.lineno))
        if not datasets or (isinstance(node.func, ast.Name) and node.func.id in ("print", "len", "str")):
            return value
        labels = dict(value.labels)
        for dataset in sorted(datasets):
            labels[(Node("data", dataset), 0)] = None
        return Value(labels, value.items, value.type, value.text, value.calls, value.handles)

    def _written(self, node: ast.Call, receiver: Value, given: Given) -> None:
        """What a call puts into a dataset."""
        datasets = set(receiver.handles)
        direct: frozenset[str] = frozenset()
        for line in range(node.lineno, min(node.func.end_lineno or node.lineno, node.lineno + 20) + 1):
            direct |= self.facts.writes.get((self.path, line), frozenset())
        values = given.all()
        for value in values:
            datasets |= value.handles
        labels = union(values)
        if direct:
            datasets |= direct
            labels = union([receiver, *values])
        if not labels:
            return
        for dataset in sorted(datasets):
            name = dataset.partition(":")[2] or dataset
            self.facts.emit(labels, Node("data", dataset), self.path, node.lineno, f"written to {name}")

    def _declare_argument(self, node: ast.Call, given: Given, env: Env) -> None:
        """``add_argument("--n", type=int)``: that one is a number, or one of a choice."""
        harmless = self._source_text(node, "type") in ("int", "float", "bool", "UUID", "Decimal") or self._source_text(
            node, "action"
        ) in ("store_true", "store_false", "count", "version")
        harmless = harmless or any(each.arg == "choices" for each in node.keywords)
        assert isinstance(node.func, ast.Attribute)
        parser = place(node.func.value)
        if not harmless or parser not in env:
            return
        for name in given.positional:
            if name.text:
                old = env[parser]
                key = name.text.lstrip("-").replace("-", "_")
                env[parser] = Value(old.labels, (old.items or {}) | {key: NOTHING}, old.type)


def _to_write(given: Given) -> bool:
    """Whether a file is opened to be written."""
    mode = next((each.text for each in (given.at("mode"), given.at(1)) if each is not None), None)
    return bool(mode) and (mode or "")[:1] in ("w", "a", "x")
