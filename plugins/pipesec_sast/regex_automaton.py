"""A regular expression as a position automaton that counts in how many ways it can go from one place to the next.

Glushkov's construction (V. M. Glushkov, "The abstract theory of automata", 1961) with multiplicities: every character
class of the pattern is a position, and ``follow[p][q]`` is the number of ways, capped at 2, from ``p`` to ``q`` without
reading. A pattern's matches are ambiguous where that is 2, or where two positions read the same character.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from msgspec import Struct

MAX_POSITIONS = 400
MANY = 10
"""From this count on a bounded repetition is treated as an unbounded one where it repeats a repetition."""

_parser: Any = import_module("re._parser")

_BASE = "09azAZ_ \n\t-.,/\\\"'@:é\u4e00"
_CATEGORIES = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda c: c.isalnum() or c == "_",
}


class TooLarge(ValueError):
    """The pattern is too large to be analyzed."""


class Automaton(Struct, frozen=True):
    """Positions are numbered from 0.

    classes -- characters that a position reads, as a bit set over a sample alphabet
    follow  -- ways from a position to the next, capped at 2
    bounded -- steps that begin another round of a bounded repetition
    first   -- positions that a match can begin with
    last    -- positions that a match can end with, whatever comes behind
    alphabet -- the sample alphabet, in the order of the bits
    """

    classes: tuple[int, ...]
    follow: tuple[dict[int, int], ...]
    bounded: frozenset[tuple[int, int]]
    first: frozenset[int]
    last: frozenset[int]
    alphabet: str


class _Part(Struct, frozen=True):
    """Some of a pattern: ways to match nothing, and ways to begin and to end with each position."""

    empty: int
    first: dict[int, int]
    last: dict[int, int]


_NOTHING = _Part(1, {}, {})


def build(pattern: str, flags: int = 0, *, whole: bool = False, anywhere: bool = False) -> Automaton:
    """The automaton of a pattern in the syntax of ``re``.

    whole    -- the match must end with the text, as in fullmatch
    anywhere -- the match may begin anywhere, as in search: a loop over white space comes first. One over all characters
                would be as true, and tell of nearly every pattern that begins with a repetition; long runs of white
                space are what has brought services down

    Raises ValueError (of which re.error and TooLarge are kinds), RecursionError or OverflowError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = _parser.parse(pattern, flags)
        except re.error as error:
            raise ValueError(str(error)) from None
    builder = _Builder(_alphabet(tree), tree.state.flags)
    part = builder.sequence(tree)
    if whole:
        part = builder.concatenated([part, builder.mark()])
    if anywhere and not _anchored(tree):
        part = builder.concatenated([builder.repeated(builder.position(builder.space), bounded=False), part])
    return Automaton(
        classes=tuple(builder.classes),
        follow=tuple(builder.follow),
        bounded=frozenset(builder.bounded),
        first=frozenset(part.first),
        last=frozenset(part.last),
        alphabet=builder.alphabet,
    )


def _anchored(tree: Any) -> bool:
    first = tree[0] if len(tree) else None
    return first is not None and str(first[0]) == "AT" and str(first[1]).startswith("AT_BEGINNING")


def _alphabet(tree: Any) -> str:
    """Characters that tell the pattern's classes apart: all it names, their neighbors, and some of every kind."""
    found = set(_BASE)
    pending: list[Any] = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple) and len(item) == 2 and str(item[0]) in ("LITERAL", "NOT_LITERAL", "RANGE"):
            ends = item[1] if isinstance(item[1], tuple) else (item[1], item[1])
            for code in (ends[0] - 1, ends[0], ends[1], ends[1] + 1):
                if 0 <= code < 0x110000:
                    found.update((chr(code), chr(code).lower()[:1], chr(code).upper()[:1]))
        elif isinstance(item, tuple | list) or hasattr(item, "data"):
            pending.extend(item)
    return "".join(sorted(found))


