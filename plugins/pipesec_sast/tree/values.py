"""What can be said of a value from the function that it is used in: its text, and whether it was built from others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pipesec_sast.tree.syntax import Binding, Call, Scope, Syntax

MAX_DEPTH = 12
"""How many assignments and expressions deep a value is followed."""

HOLE = "\0"
"""Stands in a text for a part that is not known."""

_CONSTANT_NAME = re.compile(r"_{0,2}[A-Z][A-Z0-9_]*")
_NUMBERS = frozenset(
    (
        "int",
        "float",
        "len",
        "bool",
        "ord",
        "abs",
        "round",
        "hash",
        "id",
        "sum",
        "uuid.uuid4",
        "uuid.uuid1",
        "time.time",
        "decimal.Decimal",
        "datetime.date.today",
        "datetime.date",
        "range",
    )
)
_QUOTING = frozenset((
    "Identifier", "Literal", "Placeholder", "quote", "quote_ident", "quote_identifier", "quote_name",
    "quote_identifiers",
    "escape_identifier", "escape_string", "escape_literal", "literal", "mogrify", "insert", "select", "update",
    "delete",
    "escape_filter_chars", "isoformat", "strftime", "secure_filename",
))  # fmt: skip
_UNCHANGED = frozenset((
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "encode", "decode", "dedent", "cleandoc", "str", "repr",
    "text", "expandtabs", "removeprefix", "removesuffix", "SQL", "format_map", "casefold", "TextClause",
))  # fmt: skip
_CHECKS = frozenset(("isidentifier", "isalnum", "isdigit", "isnumeric", "isdecimal", "isalpha", "fullmatch", "match",
                     "is_relative_to", "startswith", "issubset", "commonpath", "search"))  # fmt: skip


class Values:
    """Answers about expressions at one call."""

    def __init__(self, syntax: Syntax, scope: Scope, at: Call) -> None:
        self.syntax = syntax
        self.scope = scope
        self._at = at

    def bindings(self, name: str) -> list[Binding] | None:
        """What a name may hold at the call: bindings before it, from the last that every way to it goes through.
        None where it is not bound in this function nor, once, in the module."""
        found = self.scope.bindings.get(name)
        if found is None:
            if name in self.scope.parameters:
                return None
            above = self.scope.parent
            while above is not None:
                outer = above.bindings.get(name)
                if outer is not None:
                    return outer
                if name in above.parameters:
                    return None
                above = above.parent
            return None
        line, block = self._at.node.lineno, self._at.block
        before = sorted((b for b in found if b.line <= line), key=lambda b: b.line) or found
        sure = [n for n, b in enumerate(before) if not b.added and self.syntax.within(block, b.block)]
        return before[sure[-1] :] if sure else before

    def text(self, node: ast.expr | None, depth: int = 0) -> str | None:
        """A text with ``HOLE`` for parts that are not constant; None for what is no text that is written out."""
        if node is None or depth > MAX_DEPTH:
            return None
        match node:
            case ast.Constant(value=str(value)):
                return value
            case ast.JoinedStr(values=parts):
                return "".join(self.text(part, depth + 1) or HOLE for part in parts)
            case ast.FormattedValue(value=value):
                return self.text(value, depth + 1) or HOLE
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                one, other = self.text(left, depth + 1), self.text(right, depth + 1)
                return None if one is None and other is None else f"{one or HOLE}{other or HOLE}"
            case ast.BinOp(left=left, op=ast.Mod()):
                one = self.text(left, depth + 1)
                return None if one is None else re.sub(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]", HOLE, one)
            case ast.Call(func=ast.Attribute(value=inner, attr="format")):
                one = self.text(inner, depth + 1)
                return None if one is None else re.sub(r"\{[^{}]*\}", HOLE, one)
            case ast.Name(id=name):
                bound = self.bindings(name)
                if bound and len(bound) == 1 and not bound[0].element and not bound[0].added:
                    return self.text(bound[0].value, depth + 1)
        return None

    def constant(self, node: ast.expr | None) -> bool:
        """Whether a value is a text that is written out whole."""
        text = self.text(node)
        return text is not None and HOLE not in text

    def built(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Whether a value is a text into which something was put that may come from outside."""
        if node is None or depth > MAX_DEPTH:
            return False
        deeper = depth + 1
        match node:
            case ast.JoinedStr(values=parts):
                return any(isinstance(part, ast.FormattedValue) and self._formatted(part, deeper) for part in parts)
            case ast.BinOp(left=left, op=ast.Mod(), right=right) if self._is_text(left, deeper):
                if _takes_numbers(left):
                    return False
                return self.built(left, deeper) or any(self.foreign(part, deeper) for part in _members(right))
            case ast.BinOp(op=ast.Add()):
                pieces = list(_added(node))
                texts = [self._is_text(piece, deeper) for piece in pieces]
                return any(texts) and any(
                    self.built(piece, deeper) if is_text else self.foreign(piece, deeper)
                    for piece, is_text in zip(pieces, texts, strict=True)
                )
            case ast.IfExp(body=one, orelse=other):
                return self.built(one, deeper) or self.built(other, deeper)
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                return any(self.built(value, deeper) for value in values)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return self.built(element, deeper)
            case (
                ast.NamedExpr(value=value)
                | ast.Await(value=value)
                | ast.Subscript(value=value)
                | ast.Starred(value=value)
            ):
                return self.built(value, deeper)
            case ast.Call():
                return self._built_by_call(node, deeper)
            case ast.Name(id=name):
                return self._built_name(name, deeper)
        return False

    def foreign(self, node: ast.expr, depth: int = 0) -> bool:
        """Whether a part that is put into a text may come from outside: all but what is known to be harmless."""
        if depth > MAX_DEPTH:
            return True
        deeper = depth + 1
        match node:
            case ast.Constant() | ast.Compare() | ast.Lambda():
                return False
            case ast.UnaryOp(operand=operand):
                return not isinstance(node.op, ast.Not) and self.foreign(operand, deeper)
            case ast.BinOp(op=ast.Sub() | ast.Div() | ast.FloorDiv() | ast.Pow() | ast.Mult()):
                return False  # numbers, dates, or a text repeated
            case ast.BinOp(left=left, op=ast.Mod(), right=right) if not self._is_text(left, deeper):
                return self.foreign(left, deeper) or self.foreign(right, deeper)
            case ast.BinOp(left=left, right=right):
                return self.foreign(left, deeper) or any(self.foreign(part, deeper) for part in _members(right))
            case ast.JoinedStr(values=parts):
                return any(isinstance(part, ast.FormattedValue) and self._formatted(part, deeper) for part in parts)
            case ast.IfExp(body=one, orelse=other):
                return self.foreign(one, deeper) or self.foreign(other, deeper)
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                return any(self.foreign(value, deeper) for value in values)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return self.foreign(element, deeper)
            case ast.Dict(values=values):
                return any(self.foreign(value, deeper) for value in values)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.foreign(value, deeper)
            case ast.Attribute(attr=name):
                return not (_CONSTANT_NAME.fullmatch(name) or name == "__tablename__" or name == "__name__")
            case ast.Subscript(value=value):
                return self._foreign_choice(value, deeper)
            case ast.Call():
                return self._foreign_result(node, deeper)
            case ast.Name(id=name):
                return self._foreign_name(name, deeper)
        return True

    def guarded(self, name: str) -> bool:
        """Whether the function leaves, before the call, where a check of the name fails."""
        line = self._at.node.lineno
        for test in self.scope.tests:
            inside = test.body[0].lineno <= line <= (test.body[-1].end_lineno or 0)
            leaves = test.lineno < line and isinstance(test.body[-1], ast.Raise | ast.Return | ast.Continue | ast.Break)
            if (inside and _checks(test.test, name, True)) or (
                leaves and not inside and _checks(test.test, name, False)
            ):
                return True
        return False

    def _is_text(self, node: ast.expr, depth: int) -> bool:
        match node:
            case ast.BinOp(op=ast.Add()):
                return any(self._is_text(piece, depth + 1) for piece in _added(node)) if depth < MAX_DEPTH else False
        return self.text(node, depth) is not None or (isinstance(node, ast.Name) and self._written(node.id, depth))

    def _written(self, name: str, depth: int) -> bool:
        if depth > MAX_DEPTH:
            return False
        bound = self.bindings(name) or ()
        return any(b.value is not None and not b.element and self.text(b.value, depth + 1) is not None for b in bound)

    def _formatted(self, part: ast.FormattedValue, depth: int) -> bool:
        match part.format_spec:
            case ast.JoinedStr(values=[ast.Constant(value=str(spec))]) if spec[-1:] in tuple("bcdoxXeEfFgGn%"):
                return False  # only a number can be written so
        return self.foreign(part.value, depth)

    def _built_by_call(self, call: ast.Call, depth: int) -> bool:
        arguments = [*call.args, *(given.value for given in call.keywords)]
        base: ast.expr | None
        match call.func:
            case ast.Attribute(value=base, attr="format") if self._is_text(base, depth):
                return self.built(base, depth) or any(self.foreign(one, depth) for one in arguments)
            case ast.Attribute(value=base, attr="replace") if self._is_text(base, depth):
                return self.built(base, depth) or any(self.foreign(one, depth) for one in arguments[1:])
            case ast.Attribute(value=base, attr="join") if self._is_text(base, depth):
                return any(self._built_list(one, depth) for one in arguments)
            case ast.Attribute(value=base, attr=name):
                last = name
            case ast.Name(id=name):
                base, last = None, self.syntax.dotted(call.func).rpartition(".")[2]
            case _:
                return False
        if last in _QUOTING or name in _NUMBERS or _quoting_chain(base):
            return False
        return (base is not None and self.built(base, depth)) or any(self.built(one, depth) for one in arguments)

    def _built_list(self, node: ast.expr, depth: int) -> bool:
        """Whether a list that is joined holds a built text, put into it at once or by append and extend."""
        if self.built(node, depth):
            return True
        if not isinstance(node, ast.Name):
            return False
        for call in self.scope.calls:
            match call.node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert"), args=args
                ):
                    if name == node.id and any(self.built(one, depth) for one in args):
                        return True
        return False

    def _built_name(self, name: str, depth: int) -> bool:
        bound = self.bindings(name)
        if not bound:
            return False
        if any(b.value is not None and not b.added and self.built(b.value, depth) for b in bound):
            return True
        text = any(b.value is not None and self._is_text(b.value, depth) for b in bound)
        return text and any(
            b.added
            and b.value is not None
            and (self.built(b.value, depth) or (not self._is_text(b.value, depth) and self.foreign(b.value, depth)))
            for b in bound
        )

    def _foreign_name(self, name: str, depth: int) -> bool:
        if _CONSTANT_NAME.fullmatch(name) or self.guarded(name):
            return False
        bound = self.bindings(name)
        parameter = self.scope.parameters.get(name)
        if bound is None:
            return not (parameter is not None and _number_annotation(parameter.annotation))
        return any(self._foreign_binding(b, depth) for b in bound)

    def _foreign_binding(self, binding: Binding, depth: int) -> bool:
        if binding.value is None:
            return True
        if binding.element and isinstance(binding.value, ast.Name | ast.Attribute):
            return self.foreign(binding.value, depth)
        return self.foreign(binding.value, depth)

    def _foreign_choice(self, table: ast.expr, depth: int) -> bool:
        """Whether a member of a table may be foreign: not where the table is constant, whatever the key."""
        match table:
            case ast.Name(id=name):
                if _CONSTANT_NAME.fullmatch(name):
                    return False
                bound = self.bindings(name)
                return not bound or any(b.value is None or self.foreign(b.value, depth) for b in bound)
        return self.foreign(table, depth)

    def _foreign_result(self, call: ast.Call, depth: int) -> bool:
        dotted = self.syntax.dotted(call.func)
        if dotted in _NUMBERS:
            return False
        match call.func:
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in _QUOTING:
                return False
            case ast.Attribute(value=base, attr="join"):
                return any(self._foreign_list(one, depth) for one in call.args)
            case ast.Attribute(value=base, attr="get"):
                return self._foreign_choice(base, depth)
            case ast.Attribute(value=base, attr="format"):
                return any(self.foreign(one, depth) for one in (base, *call.args, *(k.value for k in call.keywords)))
            case ast.Attribute(attr="text" | "SQL" | "dedent" | "TextClause") if call.args:
                return self.foreign(call.args[0], depth)
            case ast.Attribute(value=base, attr=name) if name in _UNCHANGED or name == "replace":
                return self.foreign(base, depth)
            case ast.Name(
                id="str" | "repr" | "sorted" | "list" | "tuple" | "set" | "reversed" | "min" | "max" | "enumerate"
            ):
                return any(self.foreign(one, depth) for one in call.args)
        return True

    def _foreign_list(self, node: ast.expr, depth: int) -> bool:
        if not isinstance(node, ast.Name):
            return self.foreign(node, depth)
        if self._foreign_name(node.id, depth):
            return True
        for call in self.scope.calls:
            match call.node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert"), args=args
                ):
                    if name == node.id and any(self.foreign(one, depth) for one in args):
                        return True
        return False


