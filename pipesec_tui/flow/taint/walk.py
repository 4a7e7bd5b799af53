"""Statements of one function, in order: what each variable may hold at each point, and what leaves the function."""

from __future__ import annotations

import ast

from pipesec_tui.flow.taint.calls import Calls
from pipesec_tui.flow.taint.guards import place
from pipesec_tui.flow.taint.index import Class, Function
from pipesec_tui.flow.taint.values import (
    MAX_ITEMS,
    NOTHING,
    Env,
    Labels,
    Node,
    Trace,
    Value,
    cleaned,
    join,
    join_envs,
    union,
)

_HARMLESS_TYPES = {"int", "float", "bool", "complex", "UUID", "date", "datetime", "Decimal", "time", "timedelta"}
MAX_ROUNDS = 4
"""Times that a loop's body is read, as long as that tells more."""
_HANDLERS = {"handler", "lambda_handler"}


class Walk(Calls):
    """Reads one function, or the body of a module."""

    def run(self) -> None:
        """All of it; what it tells goes to the facts."""
        self._leaving: list[list[Env]] = []
        self._shared = self.index.inner.get(self.key, set())
        self._globals: set[str] = set()
        node = self.function.node if self.function is not None else None
        env = self._parameters() if self.function is not None else {}
        if isinstance(node, ast.Lambda):
            self.give(self.value(node.body, env), node.lineno)
            return
        body = node.body if node is not None else self.module.tree.body
        end = self._block(body, env)
        if self.function is None:
            self.facts.module_envs[self.path] = end or {}
        elif self._shared:
            self.facts.module_envs[self.key] = {k: v for k, v in (end or {}).items() if k in self._shared}

    # -- What comes in

    def _parameters(self) -> Env:
        function = self.function
        assert function is not None
        arguments = function.node.args
        entry = self._entry(function)
        env: Env = {}
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        stars = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
        defaults = dict(
            zip(reversed([*arguments.posonlyargs, *arguments.args]), reversed(arguments.defaults), strict=False)
        )
        for number, parameter in enumerate([*every, *stars]):
            if number == 0 and function.owner is not None and not function.static and parameter.arg in ("self", "cls"):
                env[parameter.arg] = Value(type=function.owner.key)
                continue
            kind, harmless = self._annotated(parameter)
            value = NOTHING if harmless else Value({(Node("param", function.key, parameter.arg), 0): None}, type=kind)
            if entry is not None and not harmless:
                value = self._from_entry(entry, parameter, defaults.get(parameter), value)
            if not value.type and parameter.arg == "request":
                value.type = self._request()
            if not value.type and parameter.arg == "dag_run":
                value.type = "airflow.DagRun()"
            if number == 0 and parameter.arg == "event" and function.name in _HANDLERS and len(every) == 2:
                outside = self.source_at("message", "event that the function is called with", function.line, 0)
                value = Value(value.labels | outside.labels)
            env[parameter.arg] = value
        return env

    def _annotated(self, parameter: ast.arg) -> tuple[str, bool]:
        """The type that a parameter is declared with, and whether values of it are harmless."""
        note = parameter.annotation
        if isinstance(note, ast.Constant) and isinstance(note.value, str):
            note = ast.Name(note.value, ast.Load()) if note.value.isidentifier() else None
        if note is None or not isinstance(note, ast.Name | ast.Attribute):
            return "", False
        name = note.id if isinstance(note, ast.Name) else note.attr
        if name in _HARMLESS_TYPES:
            return "", True
        meaning = self.index.dotted(self.path, note)
        if isinstance(meaning, Class):
            enum = any(base.rpartition(".")[2].endswith("Enum") for base in self.index.external_bases(meaning))
            return meaning.key, enum
        if not isinstance(meaning, str):
            return "", False
        if meaning.startswith("starlette.requests."):
            meaning = "fastapi.Request"
        return f"{meaning}()", False

    def _request(self) -> str:
        if "django" in self.module.roots or "rest_framework" in self.module.roots:
            return "django.http.HttpRequest()"
        if "aiohttp" in self.module.roots:
            return "aiohttp.web.Request()"
        return "fastapi.Request()" if {"fastapi", "starlette"} & self.module.roots else ""

    def _entry(self, function: Function) -> tuple[str, str, tuple[str, ...], str] | None:
        """Who calls a decorated function from outside: kind, words, what isn't from there, and the route's text."""
        bases = self.index.external_bases(function.owner) if function.owner is not None else ()
        if function.name in ("get", "post", "put", "patch", "delete") and "tornado.web.RequestHandler" in bases:
            return "web", "part of a web client's URL", (), ""
        for decorator in getattr(function.node, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            symbol = self.symbol(called, {})
            for row in self.models.entries.find(symbol):
                first = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
                route = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                return row.kind, row.what, row.but, route
        return None

    def _from_entry(
        self, entry: tuple[str, str, tuple[str, ...], str], parameter: ast.arg, default: ast.expr | None, value: Value
    ) -> Value:
        kind, what, but, route = entry
        called = default.func if isinstance(default, ast.Call) else None
        names = {parameter.arg, value.type.removesuffix("()").rpartition(".")[2]}
        names.add(
            called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        )
        if names & set(but) or value.type == "fastapi.Request()":
            return value
        if any(f"<{plain}:{parameter.arg}>" in route for plain in ("int", "float", "uuid")):
            return NOTHING
        outside = self.source_at(kind, what, parameter.lineno, parameter.col_offset)
        return Value(value.labels | outside.labels, type=value.type if value.type not in self.index.classes else "")

    # -- Statements

    def _block(self, body: list[ast.stmt], env: Env | None) -> Env | None:
        for statement in body:
            if env is None:
                return None
            env = self._statement(statement, env)
        return env

    def _statement(self, node: ast.stmt, env: Env) -> Env | None:
        match node:
            case ast.Expr():
                return self._expression(node.value, env)
            case ast.Assign():
                value = self.value(node.value, env)
                for target in node.targets:
                    self.bind(target, value, env)
                return env
            case ast.AnnAssign():
                if node.value is not None:
                    self.bind(node.target, self.value(node.value, env), env)
                return env
            case ast.AugAssign():
                return self._augmented(node, env)
            case ast.Return():
                if node.value is not None:
                    self.give(self.value(node.value, env), node.lineno)
                return None
            case ast.If():
                return self._if(node, env)
            case ast.For() | ast.AsyncFor():
                return self._for(node, env)
            case ast.While():
                return self._while(node, env)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.value(item.context_expr, env)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value, env)
                return self._block(node.body, env)
            case ast.Try() | ast.TryStar():
                return self._try(node, env)
            case ast.Raise():
                for each in (node.exc, node.cause):
                    if each is not None:
                        self.value(each, env)
                return None
            case ast.Break() | ast.Continue():
                if self._leaving:
                    self._leaving[-1].append(env)
                return None
            case ast.Assert():
                self.value(node.test, env)
                learned = self.guards.learn(node.test, env)
                return None if learned.always is False else self.after(learned.true, env)
            case ast.Match():
                return self._match_statement(node, env)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inside = self.index.by_node.get(node)
                if inside is not None and self.function is not None:
                    env[node.name] = Value(calls=(inside.key,))
                    self.capture(env, node.lineno)
                for decorator in node.decorator_list:
                    self.value(decorator, env)
                return env
            case ast.ClassDef():
                return self._class(node, env)
            case ast.Global() | ast.Nonlocal():
                self._globals.update(node.names)
                return env
            case ast.Delete():
                for target in node.targets:
                    env.pop(place(target), None)
                return env
        return env

    def capture(self, env: Env, line: int) -> None:
        """Functions inside of this one see its variables as they are where they are defined, and later."""
        for name in self._shared:
            if name in env:
                self.stored(ast.Name(name, ast.Store()), env[name], line)

    def _expression(self, node: ast.expr, env: Env) -> Env:
        self.value(node, env)
        if isinstance(node, ast.Call):
            # A conversion that raises where it fails, or a path that must lie below another: what follows is harmless.
            name = self.symbol(node.func, env) if isinstance(node.func, ast.Name | ast.Attribute) else ""
            if name.rpartition(".")[2] in ("int", "float", "UUID", "ip_address") and node.args and place(node.args[0]):
                return self.after({place(node.args[0]): (node.args[0], self.models.all_families)}, env)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "relative_to":
                test = ast.copy_location(
                    ast.Call(ast.Attribute(node.func.value, "is_relative_to"), node.args, []), node
                )
                ast.fix_missing_locations(test)
                return self.after(self.guards.learn(test, env).true, env)
        return env

    def _class(self, node: ast.ClassDef, env: Env) -> Env:
        for statement in node.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and statement.value is not None:
                self.value(statement.value, env)
        return env

    def _augmented(self, node: ast.AugAssign, env: Env) -> Env:
        old = self.value(node.target, env)
        added = self.value(node.value, env)
        value = (
            self.joined([old, added])
            if isinstance(node.op, ast.Add) and not old.items
            else Value(union([old, added]), type=old.type)
        )
        self.bind(node.target, value, env)
        return env

    def _if(self, node: ast.If, env: Env) -> Env | None:
        self.value(node.test, env)
        learned = self.guards.learn(node.test, env)
        if learned.always is not None:
            return self._block(node.body if learned.always else node.orelse, env)
        # Tests may bind names and so come first; branches must not see each other.
        positive = self._block(node.body, dict(self.after(learned.true, env)))
        negative = self._block(node.orelse, dict(self.after(learned.false, env)))
        return join_envs(positive, negative)

    def _for(self, node: ast.For | ast.AsyncFor, env: Env) -> Env | None:
        iterated = self.value(node.iter, env)
        self._leaving.append([])
        before = env
        for _ in range(MAX_ROUNDS):
            inside = dict(before)
            self.bind(node.target, self.element(iterated), inside)
            end = self._block(node.body, inside)
            joined = join_envs(join_envs(before, end), None)
            for left in self._leaving[-1]:
                joined = join_envs(joined, left)
            self._leaving[-1].clear()
            assert joined is not None
            done = not _grew(before, joined)
            before = joined
            if done:
                break
        self._leaving.pop()
        return self._block(node.orelse, before)

    def _while(self, node: ast.While, env: Env) -> Env | None:
        learned = self.guards.learn(node.test, env)
        if learned.always is False:
            return self._block(node.orelse, env)
        self._leaving.append([])
        before = env
        for _ in range(MAX_ROUNDS):
            self.value(node.test, before)
            learned = self.guards.learn(node.test, before)
            end = self._block(node.body, dict(self.after(learned.true, before)))
            joined = join_envs(before, end)
            for left in self._leaving[-1]:
                joined = join_envs(joined, left)
            self._leaving[-1].clear()
            assert joined is not None
            done = not _grew(before, joined)
            before = joined
            if done:
                break
        self._leaving.pop()
        return self._block(node.orelse, before)

    def _try(self, node: ast.Try | ast.TryStar, env: Env) -> Env | None:
        start = dict(env)
        done = self._block(node.body, env)
        inside = join_envs(start, dict(env) if done is None else dict(done)) or start
        result = self._block(node.orelse, done) if done is not None else None
        for handler in node.handlers:
            caught = dict(inside)
            if handler.name:
                caught[handler.name] = NOTHING
            result = join_envs(result, self._block(handler.body, caught))
        if not node.finalbody:
            return result
        end = self._block(node.finalbody, dict(result if result is not None else inside))
        return None if result is None else end

    def _match_statement(self, node: ast.Match, env: Env) -> Env | None:
        subject = self.value(node.subject, env)
        result: Env | None = dict(env)
        for case in node.cases:
            inside = dict(env)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(pattern, ast.MatchAs | ast.MatchStar | ast.MatchMapping) and name:
                    inside[name] = Value(subject.flat())
            if isinstance(case.pattern, ast.MatchValue | ast.MatchSingleton | ast.MatchOr) and place(node.subject):
                constant = all(not isinstance(each, ast.MatchAs | ast.MatchStar) for each in ast.walk(case.pattern))
                if constant:
                    inside[place(node.subject)] = cleaned(subject, self.models.all_families)
            if case.guard is not None:
                self.value(case.guard, inside)
                inside = dict(self.after(self.guards.learn(case.guard, inside).true, inside))
            result = join_envs(result, self._block(case.body, inside))
            if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None:
                # "case _": one of the cases was taken, so what held before holds in none of the others.
                return result
        return result

    # -- Targets

    def bind(self, target: ast.expr, value: Value, env: Env) -> None:
        """Give a target its value."""
        match target:
            case ast.Name():
                self._forget(target.id, env)
                env[target.id] = value = self._step(value, target, target.id)
                self.stored(target, value, target.lineno)
            case ast.Attribute():
                self.value(target.value, env)
                name = place(target)
                value = self._step(value, target, f"{name or target.attr}")
                if name:
                    self._forget(name, env)
                    env[name] = value
                self._store_field(target, value, env)
            case ast.Subscript():
                self._bind_item(target, value, env)
            case ast.Tuple() | ast.List():
                for number, element in enumerate(target.elts):
                    if isinstance(element, ast.Starred):
                        self.bind(element.value, Value(value.flat()), env)
                        continue
                    item = value.items.get(str(number)) if value.items and not value.labels else None
                    self.bind(element, item if item is not None else Value(value.flat()), env)
            case ast.Starred():
                self.bind(target.value, value, env)

    def _forget(self, name: str, env: Env) -> None:
        for start in (f"{name}.", f"{name}["):
            for known in [each for each in env if each.startswith(start)]:
                del env[known]

    def _step(self, value: Value, target: ast.expr, name: str) -> Value:
        """The value with the assignment as a step on its way."""
        if not value.labels:
            return value
        labels: Labels = {}
        for label, trace in value.labels.items():
            same = trace is not None and trace.line == target.lineno
            labels[label] = trace if same else Trace(trace, target.lineno, f"assigned to {name}")
        return Value(labels, value.items, value.type, value.text, value.calls, value.handles, value.url_of)

    def stored(self, target: ast.expr, value: Value, line: int) -> None:
        """A variable that others see, or an attribute, takes a value."""
        if isinstance(target, ast.Attribute):
            self._store_field(target, value, {})
            return
        if not isinstance(target, ast.Name):
            return
        if self.function is None or target.id in self._globals:
            owner, name = self.path, target.id
        elif target.id in self._shared:
            owner, name = self.key, target.id
        else:
            return
        labels = value.flat()
        if labels:
            self.facts.live.add((owner, name))
            self.facts.emit(labels, Node("global", owner, name), self.path, line, f"kept as {name}")

    def _store_field(self, target: ast.Attribute, value: Value, env: Env) -> None:
        kind = (
            self.owner.key
            if isinstance(target.value, ast.Name) and target.value.id in ("self", "cls") and self.owner
            else ""
        )
        if not kind and env:
            kind = self.value(target.value, env).type
        owner = self.index.classes.get(kind)
        if owner is None:
            return
        home = self.index.home(owner, target.attr)
        if value.type:
            self.facts.field_types.setdefault((home.key, target.attr), value.type)
        labels = value.flat()
        if labels:
            home.fields.add(target.attr)
            what = f"kept as {home.name}.{target.attr}"
            self.facts.emit(labels, Node("field", home.key, target.attr), self.path, target.lineno, what)

    def _bind_item(self, target: ast.Subscript, value: Value, env: Env) -> None:
        name = place(target.value)
        if not name:
            return
        old = self.value(target.value, env)
        key = target.slice
        self._forget(name, env)
        if isinstance(key, ast.Constant) and len(old.items or ()) < MAX_ITEMS:
            items = (old.items or {}) | {str(key.value): value}
            env[name] = Value(old.labels, items, old.type, handles=old.handles)
        elif value.flat():
            found = value.flat()
            items = {each: join(item, Value(found)) for each, item in (old.items or {}).items()}
            env[name] = Value(union([Value(old.labels), Value(found)]), items or None, old.type, handles=old.handles)
        else:
            return
        self.stored(target.value, env[name], target.lineno)


def _grew(before: Env, after: Env) -> bool:
    """Whether a round of a loop told of more origins."""
    for name, value in after.items():
        known = before.get(name)
        if known is None:
            return True
        if known is not value and (len(known.labels) != len(value.labels) or value.items is not known.items):
            return True
    return False