class _Builder:
    def __init__(self, alphabet: str, flags: int) -> None:
        self.alphabet = alphabet
        self.flags = flags
        self.every = (1 << len(alphabet)) - 1
        self.space = self._where(str.isspace)
        self.classes: list[int] = []
        self.follow: list[dict[int, int]] = []
        self.bounded: set[tuple[int, int]] = set()

    def position(self, readable: int) -> _Part:
        if len(self.classes) >= MAX_POSITIONS:
            raise TooLarge("too many positions")
        self.classes.append(readable)
        self.follow.append({})
        number = len(self.classes) - 1
        return _Part(0, {number: 1}, {number: 1})

    def mark(self) -> _Part:
        """An assertion: a position that reads a mark which no character is."""
        return self.position(1 << len(self.alphabet))

    def sequence(self, items: Iterable[Any]) -> _Part:
        return self.concatenated([self.item(str(op), argument) for op, argument in items])

    def concatenated(self, parts: Iterable[_Part]) -> _Part:
        whole = _NOTHING
        for part in parts:
            self._connect(whole.last, part.first)
            whole = _Part(
                min(2, whole.empty * part.empty),
                _sum(whole.first, part.first, whole.empty),
                _sum(part.last, whole.last, part.empty),
            )
        return whole

    def repeated(self, part: _Part, *, bounded: bool) -> _Part:
        """One or more times."""
        self._connect(part.last, part.first, bounded=bounded)
        return part

    def item(self, op: str, argument: Any) -> _Part:
        match op:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "RANGE" | "CATEGORY":
                return self.position(self._class(op, argument))
            case "SUBPATTERN":
                return self.sequence(argument[3])
            case "BRANCH":
                return _alternatives([self.sequence(branch) for branch in argument[1]])
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeat(*argument)
            case "POSSESSIVE_REPEAT" | "ATOMIC_GROUP":
                # Never entered again once matched, and so one step; what it reads is not told.
                return self.position(self.every)
            case "AT":
                return _NOTHING if str(argument).startswith("AT_BEGINNING") else self.mark()
            case "ASSERT" | "ASSERT_NOT":
                return self.mark()
            case "GROUPREF":
                return self.position(self.every)
            case "GROUPREF_EXISTS":
                return _alternatives([self.sequence(branch or ()) for branch in argument[1:]])
            case _:
                return _NOTHING

    def _repeat(self, low: int, high: int, body: Any) -> _Part:
        limitless = high == _parser.MAXREPEAT
        narrowest, widest = body.getwidth()
        fixed = narrowest == widest
        if high == 0:
            return _NOTHING
        if limitless or (high >= MANY and not (low == high and fixed)):
            part = self.repeated(self.sequence(body), bounded=not limitless)
            return part if low else _optional(part)
        # A fixed number of rounds of a fixed width is told apart by counting: two copies show what neighbors do.
        copies = min(high, 2) if low == high and fixed else high
        needed = copies if low == high else low
        parts = [self.sequence(body) for _ in range(copies)]
        whole = _NOTHING
        for part in reversed(parts[needed:]):
            whole = _optional(self.concatenated([part, whole]))
        return self.concatenated([*parts[:needed], whole])

    def _connect(self, sources: dict[int, int], targets: dict[int, int], *, bounded: bool = False) -> None:
        for source, ways in sources.items():
            steps = self.follow[source]
            for target, more in targets.items():
                if bounded and target not in steps:
                    self.bounded.add((source, target))
                elif not bounded:
                    self.bounded.discard((source, target))
                steps[target] = min(2, steps.get(target, 0) + ways * more)

    def _class(self, op: str, argument: Any) -> int:
        match op:
            case "LITERAL":
                return self._where(lambda c: self._same(c, argument))
            case "NOT_LITERAL":
                return self.every & ~self._where(lambda c: self._same(c, argument))
            case "ANY":
                return self.every if self.flags & re.DOTALL else self._where(lambda c: c != "\n")
            case "RANGE":
                low, high = argument
                both = self.flags & re.IGNORECASE
                return self._where(
                    lambda c: (
                        low <= ord(c) <= high
                        or bool(both and any(low <= ord(o[:1] or c) <= high for o in (c.lower(), c.upper())))
                    )
                )
            case "CATEGORY":
                name = str(argument)
                positive = _CATEGORIES.get(name.replace("_NOT_", "_"))
                members = self._where(positive) if positive else self.every
                return self.every & ~members if "_NOT_" in name and positive else members
            case _:
                members = 0
                negate = bool(argument) and str(argument[0][0]) == "NEGATE"
                for kind, inner in argument[negate:]:
                    members |= self._class(str(kind), inner)
                return self.every & ~members if negate else members

    def _where(self, test: Any) -> int:
        return sum(1 << index for index, character in enumerate(self.alphabet) if test(character))

    def _same(self, character: str, code: int) -> bool:
        if self.flags & re.IGNORECASE:
            return character.lower() == chr(code).lower()
        return ord(character) == code


def _sum(one: dict[int, int], other: dict[int, int], times: int) -> dict[int, int]:
    if not times or not other:
        return one
    total = dict(one)
    for position, ways in other.items():
        total[position] = min(2, total.get(position, 0) + ways * times)
    return total


def _alternatives(parts: Iterable[_Part]) -> _Part:
    empty, first, last = 0, dict[int, int](), dict[int, int]()
    for part in parts:
        empty += part.empty
        first, last = _sum(first, part.first, 1), _sum(last, part.last, 1)
    return _Part(min(2, empty), first, last)


def _optional(part: _Part) -> _Part:
    return _Part(1, part.first, part.last)
