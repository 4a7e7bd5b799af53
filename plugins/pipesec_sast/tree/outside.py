"""Values that a caller of a web application or function chooses, where they decide what is fetched, opened or rendered.

Followed within one function: a path through several is for an analysis of the whole project.
"""

from __future__ import annotations

import ast
import re
from urllib.parse import urlsplit

from pipesec_sast.tree.rule import Look, Seen
from pipesec_sast.tree.syntax import Function, keyword
from pipesec_sast.tree.values import HOLE, MAX_DEPTH, Values

_REQUEST_PARTS = frozenset((
    "args", "form", "json", "values", "files", "GET", "POST", "query_params", "path_params", "data", "headers",
    "cookies",
    "get_json", "get_data", "body", "FILES", "query", "match_info", "rel_url",
))  # fmt: skip
_ROUTES = frozenset(("route", "get", "post", "put", "patch", "delete", "websocket", "api_route"))
_REDUCED = frozenset((
    "int", "float", "bool", "len", "hash", "secure_filename", "basename", "uuid.UUID", "quote", "quote_plus", "UUID",
    "sha256", "hexdigest",
))  # fmt: skip
_ENTRY = re.compile(r"\b(?:filename|name|path|orig_filename)\b")
_HOST_FIXED = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\0]+[/?#]", re.IGNORECASE)


def outside(node: ast.expr, values: Values, depth: int = 0) -> bool:
    """Whether a value holds what a caller sent."""
    if depth > MAX_DEPTH:
        return False
    deeper = depth + 1
    match node:
        case ast.Attribute(value=ast.Name(id="request"), attr=part) if part in _REQUEST_PARTS:
            return True
        case ast.Attribute(value=ast.Attribute(attr="request"), attr=part) if part in _REQUEST_PARTS:
            return True
        case ast.Attribute(attr="stem" | "suffix"):
            return False
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return outside(inner, values, deeper)
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(outside(part, values, deeper) for part in parts)
        case ast.FormattedValue(value=inner) | ast.NamedExpr(value=inner):
            return outside(inner, values, deeper)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            return outside(left, values, deeper) or outside(right, values, deeper)
        case ast.Call(func=function):
            last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if last in _REDUCED or values.syntax.dotted(function) in _REDUCED:
                return False
            parts = [*node.args, *(given.value for given in node.keywords)]
            if isinstance(function, ast.Attribute):
                parts.append(function.value)
                if last == "get" and not isinstance(function.value, ast.Attribute | ast.Call):
                    parts = [function.value]  # what a table holds, not what it is asked for
            return any(outside(part, values, deeper) for part in parts)
        case ast.Name(id=name):
            if values.guarded(name):
                return False
            bound = values.bindings(name)
            if bound:
                return any(b.value is not None and outside(b.value, values, deeper) for b in bound)
            return bound is None and _handed_in(name, values)
    return False


def _handed_in(name: str, values: Values) -> bool:
    """A parameter of a function that answers requests: a route's, or a cloud function's event."""
    parameter = values.scope.parameters.get(name)
    owner = values.scope.owner
    if parameter is None or isinstance(owner, ast.Module):
        return False
    if isinstance(parameter.annotation, ast.Name) and parameter.annotation.id in ("int", "float", "bool", "UUID"):
        return False
    if name == "event":
        return list(values.scope.parameters)[:2] == ["event", "context"]
    return name not in ("self", "cls", "request", "db", "session") and _is_route(owner)


def _is_route(owner: Function) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _ROUTES
        and bool(one.args) and isinstance(one.args[0], ast.Constant) and str(one.args[0].value).startswith("/")
        for one in owner.decorator_list
    )  # fmt: skip