def _takes_numbers(template: ast.expr) -> bool:
    """Whether a text for ``%`` has places for numbers only."""
    match template:
        case ast.Constant(value=str(text)):
            return re.search(r"%(?:\(\w+\))?[-+ #0-9.]*[sracb]", text) is None
    return False


def _quoting_chain(node: ast.expr | None) -> bool:
    """Whether a chain of calls begins with one that quotes: ``table.insert().values(…)``."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            node = node.value
            continue
        function = node.func
        if (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in _QUOTING:
            return True
        node = function
    return False


def _members(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return list(parts)
    return [node]


def _added(node: ast.expr) -> Iterator[ast.expr]:
    """The pieces of ``a + b + c``, in any order, without recursion: generated code adds up thousands."""
    pending = [node]
    while pending:
        piece = pending.pop()
        if isinstance(piece, ast.BinOp) and isinstance(piece.op, ast.Add):
            pending += [piece.left, piece.right]
        else:
            yield piece


def _number_annotation(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "bool")


def _checks(test: ast.expr, name: str, holds: bool) -> bool:
    """Whether a condition, where it ``holds`` or where it does not, limits what a name can be."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values) if holds:
            return any(_checks(value, name, True) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values) if not holds:
            return any(_checks(value, name, False) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _checks(operand, name, not holds)
        case ast.Compare(left=left, ops=[ast.In()], comparators=[_]) if holds:
            return _mentions(left, name)
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[_]) if not holds:
            return _mentions(left, name)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant()]) if holds:
            return _mentions(left, name)
        case ast.Call(func=ast.Attribute(value=base, attr=check), args=args) if holds and check in _CHECKS:
            return _mentions(base, name) or any(_mentions(one, name) for one in args)
    return False


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
