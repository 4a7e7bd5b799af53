"""Constant folding: what string, path and container functions give for arguments that are known."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from pipesec_tui.flow.values import (
    CLOSE,
    FOLDED,
    INFERRED,
    NONE,
    OPEN,
    ROOT,
    Handle,
    Items,
    Mapping,
    Options,
    Plain,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    hole,
    join,
    join_paths,
    mapped,
    parent,
    texts,
)

Fold = Callable[[Sequence[Value], dict[str, Value]], Value | None]
"""Gives None where it can't say."""


def binary(op: str, left: Value, right: Value) -> Value:
    """``left op right``."""
    if op == "+":
        if isinstance(left, Items) and isinstance(right, Items):
            return Items((left.items + right.items)[:500])
        if _texty(left) or _texty(right):
            return join((left, right))
        numbers = [each.value for each in (left, right) if isinstance(each, Plain)]
        if len(numbers) == 2 and isinstance(numbers[0], int | float) and isinstance(numbers[1], int | float):
            return Plain(numbers[0] + numbers[1])
    if op == "%" and _texty(left):
        return _percent(left, right)
    if op == "/" and (_texty(left) or _texty(right)):
        return join_paths((left, right))
    return Unknown("expr", op if op.isalnum() else "arithmetic")


def _texty(value: Value) -> bool:
    return any(isinstance(each, Text) for each in each_of(value))


_PERCENT = re.compile(r"%(?:\((\w+)\))?[-+ #0-9.]*([sdifrxXgeEFG%])")


def _percent(template: Value, right: Value) -> Value:
    given = right.items if isinstance(right, Items) else (right,)
    named = right.entries if isinstance(right, Mapping) else {}
    out = []
    for text in texts(template):
        position = 0
        pieces: list[Value] = []
        last = 0
        for match in _PERCENT.finditer(text.text):
            pieces.append(Text(text.text[last : match.start()], text.rank))
            last = match.end()
            if match[2] == "%":
                pieces.append(Text("%"))
            elif match[1]:
                pieces.append(named.get(match[1], Unknown("expr", match[1])))
            else:
                pieces.append(given[position] if position < len(given) else Unknown("expr", "format"))
                position += 1
        out.append(join([*pieces, Text(text.text[last:], text.rank)]))
    return either(out)


_FIELD = re.compile(r"\{\{|\}\}|\{([\w.\[\]]*)(?:![rsa])?(?::[^{}]*)?\}")


def format_text(template: Value, args: Sequence[Value], named: dict[str, Value]) -> Value:
    """``template.format(*args, **named)``."""
    out = []
    for text in texts(template):
        pieces: list[Value] = []
        last = position = 0
        for match in _FIELD.finditer(text.text):
            pieces.append(Text(text.text[last : match.start()], text.rank))
            last = match.end()
            if match[0] in ("{{", "}}"):
                pieces.append(Text(match[0][0]))
                continue
            key = re.split(r"[.\[]", match[1])[0]
            if key == "" or key.isdigit():
                index = position if key == "" else int(key)
                position += key == ""
                pieces.append(args[index] if index < len(args) else Unknown("expr", "format"))
            else:
                pieces.append(named.get(key, Unknown("expr", match[1])))
        out.append(join([*pieces, Text(text.text[last:], text.rank)]))
    return either(out)


def item(value: Value, key: Value) -> Value:
    """``value[key]``."""
    found = []
    for each in each_of(value):
        if isinstance(each, Items):
            if (
                isinstance(key, Plain)
                and isinstance(key.value, int)
                and -len(each.items) <= key.value < len(each.items)
            ):
                found.append(each.items[key.value])
            else:
                found.append(either(each.items) if each.items else Unknown("expr", "item"))
        elif isinstance(each, Mapping):
            names = [text.text for text in texts(key)]
            kind = "config" if each.origin else "expr"
            found.extend(each.entries.get(name, Unknown(kind, name.strip(OPEN + CLOSE))) for name in names[:4])
        elif isinstance(each, Unknown):
            name = next(texts(key), Text("item")).text
            found.append(Unknown(each.kind, f"{each.what}.{name}" if name.isidentifier() else each.what))
        else:
            found.append(Unknown("expr", "item"))
    return either(found)


