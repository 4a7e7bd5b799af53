"""What a rule on the syntax tree is: a look at a call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from pipesec_sast.tree.values import Values

Seen: TypeAlias = Iterator[tuple[str, ast.expr]]
Look: TypeAlias = Callable[[ast.Call, Values], Seen]
"""Given a call whose last name is the rule's, yields ids of rules and the expressions they are about."""
