"""The text that slows a pattern down: a beginning, a word to repeat, and an end that does not match.

Read off the automaton: the word leads from a place back to itself in two ways (or through two loops at once), which is
what redos.py decides; here its letters are kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct

from pipesec_sast.redos import Slowdown
from pipesec_sast.regex_automaton import Automaton, build

MAX_STEPS = 20_000
MAX_TEXT = 60
"""Longer beginnings and words are not tried."""

_State: TypeAlias = tuple[int, ...]


class Pump(Struct, frozen=True):
    """``prefix`` once, then ``word`` again and again."""

    prefix: str
    word: str


def pumps(pattern: str, flags: int, slowdown: Slowdown, *, whole: bool, anywhere: bool) -> list[Pump]:
    """A few candidates; empty where none was found in bounded time. Raises what ``build`` raises."""
    automaton = build(pattern, flags, whole=whole, anywhere=anywhere and slowdown is Slowdown.POLYNOMIAL)
    places = range(len(automaton.follow))
    found: list[Pump] = []
    budget = [MAX_STEPS]
    starts = (
        ((p,) for p in places)
        if slowdown is Slowdown.EXPONENTIAL
        else ((p, q) for p in places for q in places if p != q)
    )
    for start in starts:
        word = (
            _twice(automaton, start[0], budget) if len(start) == 1 else _through(automaton, start[0], start[1], budget)
        )
        if word is None or len(word) > MAX_TEXT:
            continue
        prefix = _prefix(automaton, start[0])
        if prefix is not None and len(prefix) <= MAX_TEXT:
            found.append(Pump(prefix, word))
        if len(found) >= 3 or budget[0] <= 0:
            break
    return found


def _twice(automaton: Automaton, place: int, budget: list[int]) -> str | None:
    """A word that leads from a place to itself in two ways."""

    def steps(state: _State) -> Iterator[tuple[_State, int]]:
        a, b, apart = state
        for p, ways in automaton.follow[a].items():
            for q in automaton.follow[b]:
                both = automaton.classes[p] & automaton.classes[q]
                if both:
                    yield (p, q, int(bool(apart) or p != q or (a == b and ways > 1))), both

    return _path(automaton, [(place, place, 0)], (place, place, 1), steps, budget)


def _through(automaton: Automaton, one: int, other: int, budget: list[int]) -> str | None:
    """A word that leads from a place to itself, from there to another, and from that one to itself."""
    if not automaton.classes[one] & automaton.classes[other]:
        return None

    def steps(state: _State) -> Iterator[tuple[_State, int]]:
        for p in automaton.follow[state[0]]:
            for between in automaton.follow[state[1]]:
                both = automaton.classes[p] & automaton.classes[between]
                if both:
                    for q in automaton.follow[state[2]]:
                        every = both & automaton.classes[q]
                        if every:
                            yield (p, between, q), every

    return _path(automaton, [(one, one, other)], (one, other, other), steps, budget)


def _prefix(automaton: Automaton, place: int) -> str | None:
    """A text that leads to a place, its own letter the last."""
    if place in automaton.first:
        return _letter(automaton, automaton.classes[place])

    def steps(state: _State) -> Iterator[tuple[_State, int]]:
        for p in automaton.follow[state[0]]:
            yield (p,), automaton.classes[p]

    for first in sorted(automaton.first):
        rest = _path(automaton, [(first,)], (place,), steps, [MAX_STEPS])
        head = _letter(automaton, automaton.classes[first])
        if rest is not None and head is not None:
            return head + rest
    return None


def _path(automaton: Automaton, starts: Iterable[_State], goal: _State, steps: object, budget: list[int]) -> str | None:
    """The letters on a shortest way of one or more steps."""
    assert callable(steps)
    queue = deque((state, "") for state in starts)
    seen: set[_State] = set()
    while queue and budget[0] > 0:
        state, text = queue.popleft()
        for following, readable in steps(state):
            budget[0] -= 1
            if following in seen:
                continue
            letter = _letter(automaton, readable)
            if letter is None:
                continue
            if following == goal:
                return text + letter
            seen.add(following)
            if len(text) < MAX_TEXT:
                queue.append((following, text + letter))
    return None


def _letter(automaton: Automaton, readable: int) -> str | None:
    """One of the characters in a class, best a plain one; None for the mark of an assertion."""
    best: str | None = None
    for index, character in enumerate(automaton.alphabet):
        if readable >> index & 1:
            if character.isascii() and character.isalnum():
                return character
            if best is None or (character.isprintable() and not best.isprintable()):
                best = character
    return best
