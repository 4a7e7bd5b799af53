"""Whether a backtracking matcher can be slowed down by the text it reads.

A search backtracks over all ways to match a text that in the end does not match. Their number grows exponentially
where a state can come back to itself along two different paths over one word, and with a power of the length where two
loops behind each other can both read the same words (A. Weber, H. Seidl, "On the degree of ambiguity of finite
automata", 1991; N. Weideman et al., "Analyzing matching time behavior of backtracking regular expression matchers by
using ambiguity of NFA", 2016). Both are decided on the automaton, without running the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import Enum
from typing import TypeVar

from pipesec_sast.regex_automaton import Automaton, TooLarge, build

MAX_STATES = 60_000

Node = TypeVar("Node", bound=Hashable)


class Slowdown(Enum):
    """How matching time can grow with the length of a text."""

    NONE = "none"
    POLYNOMIAL = "polynomial"
    EXPONENTIAL = "exponential"


def analyze(pattern: str, flags: int = 0, *, whole: bool = False, anywhere: bool = False) -> Slowdown:
    """The worst growth of a pattern's matching time. ``whole`` and ``anywhere`` say how it is used, see ``build``.

    Raises ValueError for what is not a regular expression, TooLarge for one that is too large to be analyzed.
    """
    try:
        if _exponential(build(pattern, flags, whole=whole)):
            return Slowdown.EXPONENTIAL
        if _polynomial(build(pattern, flags, whole=whole, anywhere=anywhere)):
            return Slowdown.POLYNOMIAL
    except (RecursionError, OverflowError) as error:
        raise TooLarge(str(error)) from None
    return Slowdown.NONE


def _exponential(automaton: Automaton) -> bool:
    """Whether some loop reads one word in two ways, and something behind it can fail."""
    for component in _components(range(len(automaton.follow)), lambda p: automaton.follow[p]):
        if component <= automaton.last:
            continue
        if any(automaton.follow[p].get(q, 0) > 1 for p in component for q in component):
            return True
        if len(component) ** 2 > MAX_STATES:
            raise TooLarge("too many states")
        if len(component) > 1 and _two_ways(automaton, component):
            return True
    return False


def _two_ways(automaton: Automaton, component: frozenset[int]) -> bool:
    def steps(pair: tuple[int, int]) -> list[tuple[int, int]]:
        return [
            (p, q)
            for p in automaton.follow[pair[0]]
            if p in component
            for q in automaton.follow[pair[1]]
            if q in component and automaton.classes[p] & automaton.classes[q]
        ]

    for pairs in _components([(p, p) for p in component], steps):
        together = any(p == q for p, q in pairs)
        apart = any(p != q for p, q in pairs)
        if together and apart:
            return True
    return False


def _polynomial(automaton: Automaton) -> bool:
    """Whether two unbounded loops, one behind the other, can read the same words, and something behind can fail."""

    def steps(position: int) -> list[int]:
        return [q for q in automaton.follow[position] if (position, q) not in automaton.bounded]

    components = list(_components(range(len(automaton.follow)), steps))
    ahead = {c: _reachable(c, steps) for c in components}
    for first in components:
        for second in components:
            if first == second or second <= automaton.last or not second & ahead[first]:
                continue
            if _overlap(automaton, first, second, ahead[first]):
                return True
    return False


def _overlap(automaton: Automaton, first: frozenset[int], second: frozenset[int], ahead: frozenset[int]) -> bool:
    """Whether a word leads from p to p, from p to q and from q to q, for p in one loop and q in another."""
    classes, follow = automaton.classes, automaton.follow

    def steps(state: tuple[int, int, int]) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        for p in follow[state[0]]:
            if p not in first:
                continue
            for between in follow[state[1]]:
                both = classes[p] & classes[between]
                if not both or between not in ahead:
                    continue
                found.extend((p, between, q) for q in follow[state[2]] if q in second and both & classes[q])
        return found

    budget = MAX_STATES
    for p in first:
        for q in second:
            if not classes[p] & classes[q]:
                continue
            reached = _reachable([(p, p, q)], steps, budget)
            budget -= len(reached)
            if (p, q, q) in reached:
                return True
    return False


def _reachable(
    starts: Iterable[Node], steps: Callable[[Node], Iterable[Node]], limit: int = MAX_STATES
) -> frozenset[Node]:
    """All that one or more steps lead to. Raises TooLarge beyond the limit."""
    found: set[Node] = set()
    pending = list(starts)
    while pending:
        for node in steps(pending.pop()):
            if node not in found:
                if len(found) >= limit:
                    raise TooLarge("too many states")
                found.add(node)
                pending.append(node)
    return frozenset(found)


def _components(starts: Iterable[Node], steps: Callable[[Node], Iterable[Node]]) -> Iterable[frozenset[Node]]:
    """The loops: strongly connected components with a step inside (R. Tarjan, 1972, without recursion)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    for start in starts:
        if start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        work = [(start, iter(steps(start)))]
        while work:
            node, remaining = work[-1]
            for other in remaining:
                if other not in index:
                    if len(index) >= MAX_STATES:
                        raise TooLarge("too many states")
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(steps(other))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members: set[Node] = set()
                    while not members or node not in members:
                        members.add(stack.pop())
                    on_stack -= members
                    if len(members) > 1 or node in steps(node):
                        yield frozenset(members)
