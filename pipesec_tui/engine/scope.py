"""The qualified name of what encloses a line of Python: part of a finding's identity."""

from __future__ import annotations

import ast
import warnings


class Scopes:
    """Scopes of one Python file. A file that does not parse has none."""

    def __init__(self, source: str) -> None:
        self._spans: list[tuple[int, int, str]] = []
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        pending: list[tuple[ast.AST, str]] = [(tree, "")]
        while pending:
            node, prefix = pending.pop()
            for child in ast.iter_child_nodes(node):
                name = prefix
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    name = f"{prefix}.{child.name}" if prefix else child.name
                    start = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                    self._spans.append((start, child.end_lineno or child.lineno, name))
                if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                    pending.append((child, name))
        self._spans.sort()

    def at(self, line: int) -> str | None:
        """The innermost scope that holds a line (counted from 1), or None at the top of the module."""
        found: str | None = None
        for start, end, name in self._spans:
            if start > line:
                break
            if end >= line:
                found = name
        return found
