"""What becomes of one call: into the project, folded, or looked up in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipesec_tui.flow.effects import Effects
from pipesec_tui.flow.python import syntax
from pipesec_tui.flow.resolve_fold import FOLDS, mapping_method, text_method
from pipesec_tui.flow.resolve_io import Access, Arguments
from pipesec_tui.flow.resolve_settings import add_argument, resolved_options
from pipesec_tui.flow.resolve_tasks import Tasks
from pipesec_tui.flow.values import (
    INFERRED,
    NONE,
    ClassValue,
    Closure,
    External,
    Handle,
    Instance,
    Items,
    Mapping,
    Options,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    texts,
    weakened,
)

if TYPE_CHECKING:
    from pipesec_tui.flow.resolve import Follower, Frame, SqlReader

_DEFERRED = {
    "submit",
    "map",
    "delay",
    "apply_async",
    "expand",
    "with_options",
    "override",
    "partial",
    "remote",
    "fn",
    "s",
    "func",
}
"""Attributes of a function, in task libraries, that call it (or give it back) with the same arguments."""
_RUNNERS = {"submit", "run_in_executor", "apply_async", "apply", "map", "starmap", "imap", "imap_unordered", "Thread",
            "Process", "to_thread", "partial", "filter", "run", "Fire"}  # fmt: skip
_READERS = {
    "yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "json.load", "tomllib.load", "tomli.load",
    "toml.load", "json.loads", "tomllib.loads", "toml.loads", "hydra.compose", "omegaconf.OmegaConf.load",
}  # fmt: skip
_OPTION_DECORATORS = {"click.option", "click.argument"}


class Calls:
    """Calls in frames of one ``Follower``."""

    def __init__(self, follower: Follower, sql: SqlReader | None) -> None:
        self._follower = follower
        self._catalogue = follower.catalogue
        self._settings = follower.settings
        self._access = Access(follower, sql)
        self._tasks = Tasks(follower, self._access)

    def call(self, expr: syntax.Call, frame: Frame) -> Value:
        """The value of a call, and what it does."""
        follower = self._follower
        func = expr.func
        if isinstance(func, syntax.Attr):
            if isinstance(func.value, syntax.Call) and _is_super(func.value):
                callee = self._super(func.attr, frame)
            else:
                callee = follower.member(follower.value(func.value, frame), func.attr)
        elif isinstance(func, syntax.Name):
            callee = follower.name(func.id, frame)
        else:
            callee = follower.value(func, frame)
        args = self._arguments(expr, frame)
        return either(self._apply(each, args, frame) for each in list(each_of(callee))[:4])

    def _arguments(self, expr: syntax.Call, frame: Frame) -> Arguments:
        follower = self._follower
        args: list[Value] = []
        for each in expr.args:
            value = follower.value(each, frame)
            if isinstance(each, syntax.Spread):
                args.extend(value.items if isinstance(value, Items) else ())
            else:
                args.append(value)
        named: dict[str, Value] = {}
        for name, each in expr.named:
            value = follower.value(each, frame)
            if name != "**":
                named[name] = value
            elif isinstance(value, Mapping):
                named.update(value.entries)
        return Arguments(args, named, expr.line)

    def _apply(self, callee: Value, args: Arguments, frame: Frame) -> Value:
        match callee:
            case Closure():
                return self._tasks.call(callee, args, frame)
            case ClassValue():
                return self._instantiate(callee, args, frame)
            case External():
                return self._external(callee, args, frame)
            case Instance():
                method = self._follower.class_member(callee.of, "__call__", callee)
                return self._apply(method, args, frame) if method is not None else Unknown("call", "instance")
            case Typed():
                known = self._typed(External(f"{callee.type}()", callee), args)
                return known if known is not None else Unknown("call", callee.type)
            case _:
                return Unknown("call", callee.what if isinstance(callee, Unknown) else "value")

    def _instantiate(self, of: ClassValue, args: Arguments, frame: Frame) -> Value:
        instance = Instance(of)
        init = self._follower.class_member(of, "__init__", instance)
        if isinstance(init, Closure):
            self._follower.call(init, args.args, args.named, frame.effects)
        else:
            # A dataclass, a model of pydantic or a task of luigi: fields in the order of the class's body.
            fields = [each.target for each in of.definition.body if isinstance(each, syntax.Assign)]
            instance.attributes.update(zip(fields, args.args, strict=False))
            instance.attributes.update(args.named)
        return instance

    def _super(self, name: str, frame: Frame) -> Value:
        owner = frame.owner
        if isinstance(owner, Instance):
            for base in self._follower.bases(owner.of):
                if isinstance(base, ClassValue):
                    found = self._follower.class_member(base, name, owner)
                    if found is not None:
                        return found
        return External(f"*.{name}", owner)

    # libraries

    def _external(self, callee: External, args: Arguments, frame: Frame) -> Value:
        symbol, owner = callee.symbol, callee.owner
        name = symbol.rpartition(".")[2]
        if isinstance(owner, Closure) and name in _DEFERRED:
            target = args
            if name in ("with_options", "override"):
                return owner
            return self._tasks.call(owner, target, frame)
        known = self._special(symbol, name, owner, args, frame)
        if known is not None:
            return known
        task = self._tasks.task(symbol, args, frame)
        if task is not None:
            return task
        # A sum type's rows with conditions stand before what the call does.
        typed = self._typed(callee, args)
        models = self._catalogue.models(symbol)
        if not models and typed is None and not isinstance(owner, Typed):
            models = self._catalogue.models(f"*.{name}")
        for model in models:
            done = self._access.apply(model, callee, args, frame)
            if done is not None:
                return typed if typed is not None else done
        if typed is not None:
            return typed
        return self._otherwise(name, owner, args, frame)

    def _otherwise(self, name: str, owner: Value | None, args: Arguments, frame: Frame) -> Value:
        if name in _RUNNERS:
            self._run_closures(args, frame)
        if name in ("get", "pop", "setdefault") and len(args.args) == 2 and not isinstance(owner, Typed):
            return weakened(args.args[1], INFERRED)  # a mapping that isn't known, and a default
        if isinstance(owner, Typed) and owner.type in self._catalogue.fluent:
            if name in ("option", "options", "format", "table", "schema") and (args.named or len(args.args) > 1):
                owner.bound.update(args.named)
                if len(args.args) > 1:
                    owner.bound[next(texts(args.args[0])).text] = args.args[1]
            return owner
        return Unknown("call", name)

    def _run_closures(self, args: Arguments, frame: Frame) -> None:
        """Functions given to what runs them: a pool's ``submit(f, x)``, ``Thread(target=f, args=(x,))``."""
        for index, value in enumerate([*args.args, *(args.named.get(key, NONE) for key in ("target", "fn", "func"))]):
            if isinstance(value, Closure):
                rest: tuple[Value, ...] = tuple(args.args[index + 1 :]) if index < len(args.args) else ()
                given = args.named.get("args")
                self._tasks.call(
                    value, Arguments(list(given.items if isinstance(given, Items) else rest), {}, args.line), frame
                )

    def _typed(self, callee: External, args: Arguments) -> Value | None:
        for row in self._catalogue.types(callee.symbol):
            if all(
                any(t.text == wanted for t in texts(args.select(at, callee.owner) or NONE))
                for at, wanted in row.when.items()
            ):
                return self._access.typed(row, callee, args)
        return None

    def attribute(self, member: External) -> Value:
        """A library's member that is not called: a type of the catalogue, or one of the settings."""
        symbol, owner = member.symbol, member.owner
        if symbol == "sys.argv":
            return self._settings.command_line()
        rows = self._catalogue.types(symbol)
        if not rows and not isinstance(owner, Typed):
            rows = self._catalogue.types(f"*.{symbol.rpartition('.')[2]}")
        for row in rows:
            if not row.when and not row.bind:
                return self._access.typed(row, member, Arguments([], {}, 0))
        if isinstance(owner, Typed) and owner.type == "Mongo":
            return self._access.collection(owner, symbol.rpartition(".")[2])
        if isinstance(owner, Typed) and owner.type in ("Target", "Asset") and symbol.endswith((".path", ".uri")):
            return owner.bound.get("path", Unknown("attr", "path"))
        if isinstance(owner, Instance):
            return Unknown("attr", symbol.rpartition(".")[2])
        if isinstance(owner, Unknown):
            return Unknown(owner.kind, f"{owner.what}.{symbol.rpartition('.')[2]}")
        return member

    def subscript(self, value: Value, key: Value) -> Value | None:
        """``value[key]`` of something that is no plain container; None where nothing special is known of it."""
        if isinstance(value, External) and value.symbol == "os.environ":
            return self._settings.environment(key, NONE)
        if isinstance(value, Typed):
            if value.type == "Config":
                return self._config_part(value, key)
            if value.type == "Mongo":
                return self._access.collection(value, next(texts(key)).text)
            return value.bound.get(next(texts(key)).text, Unknown("attr", next(texts(key)).text))
        return None

    def option_of(self, closure: Closure, name: str) -> Value | None:
        """What the command line gives to a function's parameter, where a decorator says so."""
        frame = self._decorator_frame(closure)
        number = 0
        for decorator in reversed(closure.function.decorators) if closure.function.decorators else ():
            if not isinstance(decorator, syntax.Call):
                continue
            callee = self._follower.value(decorator.func, frame)
            if isinstance(callee, External) and callee.symbol in _OPTION_DECORATORS:
                args = self._arguments(decorator, frame)
                parser = Typed("Arguments")
                add_argument(parser, args.args, args.named)
                number += callee.symbol == "click.argument"
                for key, value in parser.bound.items():
                    if key.rpartition(" ")[2].replace("-", "_").lower() != name.lower() or not isinstance(value, Items):
                        continue
                    if key.startswith("position "):
                        return self._settings.positional(number, name)
                    return self._settings.option(
                        tuple(t.text for t in value.items[1:] if isinstance(t, Text)), name, value.items[0]
                    )
        return None

    def _decorator_frame(self, closure: Closure) -> Frame:
        from pipesec_tui.flow.resolve import Frame

        return Frame(closure.module, closure.outer or closure.module.names, Effects(), closure.function)

    def external_base(self, of: ClassValue, depth: int = 0) -> str | None:
        """The library's class that a class of the project stands on."""
        for base in self._follower.bases(of):
            if isinstance(base, External):
                return base.symbol
            if isinstance(base, ClassValue) and depth < 5:
                found = self.external_base(base, depth + 1)
                if found is not None:
                    return found
        return None

    # what is neither folded nor in the catalogue

    def _special(self, symbol: str, name: str, owner: Value | None, args: Arguments, frame: Frame) -> Value | None:
        fold = FOLDS.get(symbol)
        if fold is not None:
            return fold(args.args, args.named)
        if isinstance(owner, Text) and symbol.startswith("Path."):
            return text_method(name, owner, args.args, args.named)
        if isinstance(owner, Mapping):
            return mapping_method(name, owner, args.args)
        if isinstance(owner, Items):
            return self._list_method(name, owner, args)
        if isinstance(owner, Handle):
            return owner if name in ("read", "readlines", "open", "__enter__") else Unknown("call", name)
        if isinstance(owner, Typed) and owner.type in ("Parser", "Config"):
            return self._parser_method(name, owner, args, frame)
        match symbol:
            case "os.environ.get" | "os.getenv" | "os.environ.setdefault" if args.args:
                return self._settings.environment(args.args[0], args.at(1, "default") or NONE)
            case "argparse.ArgumentParser" | "optparse.OptionParser" | "configargparse.ArgumentParser":
                return Typed("Parser")
            case "configparser.ConfigParser" | "configparser.RawConfigParser" | "configparser.SafeConfigParser":
                return Typed("Config")
            case "awsglue.utils.getResolvedOptions" if len(args.args) > 1:
                return resolved_options(self._settings, args.args[1])
            case "dotenv.dotenv_values":
                return self._settings.file(args.at(0, "dotenv_path") or Text(".env"), _folder(frame))
            case "builtins.getattr" if len(args.args) > 1:
                return self._follower.member(args.args[0], next(texts(args.args[1])).text)
            case "contextlib.closing" | "contextlib.ExitStack" | "asyncio.run" if args.args:
                return args.args[0]
        if name.endswith(("Parameter", "Field", "field")):
            given = args.named.get("default") or (args.args[0] if args.args and name == "Field" else None)
            return given if given is not None else Unknown("param", name)
        if symbol in _READERS and args.args:
            return self._config_file(symbol, args, frame)
        return None

    def _config_file(self, symbol: str, args: Arguments, frame: Frame) -> Value | None:
        """A configuration file that the project holds, with what it says; any other file is data."""
        source = args.args[0]
        for model in self._catalogue.models(symbol)[:1]:
            self._access.apply(model, External(symbol), args, frame)
        path = source.path if isinstance(source, Handle) else source
        if path is None or (not isinstance(source, Handle) and not symbol.endswith(("OmegaConf.load", "toml.load"))):
            return Unknown("call", symbol.rpartition(".")[2])
        return self._settings.file(path, _folder(frame))

    def _parser_method(self, name: str, owner: Typed, args: Arguments, frame: Frame) -> Value:
        if owner.type == "Config":
            if name in ("read", "read_file") and args.args:
                paths = args.args[0].items if isinstance(args.args[0], Items) else (args.args[0],)
                owner.bound["file"] = either(
                    self._settings.file(p.path if isinstance(p, Handle) and p.path else p, _folder(frame))
                    for p in paths
                )
                return NONE
            if name.startswith("get") and len(args.args) > 1:
                section = self._config_part(owner, args.args[0])
                fallback = args.named.get("fallback", NONE)
                found = self._config_value(section, args.args[1])
                return fallback if isinstance(found, Unknown) and fallback != NONE else found
            return Unknown("config", name)
        if name == "add_argument" or name == "add_option":
            add_argument(owner, args.args, args.named)
            return NONE
        if name in ("add_subparsers", "add_parser", "add_argument_group", "add_mutually_exclusive_group"):
            return owner
        if name in ("parse_args", "parse_intermixed_args"):
            return Typed("Arguments", owner.bound)
        if name == "parse_known_args":
            return Items((Typed("Arguments", owner.bound), Items(())))
        return Unknown("call", name)

    def _config_part(self, config: Typed, key: Value) -> Value:
        from pipesec_tui.flow.resolve_fold import item

        content = config.bound.get("file")
        if content is None:
            return Unknown("config", next(texts(key)).text)
        return item(content, key)

    def _config_value(self, section: Value, key: Value) -> Value:
        from pipesec_tui.flow.resolve_fold import item

        # configparser folds the names of options, not those of sections
        return item(section, Text(next(texts(key)).text.lower()))

    def _list_method(self, name: str, owner: Items, args: Arguments) -> Value | None:
        return owner if name in ("copy",) else Unknown("call", name)


def _folder(frame: Frame) -> str:
    return frame.module.path.rpartition("/")[0]


def _is_super(expr: syntax.Call) -> bool:
    return isinstance(expr.func, syntax.Name) and expr.func.id == "super"


__all__ = ["Calls", "Options"]