def text_method(name: str, text: Value, args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    """A method of ``str`` or ``pathlib.Path`` on a known text; None where it isn't one that is folded."""
    if name == "format":
        return format_text(text, args, named)
    if name == "join":
        return (
            join(args[0].items, next(texts(text)).text)
            if args and isinstance(args[0], Items)
            else Unknown("call", "join")
        )
    if name == "joinpath":
        return join_paths((text, *args))
    if name in _UNCHANGED:
        return text
    if name in _CHANGES:
        return mapped(text, _CHANGES[name])
    plain = [next(texts(arg)).text for arg in args]
    if name == "replace" and len(plain) == 2:
        return mapped(text, lambda value: value.replace(plain[0], plain[1]))
    if name in ("strip", "rstrip", "lstrip", "removeprefix", "removesuffix") and len(plain) <= 1:
        return mapped(text, lambda value: getattr(value, name)(*plain))
    if name in ("with_suffix", "with_name", "with_stem") and plain:
        return mapped(text, lambda value: _with(name, value, plain[0]))
    if name in ("split", "rsplit") and len(plain) <= 2:
        return either(Items(tuple(Text(part, FOLDED) for part in _split(each.text, plain))) for each in texts(text))
    if name in ("glob", "rglob") and plain:
        middle = "**/" if name == "rglob" else ""
        return Items((mapped(text, lambda value: f"{value}/{middle}{plain[0]}", INFERRED),))
    if name == "iterdir":
        return Items((mapped(text, lambda value: f"{value}/*", INFERRED),))
    if name in ("startswith", "endswith", "exists", "is_file", "is_dir", "isdigit", "find", "count", "mkdir", "unlink"):
        return Unknown("call", name)
    return None


def _split(text: str, plain: Sequence[str]) -> list[str]:
    return text.split(plain[0]) if plain and plain[0] else text.split()


def _with(name: str, path: str, other: str) -> str:
    head, slash, tail = path.rpartition("/")
    stem, _, suffix = tail.rpartition(".")
    stem, suffix = (stem, f".{suffix}") if stem else (tail, "")
    changed = {"with_suffix": stem + other, "with_name": other, "with_stem": other + suffix}[name]
    return head + slash + changed


_UNCHANGED = {
    "resolve", "absolute", "expanduser", "as_posix", "__str__", "__fspath__", "encode", "decode", "read", "expandvars",
    "casefold", "as_uri",
}  # fmt: skip
_CHANGES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
}
_ATTRIBUTES: dict[str, Callable[[str], str]] = {
    "parent": parent,
    "name": posixpath.basename,
    "stem": lambda path: posixpath.splitext(posixpath.basename(path))[0],
    "suffix": lambda path: posixpath.splitext(path)[1],
}


def text_attribute(name: str, text: Value) -> Value | None:
    """An attribute of ``pathlib.Path``."""
    if name == "parents":
        chain = []
        for _ in range(8):
            text = mapped(text, parent)
            chain.append(text)
        return Items(tuple(chain))
    return mapped(text, _ATTRIBUTES[name]) if name in _ATTRIBUTES else None


