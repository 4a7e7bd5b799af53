"""Secrets that are written to a log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pipesec_sast.tree.rule import Look, Seen
from pipesec_sast.tree.values import MAX_DEPTH, Values

_LOGGER = re.compile(r"(?:self\.|cls\.)?_*(?:log|logger|logging|loguru\.logger|\w*_log|\w*_logger)", re.IGNORECASE)
_LEVELS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")
_SECRET = re.compile(
    r"_*(?:\w+_)?(?:password|passwd|passphrase|secret|secret_?key|api_?key|access_?key|private_?key|auth_?token"
    r"|access_?token|refresh_?token|bearer_?token|session_?token|credentials?)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"(?:\w+_)?(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|SECRET_KEY|ACCESS_KEY)", re.IGNORECASE)


def _logged(call: ast.Call, values: Values) -> Seen:
    if _writes(call.func, values) and any(_secret(part, values) for one in call.args for part in _parts(one)):
        yield "secret-logged", call


def _writes(function: ast.expr, values: Values) -> bool:
    match function:
        case ast.Name(id="print"):
            return True
        case ast.Attribute(value=ast.Call(func=maker)):
            return values.syntax.dotted(maker) == "logging.getLogger"
        case ast.Attribute(value=logger):
            written = ast.unparse(logger) if isinstance(logger, ast.Name | ast.Attribute) else ""
            return bool(_LOGGER.fullmatch(written) or _LOGGER.fullmatch(values.syntax.dotted(logger)))
    return False


def _parts(node: ast.expr, depth: int = 0) -> Iterator[ast.expr]:
    """The expressions that a text is put together from."""
    if depth > MAX_DEPTH:
        return
    inner: list[ast.expr] = []
    match node:
        case ast.JoinedStr(values=pieces):
            inner = [piece.value for piece in pieces if isinstance(piece, ast.FormattedValue)]
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            inner = [left, right]
        case ast.Tuple(elts=pieces):
            inner = pieces
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
            inner = [*node.args, *(given.value for given in node.keywords)]
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[one]):
            inner = [one]
        case _:
            yield node
    for piece in inner:
        yield from _parts(piece, depth + 1)


def _secret(node: ast.expr, values: Values) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return bool(_SECRET.fullmatch(name))
        case ast.Subscript(value=ast.Name() | ast.Attribute() as table, slice=ast.Constant(value=str(key))):
            in_environment = values.syntax.dotted(table) == "os.environ"
            return bool((_VARIABLE if in_environment else _SECRET).fullmatch(key))
        case ast.Call(func=function, args=[ast.Constant(value=str(key)), *_]):
            return values.syntax.dotted(function) in ("os.environ.get", "os.getenv") and bool(_VARIABLE.fullmatch(key))
    return False


RULES: dict[str, Look] = dict.fromkeys(("print", *_LEVELS), _logged)
