"""What is known of a value while a function is read: where it may come from, and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

MAX_LABELS = 24
"""Origins that one value keeps; behind that, further ones are dropped."""
MAX_ITEMS = 64


class Node(NamedTuple):
    """A place that data passes, across functions.

    kind  -- ``source``, ``sink``, ``param``, ``return``, ``result``, ``field``, ``global`` or ``data``
    owner -- the function, class, file, call site or dataset that it belongs to
    """

    kind: str
    owner: str
    name: str = ""


class Trace(NamedTuple):
    """A step inside of a function, and the one before it."""

    before: Trace | None
    line: int
    what: str


Label: TypeAlias = tuple[Node, int]
"""An origin, and the families (bits) that the data is harmless for."""
Labels: TypeAlias = dict[Label, Trace | None]


@dataclass(slots=True)
class Value:
    """``labels`` hold for the value and whatever is in it and not in ``items``.

    items   -- elements whose key or position is known
    type    -- symbol of the call that gave it, ``requests.Session()``, or key of a class of the project
    text    -- its text, where constant
    calls   -- keys of functions that it may be
    handles -- datasets that writing to it writes to
    url_of  -- the variable whose parsed URL it is
    """

    labels: Labels = field(default_factory=dict)
    items: dict[str, Value] | None = None
    type: str = ""
    text: str | None = None
    calls: tuple[str, ...] = ()
    handles: frozenset[str] = frozenset()
    url_of: str = ""

    def flat(self, depth: int = 4) -> Labels:
        """All labels, of elements too."""
        if not self.items or not depth:
            return self.labels
        found = dict(self.labels)
        for item in self.items.values():
            for label, trace in item.flat(depth - 1).items():
                if len(found) < MAX_LABELS:
                    found.setdefault(label, trace)
        return found


NOTHING = Value()
"""Nothing is known, and nothing untrusted in it. Never changed."""


def union(values: Iterable[Value]) -> Labels:
    """All labels of some values; of an origin seen twice the first way counts."""
    found: Labels = {}
    for value in values:
        for label, trace in value.flat().items():
            if len(found) < MAX_LABELS:
                found.setdefault(label, trace)
    return found


def join(left: Value, right: Value) -> Value:
    """What a variable is after two branches."""
    if left is right or right is NOTHING:
        return left
    if left is NOTHING:
        return right
    labels = left.labels
    if right.labels and right.labels is not labels:
        labels = dict(labels)
        for label, trace in right.labels.items():
            if len(labels) < MAX_LABELS:
                labels.setdefault(label, trace)
    return Value(
        labels,
        _join_items(left, right),
        left.type or right.type,
        left.text if left.text == right.text else None,
        tuple(dict.fromkeys(left.calls + right.calls))[:4],
        left.handles | right.handles,
        left.url_of if left.url_of == right.url_of else "",
    )


def _join_items(left: Value, right: Value) -> dict[str, Value] | None:
    if left.items is right.items:
        return left.items
    mine, other = left.items or {}, right.items or {}
    if len(mine) + len(other) > MAX_ITEMS:
        return None
    joined = {}
    for key in [*mine, *(key for key in other if key not in mine)]:
        # A key that one side doesn't list has there what holds for all of its elements.
        joined[key] = join(mine.get(key) or Value(left.labels), other.get(key) or Value(right.labels))
    return joined


Env: TypeAlias = dict[str, Value]


def join_envs(left: Env | None, right: Env | None) -> Env | None:
    """What is known after two branches; None stands for one that does not end here."""
    if left is None or right is None:
        return right if left is None else left
    joined = dict(left)
    for name, value in right.items():
        mine = left.get(name)
        if mine is not value:
            joined[name] = value if mine is None else join(mine, value)
    return joined


def cleaned(value: Value, mask: int) -> Value:
    """The same value, harmless for the families of ``mask`` too."""
    if not mask or (not value.labels and not value.items):
        return value
    labels: Labels = {}
    for (node, old), trace in value.labels.items():
        labels.setdefault((node, old | mask), trace)
    items = {key: cleaned(item, mask) for key, item in value.items.items()} if value.items else value.items
    return Value(labels, items, value.type, value.text, value.calls, value.handles, value.url_of)
