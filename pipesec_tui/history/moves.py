"""Which file became which, told from the findings in them where nobody said so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

from pipesec_tui.history.trace import Trace

LIKENESS = 0.5
"""Least Jaccard index of two files' findings for one to count as the other moved. Measured on synthetic and real
histories: see the notes on matching."""
_COMMON = 64
"""A weakness that more files share says nothing about which file became which."""

_Weakness: TypeAlias = tuple[str, str | None, str | None]


def infer_moves(base: Sequence[Trace], head: Sequence[Trace]) -> dict[str, str]:
    """Paths that are only in ``base`` and the paths only in ``head`` that they became, one to one, likest first.

    Two files are as alike as their sets of (rule, scope, code) are: the Jaccard index, at least ``LIKENESS``.
    """
    old, new = _paths(base), _paths(head)
    vanished, appeared = old - new, new - old
    if not vanished or not appeared:
        return {}
    before, after = _weaknesses(base, vanished), _weaknesses(head, appeared)
    holders: defaultdict[_Weakness, list[str]] = defaultdict(list)
    for path, weaknesses in after.items():
        for weakness in weaknesses:
            holders[weakness].append(path)
    likely: list[tuple[float, bool, str, str, str, str]] = []
    for path, weaknesses in before.items():
        shared = Counter(
            other for weakness in weaknesses if len(found := holders.get(weakness, ())) <= _COMMON for other in found
        )
        for other, count in shared.items():
            likeness = count / (len(weaknesses) + len(after[other]) - count)
            if likeness >= LIKENESS:
                another_name = PurePosixPath(path).name != PurePosixPath(other).name
                # min and max, so that two assessments give the same pairs whichever comes first
                likely.append((-likeness, another_name, min(path, other), max(path, other), path, other))
    moves: dict[str, str] = {}
    taken: set[str] = set()
    for *_, path, other in sorted(likely):
        if path not in moves and other not in taken:
            moves[path] = other
            taken.add(other)
    return moves


def _paths(found: Iterable[Trace]) -> set[str]:
    return {trace.place for trace in found if trace.is_path}


def _weaknesses(found: Iterable[Trace], paths: set[str]) -> dict[str, set[_Weakness]]:
    sets: defaultdict[str, set[_Weakness]] = defaultdict(set)
    for trace in found:
        if trace.is_path and trace.place in paths:
            sets[trace.place].add((trace.rule, trace.scope, trace.code))
    return dict(sets)
