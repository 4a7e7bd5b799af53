"""What a test tells of the values that it looks at: in which branch they are harmless, and for what."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from pipesec_tui.flow.taint.rows import RESOLVED, Models
from pipesec_tui.flow.taint.values import Env, Labels, Value

_TEXT_CHECKS = {"isdigit", "isalnum", "isidentifier", "isdecimal", "isnumeric", "isalpha"}
_SAME_TEXT = {"lower", "upper", "strip", "casefold", "rstrip", "lstrip"}
_NUMBERS = {"int", "float", "bool", "UUID", "date", "datetime", "Decimal"}


@dataclass(slots=True)
class Learned:
    """What is harmless after a test: names, with the expression that each stands for, and families as bits.
    ``always``: the one outcome that the test has, None where both may be."""

    true: dict[str, tuple[ast.expr, int]] = field(default_factory=dict)
    false: dict[str, tuple[ast.expr, int]] = field(default_factory=dict)
    always: bool | None = None

    def turned(self) -> Learned:
        return Learned(self.false, self.true, None if self.always is None else not self.always)


def place(node: ast.expr) -> str:
    """The name that a variable or an attribute of one is kept under; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = place(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        inner = place(node.value)
        return f"{inner}[{node.slice.value}]" if inner else ""
    return ""


class Guards:
    """Reads tests in their environment. ``value`` evaluates an expression, ``symbol`` names a callee."""

    def __init__(
        self, models: Models, value: Callable[[ast.expr, Env], Value], symbol: Callable[[ast.expr, Env], str]
    ) -> None:
        self._all = models.all_families
        self._path = models.bits.get("path-traversal", 0)
        self._url = models.bits.get("ssrf", 0)
        self._value = value
        self._symbol = symbol

    def learn(self, test: ast.expr, env: Env) -> Learned:
        """What holds in each outcome of a test."""
        if isinstance(test, ast.Constant):
            return Learned(always=bool(test.value))
        if isinstance(test, ast.Name | ast.Attribute):
            name = test.id if isinstance(test, ast.Name) else test.attr
            return Learned(always=False if name == "TYPE_CHECKING" else None)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.learn(test.operand, env).turned()
        if isinstance(test, ast.BoolOp):
            return self._both(test, env)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._compare(test.left, test.ops[0], test.comparators[0], env)
        if isinstance(test, ast.Call):
            return Learned(true=self._call(test, env))
        if isinstance(test, ast.NamedExpr):
            return self.learn(test.value, env)
        return Learned()

    def _both(self, test: ast.BoolOp, env: Env) -> Learned:
        parts = [self.learn(value, env) for value in test.values]
        if isinstance(test.op, ast.Or):
            return _any([part.turned() for part in parts], self._dots(test, env)).turned()
        return _any(parts, {})

    def _dots(self, test: ast.BoolOp, env: Env) -> dict[str, tuple[ast.expr, int]]:
        """``".." in p or p.startswith("/")``: what is neither stays below where it is joined to."""
        up: dict[str, ast.expr] = {}
        rooted: set[str] = set()
        for part in test.values:
            if isinstance(part, ast.Compare) and isinstance(part.left, ast.Constant) and part.left.value == "..":
                inner = part.comparators[0]
                for name in ast.walk(inner):
                    if isinstance(name, ast.expr) and place(name):
                        up[place(name)] = name
            elif isinstance(part, ast.Call):
                called = self._symbol(part.func, env)
                texts = {each.value for each in ast.walk(part) if isinstance(each, ast.Constant)}
                if called.endswith(("isabs", "is_absolute")) or ("/" in texts and called.endswith("startswith")):
                    rooted.update(place(each) for each in ast.walk(part) if isinstance(each, ast.Name | ast.Attribute))
        return {name: (node, self._path) for name, node in up.items() if name in rooted}

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, env: Env) -> Learned:
        if isinstance(operator, ast.NotIn | ast.NotEq):
            opposite: ast.cmpop = ast.In() if isinstance(operator, ast.NotIn) else ast.Eq()
            return self._compare(left, opposite, right, env).turned()
        if isinstance(operator, ast.In):
            return self._inside(left, right, env)
        if isinstance(operator, ast.Eq):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, ast.Call) and self._symbol(one.func, env).endswith(("commonpath", "commonprefix")):
                    exact = self._symbol(one.func, env).endswith("commonpath")
                    return Learned(true=self._inner(one, self._path, env, resolved=True) if exact else {})
                name = self._named(one)
                if name is not None and not self._value(other, env).flat():
                    return Learned(true={place(name): (name, self._all)} | self._url_of(one, env))
            for one in (left, right):
                learned = self._url_of(one, env)
                if learned:
                    return Learned(true=learned)
        return Learned()

    def _inside(self, left: ast.expr, right: ast.expr, env: Env) -> Learned:
        if isinstance(left, ast.Constant):
            if left.value in ("/", "\\") and place(right):
                return Learned(false={place(right): (right, self._path)})
            return Learned()
        if isinstance(right, ast.Attribute) and right.attr == "parents":
            return Learned(true=self._inner(right.value, self._path, env, resolved=True))
        if self._value(right, env).flat():
            return Learned()
        learned = self._url_of(left, env)
        name = self._named(left)
        if name is not None:
            learned[place(name)] = (name, self._all)
        return Learned(true=learned)

    def _named(self, node: ast.expr) -> ast.expr | None:
        """The variable whose whole text an expression is: ``x``, ``x.lower()``."""
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_TEXT:
            node = node.func.value
        return node if place(node) else None

    def _url_of(self, node: ast.expr, env: Env) -> dict[str, tuple[ast.expr, int]]:
        """The URL whose host or scheme an expression is, where it was parsed for that."""
        if isinstance(node, ast.Attribute) and node.attr not in ("hostname", "netloc"):
            return {}
        url = self._value(node, env).url_of
        if not url:
            return {}
        return {url: (ast.Name(url, ast.Load()), self._url)}

    def _call(self, test: ast.Call, env: Env) -> dict[str, tuple[ast.expr, int]]:
        called = self._symbol(test.func, env)
        method = called.rpartition(".")[2]
        receiver = test.func.value if isinstance(test.func, ast.Attribute) else None
        if called == "isinstance" and len(test.args) == 2:
            kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else [test.args[1]]
            if all(self._symbol(kind, env).rpartition(".")[2] in _NUMBERS for kind in kinds) and place(test.args[0]):
                return {place(test.args[0]): (test.args[0], self._all)}
            return {}
        if called in ("re.fullmatch", "re.match") and len(test.args) >= 2 and place(test.args[1]):
            if method == "fullmatch" or _ends(self._value(test.args[0], env).text):
                return {place(test.args[1]): (test.args[1], self._all)}
            return {}
        if receiver is None:
            return {}
        if method in ("fullmatch", "match") and len(test.args) == 1 and place(test.args[0]):
            pattern = self._value(receiver, env)
            whole = method == "fullmatch" or _ends(pattern.text)
            if whole and not pattern.flat():
                return {place(test.args[0]): (test.args[0], self._all)}
            return {}
        if method in _TEXT_CHECKS and place(receiver):
            return {place(receiver): (receiver, self._all)}
        if method == "is_relative_to":
            return self._inner(receiver, self._path, env, resolved=True)
        if method == "startswith" and test.args:
            start = self._value(test.args[0], env)
            if start.text is not None and _fixes_host(start.text) and place(receiver):
                return {place(receiver): (receiver, self._url)}
            if not start.flat():
                return self._inner(receiver, self._path, env, resolved=True)
        return {}

    def _inner(self, node: ast.expr, mask: int, env: Env, *, resolved: bool) -> dict[str, tuple[ast.expr, int]]:
        """The variables in an expression that was compared with a folder, where links and dots were resolved before."""
        found: dict[str, tuple[ast.expr, int]] = {}
        if resolved and not _all_resolved(self._value(node, env).flat()):
            parts = node.args if isinstance(node, ast.Call) else []
            inside = [
                item for part in parts for item in (part.elts if isinstance(part, ast.List | ast.Tuple) else [part])
            ]
            labels = [self._value(part, env).flat() for part in inside]
            if not any(labels) or not all(_all_resolved(each) for each in labels):
                return found
        for each in ast.walk(node):
            if isinstance(each, ast.expr) and place(each) and place(each) in env:
                found[place(each)] = (each, mask)
        return found


def _any(parts: list[Learned], more: dict[str, tuple[ast.expr, int]]) -> Learned:
    """All hold: what one of them tells is told; of the opposite nothing is known unless there is one part only."""
    true: dict[str, tuple[ast.expr, int]] = dict(more)
    for part in parts:
        for name, (node, mask) in part.true.items():
            true[name] = (node, mask | true.get(name, (node, 0))[1])
    always = False if any(part.always is False for part in parts) else None
    false = {
        name: known for name, known in (parts[0].false.items() if parts else ())
        if all(part.false.get(name, (None, 0))[1] == known[1] for part in parts)
    }  # fmt: skip
    return Learned(true, false, always)


def _all_resolved(labels: Labels) -> bool:
    return all(mask & RESOLVED for _, mask in labels)


def _ends(pattern: str | None) -> bool:
    """Whether a match from the beginning is one of the whole text."""
    return (
        pattern is not None and pattern.endswith(("$", "\\Z")) and "|" not in pattern.replace("(?:", "(").split("(")[0]
    )


def _fixes_host(text: str) -> bool:
    """``https://host/``: what begins so can't name another host."""
    scheme, mark, rest = text.partition("://")
    return bool(mark) and scheme in ("http", "https") and "/" in rest and not rest.startswith("/")
