"""Questions to a lineage: what lies behind a node, before it, and on the way between two. Plain dicts: a project has
some tens of nodes, seldom thousands."""

from __future__ import annotations

from collections import deque

from pipesec_tui.model.lineage import Edge, Lineage


def downstream(lineage: Lineage, node: str) -> frozenset[str]:
    """Ids of all nodes that what leaves ``node`` can reach."""
    return frozenset(_reach(_following(lineage), node)) - {node}


def upstream(lineage: Lineage, node: str) -> frozenset[str]:
    """Ids of all nodes from which something can reach ``node``."""
    before: dict[str, list[str]] = {}
    for edge in lineage.edges:
        before.setdefault(edge.target, []).append(edge.source)
    return frozenset(_reach(before, node)) - {node}


def path(lineage: Lineage, start: str, end: str) -> tuple[Edge, ...] | None:
    """The edges of a shortest way from one node to another, or None where there is none. Empty to itself."""
    leaving: dict[str, list[Edge]] = {}
    for edge in lineage.edges:
        leaving.setdefault(edge.source, []).append(edge)
    came: dict[str, Edge | None] = {start: None}
    waiting = deque([start])
    while waiting and end not in came:
        for edge in leaving.get(waiting.popleft(), ()):
            if edge.target not in came:
                came[edge.target] = edge
                waiting.append(edge.target)
    if end not in came:
        return None
    way: list[Edge] = []
    step = came[end]
    while step is not None:
        way.append(step)
        step = came[step.source]
    return tuple(reversed(way))


def _following(lineage: Lineage) -> dict[str, list[str]]:
    following: dict[str, list[str]] = {}
    for edge in lineage.edges:
        following.setdefault(edge.source, []).append(edge.target)
    return following


def _reach(following: dict[str, list[str]], start: str) -> set[str]:
    seen = {start}
    waiting = [start]
    while waiting:
        for each in following.get(waiting.pop(), ()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return seen
