"""What is bound from outside of the code: arguments of the command line, environment, configuration files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from collections.abc import Mapping as ReadMapping
from configparser import ConfigParser
from configparser import Error as ConfigError

from pipesec_tui.flow.plain_yaml import PlainYamlError, load_plain
from pipesec_tui.flow.values import (
    BOUND,
    FOLDED,
    INFERRED,
    NONE,
    Items,
    Mapping,
    Plain,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    texts,
    weakened,
)

MAX_CONFIG = 1 << 20

Reader = Callable[[str], bytes | None]
"""Content of a file of the project by its path, or None where there is none that may be read."""


class Settings:
    """``argv`` is what the run at hand was given: by position (``"1"``) or name (``--day``)."""

    def __init__(self, read: Reader, environment: ReadMapping[str, str]) -> None:
        self._read = read
        self._environment = environment
        self._files: dict[str, Value | None] = {}
        self.argv: dict[str, str] = {}

    def environment(self, name: Value, default: Value) -> Value:
        """``os.environ.get(name, default)``."""
        key = next(texts(name)).text
        known = self.argv.get(f"env.{key}", self._environment.get(key))
        if known is not None:
            return Text(known, INFERRED)
        return weakened(default, INFERRED) if default != NONE else Unknown("env", key)

    def positional(self, number: int, name: str) -> Value:
        """Argument ``number``, counted from 1."""
        given = self.argv.get(str(number))
        return Text(given, BOUND) if given is not None else Unknown("param", name)

    def option(self, flags: tuple[str, ...], name: str, default: Value) -> Value:
        """An option by any of its flags."""
        for flag in flags:
            if flag in self.argv:
                return Text(self.argv[flag], BOUND)
        return weakened(default, BOUND) if default != NONE else Unknown("param", name)

    def command_line(self) -> Value:
        """``sys.argv``."""
        numbers = [int(key) for key in self.argv if key.isdigit()]
        last = max([*numbers, 9])
        rest = (self.positional(number, f"argv{number}") for number in range(1, last + 1))
        return Items((Text("", BOUND), *rest))

    def file(self, path: Value, folder: str) -> Value:
        """What a configuration file holds. ``folder`` is that of the module that reads it."""
        found = []
        for text in texts(path):
            name = text.text.lstrip("\ue002/")
            for candidate in (name, f"{folder}/{name}" if folder else name):
                known = self._load(candidate)
                if known is not None:
                    found.append(known)
                    break
        return either(found) if found else Unknown("config", next(texts(path)).text.rpartition("/")[2])

    def _load(self, path: str) -> Value | None:
        if path not in self._files:
            content = self._read(path)
            self._files[path] = None if content is None or len(content) > MAX_CONFIG else _parsed(path, content)
        return self._files[path]


_SETTINGS = re.compile(r"(?i)conf|setting|param|option|environment|secret|credential|profile")
"""What paths of JSON files that are settings have in them. Other JSON is data: what it says changes."""


def _parsed(path: str, content: bytes) -> Value | None:
    try:
        if path.endswith((".yml", ".yaml")):
            return as_value(load_plain(content), path)
        if path.endswith(".json") and _SETTINGS.search(path):
            return as_value(json.loads(content), path)
        if path.endswith(".toml"):
            return as_value(tomllib.loads(content.decode()), path)
        if path.endswith((".ini", ".cfg", ".conf")):
            parser = ConfigParser(interpolation=None, strict=False)
            parser.read_string(content.decode())
            return as_value({name: dict(parser[name]) for name in parser.sections()}, path)
        if path.rpartition("/")[2].startswith(".env"):
            return as_value(dict(dotenv(content.decode("utf-8", "replace"))), path)
    except (PlainYamlError, ConfigError, ValueError, RecursionError):
        return None
    return None


def dotenv(text: str) -> list[tuple[str, str]]:
    """Names and values of a ``.env`` file."""
    rows = []
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().isidentifier():
            rows.append((name.strip(), value.strip().strip("\"'")))
    return rows


def as_value(plain: object, origin: str, depth: int = 0) -> Value:
    """Plain data as a value."""
    if depth > 20:
        return Unknown("config", origin)
    if isinstance(plain, str):
        return Text(plain, FOLDED)
    if isinstance(plain, dict):
        return Mapping({str(key): as_value(value, origin, depth + 1) for key, value in plain.items()}, origin)
    if isinstance(plain, list):
        return Items(tuple(as_value(each, origin, depth + 1) for each in plain[:500]))
    if plain is None or isinstance(plain, bool | int | float):
        return Plain(plain)
    return Text(str(plain), FOLDED)


def add_argument(parser: Typed, args: list[Value], named: dict[str, Value]) -> None:
    """``ArgumentParser.add_argument``, and click's ``option`` and ``argument``: kept by the name of its attribute."""
    flags = tuple(text.text for arg in args for text in texts(arg))
    long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    name = next(texts(named["dest"])).text if "dest" in named else long.lstrip("-").replace("-", "_")
    if not name:
        return
    default = named.get("default", NONE)
    if long.startswith("-"):
        parser.bound[f"option {name}"] = Items((default, *(Text(flag) for flag in flags)))
    else:
        position = 1 + sum(key.startswith("position ") for key in parser.bound)
        parser.bound[f"position {name}"] = Items((Plain(position), default))


def argument(settings: Settings, parser: Typed, name: str) -> Value:
    """The value of an argument by its attribute's name."""
    position = parser.bound.get(f"position {name}")
    if isinstance(position, Items) and isinstance(position.items[0], Plain):
        number = position.items[0].value
        found = settings.positional(number if isinstance(number, int) else 1, name)
        default = position.items[1]
        return weakened(default, BOUND) if isinstance(found, Unknown) and default != NONE else found
    option = parser.bound.get(f"option {name}")
    if isinstance(option, Items):
        default, *flags = option.items
        return settings.option(tuple(each.text for each in flags if isinstance(each, Text)), name, default)
    return settings.option((f"--{name}", f"--{name.replace('_', '-')}"), name, NONE)


def resolved_options(settings: Settings, names: Value) -> Value:
    """Glue's ``getResolvedOptions(sys.argv, names)``."""
    wanted = [
        text.text for each in each_of(names) if isinstance(each, Items) for one in each.items for text in texts(one)
    ]
    return Mapping({name: settings.option((f"--{name}",), name, NONE) for name in wanted}, "arguments")
