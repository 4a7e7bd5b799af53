"""Data that is checked by ``assert`` in functions whose name promises a check: ``python -O`` leaves it out.

Here and not in semgrep, where finding the function around every assertion took more time than most rules together.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pipesec_sast.tree.syntax import Scope, Syntax

_PROMISE = re.compile(r"_*(?:validate|sanitize|verify|authorize|authenticate)(?:_\w+)?")


def find(syntax: Syntax) -> Iterator[ast.Assert]:
    """Assertions that check data. Those on types and on None tell a type checker what is known, and are left out."""
    for scope in syntax.scopes:
        if scope.asserts and _promises(scope):
            yield from (node for node in scope.asserts if _checks_data(node.test))


def _promises(scope: Scope) -> bool:
    """Whether the function's name, or that of one around it, promises a check."""
    around: Scope | None = scope
    while around is not None:
        if not isinstance(around.owner, ast.Module) and _PROMISE.fullmatch(around.owner.name):
            return True
        around = around.parent
    return False


def _checks_data(condition: ast.expr) -> bool:
    match condition:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass" | "callable" | "hasattr")):
            return False
        case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return False
        case ast.Name() | ast.Attribute() | ast.Constant():
            return False  # `assert self.engine`: narrowing, or `assert False`: unreachable
        case ast.BoolOp(values=values):
            return any(_checks_data(value) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _checks_data(operand)
    return True
