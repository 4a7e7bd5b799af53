"""Code that is run from a value."""

from __future__ import annotations

import ast

from pipesec_sast.tree.rule import Look, Seen
from pipesec_sast.tree.values import Values


def _evaluated(call: ast.Call, values: Values) -> Seen:
    if values.syntax.dotted(call.func) not in ("eval", "exec", "builtins.eval", "builtins.exec") or not call.args:
        return
    code = call.args[0]
    match code:
        case ast.Call(func=ast.Name(id="compile"), args=[source, *_]):
            code = source
        case ast.Starred():
            return
    if not values.constant(code):
        yield "code-eval", call


RULES: dict[str, Look] = {"eval": _evaluated, "exec": _evaluated}
