"""YAML and JSON as text, lists and mappings that know their lines, built from the parser's events.

PyYAML's own constructors recurse: with the C loader 200,000 open brackets end the process with SIGSEGV (seen with
6.0.3). Events do not. Aliases are followed, as compose files need them, as long as what they stand for stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

import yaml

Plain: TypeAlias = "Text | Sequence | Mapping"
MAX_SIZE = 1 << 20
MAX_DEPTH = 60
MAX_NODES = 200_000
"""Values in a document, those that aliases repeat counted each time."""


class Malformed(ValueError):
    """A file isn't in the format that its name promises; the text is one line, with the place."""


class Text(str):
    """A scalar, its line from 1, and that of its first character, which is the next where it is a block."""

    __slots__ = ("first", "line")
    line: int
    first: int

    def __new__(cls, text: str, line: int, *, block: bool = False) -> Text:
        made = super().__new__(cls, text)
        made.line = line
        made.first = line + 1 if block else line
        return made


class Sequence(list["Plain"]):
    """A list; ``line`` is where it begins, ``size`` how many values it holds, at any depth."""

    line = 1
    size = 1


class Mapping(dict[str, "Plain"]):
    """A mapping by text; ``lines`` are those of its keys."""

    line = 1
    size = 1

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """Where a key stands, or else the mapping."""
        return self.lines.get(key, self.line)

    def mapping(self, key: str) -> Mapping:
        """What stands under a key, where that is a mapping; else an empty one."""
        value = self.get(key)
        return value if isinstance(value, Mapping) else Mapping()

    def sequence(self, key: str) -> list[Plain]:
        """What stands under a key, as a list: one value is a list of it."""
        value = self.get(key)
        if value is None:
            return []
        return value if isinstance(value, Sequence) else [value]

    def text(self, key: str) -> Text | None:
        """What stands under a key, where that is text and not empty."""
        value = self.get(key)
        return value if isinstance(value, Text) and value else None

    def mappings(self) -> Iterator[tuple[str, Mapping]]:
        """Keys under which a mapping stands."""
        for key, value in self.items():
            if isinstance(value, Mapping):
                yield key, value


def load(content: bytes, *, tags: bool = False) -> list[Plain]:
    """The documents of a YAML or JSON text. Raises Malformed.

    tags -- a value with a tag of its own, ``!Ref x``, becomes a mapping ``{"Ref": x}``, as CloudFormation defines
    """
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    builder = _Builder(tags)
    try:
        text = content.decode("utf-8-sig").replace("\t", "    ")
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Malformed(f"line {mark.line + 1 if mark else 1}: {error.problem or 'not YAML'}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise Malformed(f"not YAML: {' '.join(str(error).split())[:120]}") from None
    return builder.documents


def load_one(content: bytes, *, tags: bool = False) -> Mapping:
    """The first document, where it is a mapping; else an empty one. Raises Malformed."""
    documents = load(content, tags=tags)
    return documents[0] if documents and isinstance(documents[0], Mapping) else Mapping()


class _Open:
    """A list or mapping that isn't closed yet."""

    def __init__(self, value: Sequence | Mapping, anchor: str | None, tag: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.tag = tag
        self.key: Text | None = None


class _Builder:
    def __init__(self, tags: bool) -> None:
        self.documents: list[Plain] = []
        self._tags = tags
        self._stack: list[_Open] = []
        self._anchors: dict[str, Plain] = {}
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.ScalarEvent):
            value = Text(event.value, line, block=event.style in ("|", ">"))
            self._anchor(event.anchor, value)
            self._add(self._tagged(value, event.tag, line), line)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise Malformed(f"line {line}: an alias of nothing that is complete")
            self._add(self._anchors[event.anchor], line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                raise Malformed(f"line {line}: nested more than {MAX_DEPTH} deep")
            opened: Sequence | Mapping = Sequence() if isinstance(event, yaml.SequenceStartEvent) else Mapping()
            opened.line = line
            self._stack.append(_Open(opened, event.anchor, event.tag))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            closed = self._stack.pop()
            if isinstance(closed.value, Mapping):
                _merge(closed.value)
            self._anchor(closed.anchor, closed.value)
            self._add(self._tagged(closed.value, closed.tag, closed.value.line), closed.value.line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()

    def _anchor(self, name: str | None, value: Plain) -> None:
        if name:
            self._anchors[name] = value

    def _tagged(self, value: Plain, tag: str | None, line: int) -> Plain:
        if not self._tags or not tag or not tag.startswith("!") or len(tag) < 2:
            return value
        wrapped = Mapping()
        wrapped.line = line
        name = tag[1:] if tag == "!Ref" else f"Fn::{tag[1:]}"
        wrapped[name] = value
        wrapped.lines[name] = line
        wrapped.size += _size(value)
        return wrapped

    def _add(self, value: Plain, line: int) -> None:
        size = _size(value)
        self._nodes += 1
        if size > MAX_NODES or self._nodes > MAX_NODES:
            raise Malformed(f"line {line}: more than {MAX_NODES} values")
        if not self._stack:
            self.documents.append(value)
            return
        top = self._stack[-1]
        if isinstance(top.value, Sequence):
            top.value.append(value)
        elif top.key is None:
            top.key = value if isinstance(value, Text) else Text("", line)
            return
        else:
            top.value[str(top.key)] = value
            top.value.lines[str(top.key)] = top.key.line
            top.key = None
        top.value.size += size


def _size(value: Plain) -> int:
    return 1 if isinstance(value, Text) else value.size


def _merge(value: Mapping) -> None:
    """YAML's merge key: what ``<<`` names is there unless said otherwise (yaml.org/type/merge)."""
    if "<<" not in value:
        return
    merged = value.pop("<<")
    for one in cast("list[Plain]", merged) if isinstance(merged, Sequence) else [merged]:
        if isinstance(one, Mapping):
            for key, inner in one.items():
                if key not in value:
                    value[key] = inner
                    value.lines[key] = one.line_of(key)