def _fetched(call: ast.Call, values: Values) -> Seen:
    name = values.syntax.dotted(call.func)
    if not name.startswith(("requests.", "httpx.", "urllib.request.", "urllib3.")):
        return
    url = call.args[0] if call.args else keyword(call, "url")
    if name in ("requests.request", "httpx.request", "urllib3.request"):
        url = call.args[1] if len(call.args) > 1 else keyword(call, "url")
    if url is None or not outside(url, values):
        return
    text = values.text(url) or HOLE
    if not _HOST_FIXED.match(text) or not urlsplit(text.replace(HOLE, "x")).hostname:
        yield "request-to-given-url", url


def _opened(call: ast.Call, values: Values) -> Seen:
    name = values.syntax.dotted(call.func)
    if name.rpartition(".")[2] in ("open", "remove", "unlink", "rmtree", "send_file", "copy", "move", "makedirs"):
        if name.startswith(("webbrowser", "PIL.", "shelve", "self.")):
            return
        for one in call.args[:2]:
            if outside(one, values):
                yield "path-from-request", one
                return
            if _member(one, values):
                yield "archive-member-path", one
                return


def _path_method(call: ast.Call, values: Values) -> Seen:
    if isinstance(call.func, ast.Attribute):
        if outside(call.func.value, values):
            yield "path-from-request", call.func.value
        elif _member(call.func.value, values):
            yield "archive-member-path", call.func.value


def _member(node: ast.expr, values: Values) -> bool:
    """Whether a path is joined from the name that an archive gives a member."""
    match node:
        case ast.Name(id=name):
            bound = values.bindings(name)
            return (
                bool(bound)
                and not values.guarded(name)
                and any(b.value is not None and not b.element and _member(b.value, values) for b in bound or ())
            )
        case ast.Call(func=function, args=args) if values.syntax.dotted(function) in (
            "os.path.join",
            "pathlib.Path",
            "posixpath.join",
        ):
            return len(args) > 1 and any(_member_name(one, values) for one in args[1:])
        case ast.BinOp(left=_, op=ast.Div() | ast.Add(), right=right):
            return _member_name(right, values)
        case ast.JoinedStr(values=parts):
            return any(isinstance(p, ast.FormattedValue) and _member_name(p.value, values) for p in parts)
    return False


def _member_name(node: ast.expr, values: Values) -> bool:
    owner = node
    if isinstance(node, ast.Attribute):
        if not _ENTRY.fullmatch(node.attr):
            return False
        owner = node.value
    if not isinstance(owner, ast.Name) or values.guarded(owner.id):
        return False
    wanted = ("infolist", "getmembers") if isinstance(node, ast.Attribute) else ("namelist", "getnames")
    bound = values.bindings(owner.id) or ()
    return any(
        b.element
        and isinstance(b.value, ast.Call)
        and isinstance(b.value.func, ast.Attribute)
        and b.value.func.attr in wanted
        for b in bound
    )


def _template(call: ast.Call, values: Values) -> Seen:
    name = values.syntax.dotted(call.func)
    if name in (
        "jinja2.Template",
        "flask.render_template_string",
        "mako.template.Template",
        "jinja2.Environment.from_string",
    ) or (isinstance(call.func, ast.Attribute) and call.func.attr == "from_string" and _templates(values)):
        source = call.args[0] if call.args else keyword(call, "source")
        if source is not None and (outside(source, values) or values.built(source)):
            yield "template-from-value", source


def _templates(values: Values) -> bool:
    return any(name.partition(".")[0] in ("jinja2", "mako", "flask") for name in values.syntax.names.values())


RULES: dict[str, Look] = {
    **dict.fromkeys(
        ("get", "post", "put", "patch", "delete", "head", "request", "urlopen", "urlretrieve", "stream"), _fetched
    ),
    **dict.fromkeys(("open", "remove", "unlink", "rmtree", "send_file", "copy", "move", "makedirs"), _opened),
    **dict.fromkeys(("read_text", "read_bytes", "write_text", "write_bytes"), _path_method),
    **dict.fromkeys(("Template", "render_template_string", "from_string"), _template),
}
