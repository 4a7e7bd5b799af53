"""Reading `pipesec.toml`: every mistake in it is told with file, line and key, not only the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipesec_tui.model.project import Project
from pipesec_tui.project.bounded import read_bounded, reason_of
from pipesec_tui.project.durations import parse_duration as parse_duration
from pipesec_tui.project.problems import FileProblems, Problem, dotted, printable, quoted, suggestion
from pipesec_tui.project.shape import shape_errors
from pipesec_tui.project.toml_document import TomlDocument, TomlProblem

if TYPE_CHECKING:
    from pipesec_tui.project.toml_positions import Path as KeyPath

CONFIG_NAME = "pipesec.toml"
MAX_SIZE = 1 << 20


class ConfigError(FileProblems):
    """pipesec.toml can't be used."""


def load(root: Path, *, check_options: Mapping[str, dict[str, Any]] | None = None) -> Project:
    """The project that ``root/pipesec.toml`` describes; an empty one where there is no such file.

    ``check_options`` is that of ``parse``. Raises ConfigError, for a file that can't be read too.
    """
    try:
        content = read_bounded(root / CONFIG_NAME, MAX_SIZE)
    except FileNotFoundError:
        return Project()
    except OSError as error:
        raise ConfigError([Problem(CONFIG_NAME, 1, "", f"can't be read: {reason_of(error)}")]) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(CONFIG_NAME, line, "", "is not UTF-8 text; save it as UTF-8")]) from None
    return parse(text, check_options=check_options)


def parse(text: str, name: str = CONFIG_NAME, *, check_options: Mapping[str, dict[str, Any]] | None = None) -> Project:
    """The project that a text describes.

    name          -- what errors call the file
    check_options -- JSON Schema of ``[check.ID]`` for every check there is; where given, options are held against it
                     and unknown checks are errors

    Raises ConfigError with all problems.
    """
    if len(text) > MAX_SIZE:
        raise ConfigError([Problem(name, 1, "", "is larger than 1 MB; pipesec.toml holds a description, not data")])
    try:
        document = TomlDocument(text)
    except TomlProblem as error:
        raise ConfigError([Problem(name, error.line, "", str(error))]) from None
    found = [
        *shape_errors(document.data, Project),
        *_durations(document.data),
        *_names(document.data),
        *_options(document.data, check_options),
    ]
    if found:
        raise ConfigError(Problem(name, document.line(path), dotted(path), message) for path, message in found)
    try:
        return msgspec.convert(document.data, Project)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ConfigError([Problem(name, 1, "", printable(str(error), 200))]) from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of pipesec.toml, for `pipesec config schema`."""
    schema = msgspec.json.schema(Project)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pipesec.toml",
        "description": "A data pipeline as pipesec assesses it.",
        **schema,
    }


def _durations(data: dict[str, Any]) -> Iterable[tuple[KeyPath, str]]:
    """Texts that should be durations and aren't. Values of other types are told by their shape."""
    policy = _table(data.get("policy"))
    places: list[tuple[KeyPath, object]] = [(("policy", key), policy.get(key)) for key in ("every", "data_age")]
    places += [(("policy", "sla", key), value) for key, value in _table(policy.get("sla")).items()]
    places += [(("stage", index, "timeout"), stage.get("timeout")) for index, stage in _tables(data, "stage")]
    for path, value in places:
        if isinstance(value, str):
            try:
                parse_duration(value)
            except ValueError as error:
                yield path, printable(str(error), 200)


_DATA = ("source", "dataset", "sink")


def _names(data: dict[str, Any]) -> Iterable[tuple[KeyPath, str]]:
    """Names given twice, and names of nothing."""
    known: dict[str, set[str]] = {}
    for kinds in (_DATA, ("service",), ("stage",)):
        seen: dict[str, str] = {}
        for kind in kinds:
            for index, item in _tables(data, kind):
                name = item.get("name")
                if not isinstance(name, str):
                    continue
                if not name.strip():
                    yield (kind, index, "name"), "is empty; give it a name"
                elif name in seen:
                    yield (
                        (kind, index, "name"),
                        f'a {seen[name]} is named "{printable(name)}" already; rename one',
                    )
                seen.setdefault(name, kind)
        known["data" if kinds == _DATA else kinds[0]] = set(seen)
    for kind, key, what in (
        ("stage", "reads", "data"),
        ("stage", "writes", "data"),
        ("stage", "uses", "service"),
        ("sink", "reads", "data"),
    ):
        for index, item in _tables(data, kind):
            names = item.get(key)
            for at, name in enumerate(names if isinstance(names, list) else ()):
                if isinstance(name, str) and name not in known[what]:
                    kinds_text = "source, dataset or sink" if what == "data" else what
                    hint = suggestion(name, known[what]) or f"; add a [[{'dataset' if what == 'data' else what}]]"
                    yield (kind, index, key, at), f'no {kinds_text} is named "{printable(name)}"{hint}'


def _options(data: dict[str, Any], schemas: Mapping[str, dict[str, Any]] | None) -> Iterable[tuple[KeyPath, str]]:
    """Options of checks that their plugins would refuse."""
    checks = _table(data.get("check"))
    if schemas is None or not checks:
        return
    from jsonschema import Draft202012Validator

    for check, options in checks.items():
        if check not in schemas:
            hint = suggestion(check, schemas) or f"; known are {quoted(sorted(schemas))}; is its plugin enabled?"
            yield ("check", check), f"no check has this name{hint}"
        elif isinstance(options, dict):
            schema = schemas[check]
            for error in Draft202012Validator(schema).iter_errors(options):
                at: KeyPath = ("check", check, *error.absolute_path)
                if error.validator == "additionalProperties":
                    allowed = error.schema.get("properties", {})
                    for key in sorted(set(_table(error.instance)) - set(allowed)):
                        yield (*at, key), f"unknown key{suggestion(key, allowed) or _instead(allowed)}"
                else:
                    yield at, printable(error.message, 200)


def _instead(known: Iterable[str]) -> str:
    return f"; known are {quoted(sorted(known))}"


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(data: dict[str, Any], kind: str) -> Iterable[tuple[int, dict[str, Any]]]:
    items = data.get(kind)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield index, item
