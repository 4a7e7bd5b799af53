"""Which finding of one assessment is which of another: one to one, strongest evidence first.

The passes, and what must be equal in each. Those from 6 on pair only what is alone on both sides.

    1  rule, place, scope, code, context
    2  rule, place, scope, code
    3  rule, place, scope, first line, message; for packages: check, place, package and one alias of the advisory
    4  rule, place, code
    5  rule, place, first line
    6  rule, last name of the scope, code, context
    7  rule, scope, code
    8  rule, place, scope, message

What isn't text (it has no first line) takes part in 1 to 4. ``place`` is the path, seen through moves, or the asset.
Source of the scheme: the location passes of SonarQube's and DefectDojo's trackers, measured on real histories.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from pipesec_tui.history.moves import infer_moves
from pipesec_tui.history.trace import Trace, traces
from pipesec_tui.model.finding import Finding

STRONG_PASSES = 5
"""Decisions are inherited on passes up to this one; on later ones a person confirms them."""

_Key: TypeAlias = Callable[[Trace], Hashable | None]


class Pair(Struct, frozen=True, gc=False):
    """Places of two findings in their lists, and the pass that paired them."""

    base: int
    head: int
    match_pass: int


class Matching(Struct, frozen=True, kw_only=True):
    """Every finding of two assessments is in exactly one pair or one rest. ``renames`` are those that were used."""

    pairs: tuple[Pair, ...]
    base_rest: tuple[int, ...]
    head_rest: tuple[int, ...]
    renames: dict[str, str]


def match_findings(
    base: Sequence[Finding],
    head: Sequence[Finding],
    *,
    rules: Mapping[str, str] | None = None,
    renames: Mapping[str, str] | None = None,
    known: Mapping[int, int] | None = None,
) -> Matching:
    """Pair two assessments' findings.

    rules   -- retired rule ids and their newest names (``trace.rule_names``)
    renames -- paths in ``base`` and what they are called in ``head``; more are told from the findings
    known   -- places in ``head`` and in ``base`` of findings that are known to be the same
    """
    rules, moved = rules or {}, dict(renames or {})
    old, new = traces(base, rules, moved), traces(head, rules, {})
    known = known or {}
    settled = set(known.values())
    inferred = infer_moves(
        [t for i, t in enumerate(old) if i not in settled] if known else old,
        [t for i, t in enumerate(new) if i not in known] if known else new,
    )
    if inferred:
        old = [t._replace(place=inferred[t.place]) if t.is_path and t.place in inferred else t for t in old]
        known_as = {new: old for old, new in moved.items()}
        moved |= {known_as.get(path, path): target for path, target in inferred.items()}
    matcher = Matcher(old, new)
    matcher.take([Pair(b, h, 1) for h, b in known.items()])
    matcher.run(range(1, 9))
    return Matching(
        pairs=tuple(sorted(matcher.pairs, key=lambda pair: pair.head)),
        base_rest=tuple(sorted(matcher.base_rest)),
        head_rest=tuple(sorted(matcher.head_rest)),
        renames=moved,
    )


class Matcher:
    """Pairs traces pass by pass; what is left over stays in ``base_rest`` and ``head_rest``.

    exactly -- refuse groups of unequal size instead of pairing the nearest: for traces that know no line
    """

    def __init__(self, base: Sequence[Trace], head: Sequence[Trace], *, exactly: bool = False) -> None:
        self.base, self.head = base, head
        self.pairs: list[Pair] = []
        self.base_rest: Iterable[int] = range(len(base))
        self.head_rest: Iterable[int] = range(len(head))
        self._exactly = exactly

    def run(self, passes: Iterable[int]) -> None:
        """Run passes by their numbers, in order."""
        for number in passes:
            if not self.base_rest or not self.head_rest:
                return
            self._run(number, _KEYS[number], unique=number > STRONG_PASSES)
            if number == 3:
                self._run_advisories(number)

    def _run(self, number: int, key: _Key, *, unique: bool) -> None:
        olds, news = _grouped(self.base, self.base_rest, key), _grouped(self.head, self.head_rest, key)
        found: list[Pair] = []
        for value, heads in news.items():
            bases = olds.get(value)
            if bases is None:
                continue
            if len(bases) == 1 and len(heads) == 1:
                found.append(Pair(bases[0], heads[0], number))
            elif not unique:
                found.extend(Pair(b, h, number) for b, h in self._paired(bases, heads))
        self.take(found)

    def _run_advisories(self, number: int) -> None:
        """One advisory goes by several names, and databases differ in which of them is the first."""
        known: defaultdict[tuple[str, str, str, str], list[int]] = defaultdict(list)
        for b in self.base_rest:
            for key in _advisory_keys(self.base[b]):
                known[key].append(b)
        taken: set[int] = set()
        found: list[Pair] = []
        for h in sorted(self.head_rest, key=lambda i: _order(self.head[i])) if known else ():
            candidates = {b for key in _advisory_keys(self.head[h]) for b in known.get(key, ())} - taken
            if candidates:
                b = min(candidates, key=lambda i: _order(self.base[i]))
                taken.add(b)
                found.append(Pair(b, h, number))
        self.take(found)

    def take(self, found: list[Pair]) -> None:
        """Settle on pairs; they take no part in later passes."""
        if not found:
            return
        self.pairs.extend(found)
        bases, heads = {pair.base for pair in found}, {pair.head for pair in found}
        self.base_rest = [i for i in self.base_rest if i not in bases]
        self.head_rest = [i for i in self.head_rest if i not in heads]

    def _paired(self, bases: list[int], heads: list[int]) -> Iterable[tuple[int, int]]:
        bases = sorted(bases, key=lambda i: _order(self.base[i]))
        heads = sorted(heads, key=lambda i: _order(self.head[i]))
        if len(bases) == len(heads):
            return zip(bases, heads, strict=True)
        if self._exactly:
            by_ordinal = {self.head[h].ordinal: h for h in heads}
            return [(b, h) for b in bases if (h := by_ordinal.pop(self.base[b].ordinal, None)) is not None]
        if len(bases) < len(heads):
            near = _nearest([self.base[b].start[0] for b in bases], [self.head[h].start[0] for h in heads])
            return [(b, heads[i]) for b, i in zip(bases, near, strict=True)]
        near = _nearest([self.head[h].start[0] for h in heads], [self.base[b].start[0] for b in bases])
        return [(bases[i], h) for h, i in zip(heads, near, strict=True)]


def _nearest(few: Sequence[int], many: Sequence[int]) -> list[int]:
    """For each of ``few`` lines the place of the nearest in ``many``, in order and none twice. Both are sorted."""
    chosen: list[int] = []
    first = 0
    for position, line in enumerate(few):
        last = len(many) - (len(few) - position)  # leave one for each that follows
        index = min(bisect_left(many, line, first, last + 1), last)
        if index > first and line - many[index - 1] <= abs(many[index] - line):
            index -= 1
        chosen.append(index)
        first = index + 1
    return chosen


def _grouped(found: Sequence[Trace], indexes: Iterable[int], key: _Key) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for index in indexes:
        value = key(found[index])
        if value is None:
            continue
        group = groups.get(value)
        if group is None:
            groups[value] = [index]
        else:
            group.append(index)
    return groups


def _order(trace: Trace) -> tuple[tuple[int, int], int, str, str]:
    return trace.start, trace.ordinal, trace.context or "", trace.message or ""


def _advisory_keys(trace: Trace) -> list[tuple[str, str, str, str]]:
    if trace.package is None:
        return []
    return [(trace.check, trace.place, trace.package, alias) for alias in trace.aliases]


def _first_line_and_message(t: Trace) -> Hashable | None:
    return None if t.line is None or t.message is None else (t.rule, t.place, t.scope, t.line, t.message)


def _code(t: Trace) -> Hashable | None:
    return None if t.code is None else (t.rule, t.place, t.code)


def _first_line(t: Trace) -> Hashable | None:
    return None if t.line is None else (t.rule, t.place, t.line)


def _moved_with_context(t: Trace) -> Hashable | None:
    if t.line is None or t.code is None or t.context is None:
        return None
    return t.rule, (t.scope or "").rpartition(".")[2], t.code, t.context


def _moved(t: Trace) -> Hashable | None:
    return None if t.line is None or t.code is None else (t.rule, t.scope, t.code)


def _edited(t: Trace) -> Hashable | None:
    return None if t.line is None or t.message is None else (t.rule, t.place, t.scope, t.message)


_KEYS: dict[int, _Key] = {
    1: lambda t: (t.rule, t.place, t.scope, t.code, t.context),
    2: lambda t: (t.rule, t.place, t.scope, t.code),
    3: _first_line_and_message,
    4: _code,
    5: _first_line,
    6: _moved_with_context,
    7: _moved,
    8: _edited,
}