def _first(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    return args[0] if args else None


def _path(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    return join_paths(args) if len(args) > 1 else args[0] if args else Text(".")


def _list(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    return args[0] if args else Items(())


def _dict(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    start = args[0].entries if args and isinstance(args[0], Mapping) else {}
    return Mapping({**start, **named})


def _changed(change: Callable[[str], str]) -> Fold:
    return lambda args, named: mapped(args[0], change) if args else None


def _splitext(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    if not args:
        return None
    return either(Items(tuple(Text(part, FOLDED) for part in posixpath.splitext(text.text))) for text in texts(args[0]))


def _globbed(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    return Items((mapped(args[0], str, INFERRED),)) if args else None


def _listed(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    # A name in a folder: joined with the folder again it is any file there.
    return Items((Text("*", INFERRED),))


def _zip(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    columns = [arg.items for arg in args if isinstance(arg, Items)]
    if len(columns) != len(args) or not columns:
        return None
    return Items(tuple(Items(row) for row in zip(*columns, strict=False)))


def _enumerate(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    if not args or not isinstance(args[0], Items):
        return None
    return Items(tuple(Items((Plain(index), each)) for index, each in enumerate(args[0].items)))


def _walk(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    if not args:
        return None
    return Items((Items((args[0], Items((Text("*", INFERRED),)), Items((Text("*", INFERRED),)))),))


def _moment(args: Sequence[Value], named: dict[str, Value]) -> Value | None:
    return Unknown("time", "now")


FOLDS: dict[str, Fold] = {
    **dict.fromkeys(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"), _path),
    **dict.fromkeys(("os.path.join", "posixpath.join", "urllib.parse.urljoin"), lambda args, named: join_paths(args)),
    **dict.fromkeys(
        (
            "builtins.str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.normpath",
            "os.path.expanduser",
            "os.path.expandvars", "textwrap.dedent", "sqlalchemy.text", "sqlalchemy.sql.text", "inspect.cleandoc",
            "psycopg2.sql.SQL", "psycopg.sql.SQL", "builtins.repr", "upath.UPath", "cloudpathlib.S3Path",
            "cloudpathlib.CloudPath", "cloudpathlib.AnyPath", "jinja2.Template", "shlex.quote", "io.TextIOWrapper",
            "gzip.GzipFile", "builtins.next", "builtins.iter", "copy.deepcopy", "copy.copy", "typing.cast",
        ),
        _first,
    ),
    **dict.fromkeys(("builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.reversed"), _list),
    "typing.cast": lambda args, named: args[1] if len(args) > 1 else None,
    "builtins.dict": _dict,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "os.path.dirname": _changed(parent),
    "os.path.basename": _changed(posixpath.basename),
    "os.path.splitext": _splitext,
    "os.getcwd": lambda args, named: Text(".", FOLDED),
    "pathlib.Path.cwd": lambda args, named: Text(".", FOLDED),
    "pathlib.Path.home": lambda args, named: Text("~", FOLDED),
    "tempfile.mkdtemp": lambda args, named: Unknown("call", "tempfile"),
    "tempfile.gettempdir": lambda args, named: Text("/tmp", INFERRED),  # noqa: S108  # what the target's own code gets
    "glob.glob": _globbed,
    "glob.iglob": _globbed,
    "os.listdir": _listed,
    "os.walk": _walk,
    "tqdm.tqdm": _first,
    **dict.fromkeys(
        (
            "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today",
            "time.time", "time.strftime", "pandas.Timestamp.now", "pendulum.now", "pendulum.today",
        ),
        _moment,
    ),
}  # fmt: skip


def mapping_method(name: str, owner: Mapping, args: Sequence[Value]) -> Value | None:
    """A method of a dict that is known."""
    match name:
        case "get" | "pop" | "setdefault" if args:
            key = next(texts(args[0])).text
            default = args[1] if len(args) > 1 else NONE
            return owner.entries.get(key, default if default != NONE or not owner.origin else item(owner, args[0]))
        case "items":
            return Items(tuple(Items((Text(key), value)) for key, value in owner.entries.items()))
        case "values":
            return Items(tuple(owner.entries.values()))
        case "keys":
            return Items(tuple(Text(key) for key in owner.entries))
        case "copy":
            return Mapping(dict(owner.entries), owner.origin)
        case "update" if args and isinstance(args[0], Mapping):
            owner.entries.update(args[0].entries)
            return NONE
    return None


def sliced(value: Value, lower: Value | None, upper: Value | None) -> Value:
    """``value[lower:upper]`` of items; of anything else it isn't known."""
    low = lower.value if isinstance(lower, Plain) and isinstance(lower.value, int) else None
    high = upper.value if isinstance(upper, Plain) and isinstance(upper.value, int) else None
    found = [Items(each.items[low:high]) for each in each_of(value) if isinstance(each, Items)]
    return either(found) if found else Unknown("expr", "slice")


def elements(value: Value) -> Value:
    """One element of what is iterated over. Of options, one of all that they hold."""
    found: list[Value] = []
    for each in each_of(value):
        if isinstance(each, Items):
            found.extend(each.items)
        elif isinstance(each, Mapping):
            found.extend(Text(key) for key in each.entries)
        elif isinstance(each, Handle):
            found.append(Unknown("expr", "line"))
        elif isinstance(each, Unknown):
            found.append(Unknown(each.kind, f"{each.what}"))
        elif isinstance(each, Typed):
            found.append(each)
        else:
            found.append(Unknown("expr", "element"))
    if len(found) > 1 and all(isinstance(each, Items) for each in found):
        return Options(tuple(found[:24]))
    return either(found) if found else Unknown("expr", "element")


def file_of(path: str) -> Value:
    """``__file__`` of a module."""
    return Text(f"{ROOT}/{path}", FOLDED)


__all__ = [
    "FOLDS", "binary", "elements", "file_of", "format_text", "hole", "item", "mapping_method", "sliced",
    "text_attribute", "text_method",
]  # fmt: skip
