"""Data that is checked by ``assert`` in functions whose name promises a check: ``python -O`` leaves it out.

Here and not in semgrep, where finding the function around every assertion took more time than most rules together.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_PROMISE = re.compile(r"_*(?:validate|sanitize|verify|authorize|authenticate)(?:_\w+)?")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def find(tree: ast.Module) -> Iterator[ast.Assert]:
    """Assertions that check data. Those on types and on None tell a type checker what is known, and are left out."""
    for function in ast.walk(tree):
        if isinstance(function, _FUNCTION) and _PROMISE.fullmatch(function.name):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Assert) and _checks_data(node.test))


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
