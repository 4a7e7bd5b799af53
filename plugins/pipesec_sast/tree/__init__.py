"""Rules on Python's own syntax tree: those whose logic is names, literals and assignments within a function.

Each family is a module with ``RULES``: the last name of a call, and what looks at such calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from pipesec_sast.tree import code, logs, outside, sql, transport
from pipesec_sast.tree.rule import Look
from pipesec_sast.tree.syntax import Syntax
from pipesec_sast.tree.values import Values


def _table() -> dict[str, tuple[Look, ...]]:
    table: dict[str, tuple[Look, ...]] = {}
    for name, look in chain.from_iterable(family.RULES.items() for family in (code, logs, outside, sql, transport)):
        table[name] = (*table.get(name, ()), look)
    return table


_RULES = _table()


def find(syntax: Syntax) -> Iterator[tuple[str, ast.expr]]:
    """What is weak in a module: ids of rules, and the expressions they are about."""
    for scope in syntax.scopes:
        for call in scope.calls:
            function = call.node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            looks = _RULES.get(syntax.names[name].rpartition(".")[2] if name in syntax.names else name)
            if looks is not None:
                values = Values(syntax, scope, call)
                for look in looks:
                    yield from look(call.node, values)
