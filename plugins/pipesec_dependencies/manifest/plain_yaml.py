"""YAML as text, lists and mappings, built from the parser's events.

PyYAML's own constructors recurse: with the C loader 200,000 open brackets end the process with SIGSEGV (seen with
6.0.3). Events do not. Every scalar stays text, so that a version ``1.10`` is no number; aliases are refused, since
nothing that is read here needs them and they can make a small file large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
MAX_DEPTH = 64


class Text(str):
    """A scalar and the line where it stands, from 1."""

    __slots__ = ("line",)

    def __new__(cls, text: str, line: int) -> Text:
        made = super().__new__(cls, text)
        made.line = line
        return made

    line: int


class MalformedYaml(ValueError):
    """Text that is no YAML, or more of it than is read here; one line, with the place."""


def load_plain(content: str | bytes, *, lines: bool = False) -> Plain:
    """The first document; with ``lines`` its scalars are ``Text`` and know where they stand. Raises MalformedYaml."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    stack: list[list[Plain] | dict[str, Plain]] = []
    keys: list[str | None] = []
    top: list[Plain] = []

    def add(value: Plain) -> None:
        holder = stack[-1] if stack else top
        if isinstance(holder, list):
            holder.append(value)
        elif (key := keys[-1]) is None:
            if not isinstance(value, str):
                raise MalformedYaml("a key that is no text")
            keys[-1] = value
        else:
            holder[key] = value
            keys[-1] = None

    try:
        for event in yaml.parse(content, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise MalformedYaml(f"line {line}: an alias")
            if isinstance(event, yaml.ScalarEvent):
                add(Text(event.value, line) if lines else event.value)
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise MalformedYaml(f"line {line}: nested more than {MAX_DEPTH} deep")
                opened: list[Plain] | dict[str, Plain] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
                if isinstance(opened, dict) or not stack or not isinstance(stack[-1], dict) or keys[-1] is not None:
                    add(opened)
                else:
                    raise MalformedYaml(f"line {line}: a key that is no text")
                stack.append(opened)
                keys.append(None)
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                stack.pop()
                keys.pop()
            elif isinstance(event, yaml.DocumentEndEvent):
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise MalformedYaml(f"line {mark.line + 1 if mark else 1}: {error.problem or 'not YAML'}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise MalformedYaml(f"not YAML: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from None
    return top[0] if top else {}


def mapping(value: Plain | None) -> Mapping[str, Plain]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Plain | None) -> Sequence[Plain]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else ()
