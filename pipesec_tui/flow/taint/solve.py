"""Which sources reach which sinks, by the shortest way, with calls and returns that fit together.

A search from each source over the edges that reading the functions gave. Where it enters a function it remembers the
call, and leaves it by the same; where it began inside of one it leaves to all callers. A stack of calls that grows
beyond a bound, or that holds a call twice, is not followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from pipesec_tui.flow.taint.facts import Edge, Facts, Sink, Source
from pipesec_tui.flow.taint.rows import Models
from pipesec_tui.flow.taint.values import Node
from pipesec_tui.model.finding import FlowStep

MAX_CALLS = 8
MAX_STATES = 4_000
"""Places and stacks that the search from one source looks at."""
MAX_STEPS = 40


class Found(Struct, frozen=True):
    """A source reaches a sink. ``steps`` begin at the source and end at the sink."""

    source: Source
    sink: Sink
    steps: tuple[FlowStep, ...]


class _State(Struct, frozen=True):
    node: Node
    mask: int
    stack: tuple[str, ...]


def solve(facts: Facts, models: Models) -> tuple[list[Found], int]:
    """Flows from sources to sinks that accept their kind, one for each pair; and how many searches were cut short."""
    graph = _Graph(facts)
    found: list[Found] = []
    cut = 0
    for node in sorted(facts.sources):
        source = facts.sources[node]
        if node in graph.useful:
            reached, whole = _search(node, source, graph, models)
            found.extend(reached)
            cut += not whole
    return found, cut


class _Graph:
    """Edges by origin, and what can reach a sink at all."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.out: dict[Node, list[Edge]] = {}
        back: dict[Node, set[Node]] = {}
        for edge in dict.fromkeys(facts.edges):
            self.out.setdefault(edge.origin, []).append(edge)
            back.setdefault(edge.target, set()).add(edge.origin)
        self.sites: dict[str, list[str]] = {}
        for name, site in facts.sites.items():
            self.sites.setdefault(site.callee, []).append(name)
            back.setdefault(Node("result", name), set()).add(Node("return", site.callee))
        self.useful: set[Node] = set()
        todo = [node for node in back if node.kind == "sink"]
        self.useful.update(todo)
        while todo:
            for origin in back.get(todo.pop(), ()):
                if origin not in self.useful:
                    self.useful.add(origin)
                    todo.append(origin)

    def after(self, state: _State) -> Iterator[tuple[_State, Edge | str]]:
        """Where data goes on from a state, by an edge, or back to a call site."""
        node, mask, stack = state.node, state.mask, state.stack
        if node.kind == "return":
            for site in stack[-1:] or self.sites.get(node.owner, ()):
                here = Node("result", site)
                if here in self.useful and self.facts.sites[site].callee == node.owner:
                    yield _State(here, mask, stack[:-1]), site
            return
        for edge in self.out.get(node, ()):
            if edge.target not in self.useful:
                continue
            inner = stack
            if edge.site:
                if edge.site in stack or len(stack) >= MAX_CALLS:
                    continue
                inner = (*stack, edge.site)
            elif edge.target.kind in ("field", "global", "data"):
                inner = ()
            yield _State(edge.target, mask | edge.mask, inner), edge


def _search(start: Node, source: Source, graph: _Graph, models: Models) -> tuple[list[Found], bool]:
    first = _State(start, 0, ())
    came: dict[_State, tuple[_State, Edge | str] | None] = {first: None}
    todo = deque([first])
    found: dict[Node, Found] = {}
    while todo:
        state = todo.popleft()
        if state.node.kind == "sink":
            sink = graph.facts.sinks[state.node]
            accepted = source.kind in models.families[sink.family].accepts
            if accepted and not state.mask & models.bits[sink.family] and state.node not in found:
                found[state.node] = Found(source, sink, _way(state, source, came, graph.facts))
            continue
        for following, by in graph.after(state):
            if following not in came:
                if len(came) >= MAX_STATES:
                    return list(found.values()), False
                came[following] = (state, by)
                todo.append(following)
    return list(found.values()), True


def _way(
    state: _State, source: Source, came: dict[_State, tuple[_State, Edge | str] | None], facts: Facts
) -> tuple[FlowStep, ...]:
    parts: list[list[FlowStep]] = []
    at = came[state]
    while at is not None:
        before, by = at
        if isinstance(by, str):
            site = facts.sites[by]
            parts.append([FlowStep(site.path, site.line, f"given back by {_name(site.callee)}()")])
        else:
            steps: list[FlowStep] = []
            trace = by.trace
            while trace is not None and len(steps) < MAX_STEPS:
                steps.append(FlowStep(by.path, trace.line, trace.what))
                trace = trace.before
            steps.reverse()
            if by.origin.kind == "data":
                line = steps[0].line if steps else None
                steps.insert(0, FlowStep(by.path, line, f"read from {by.origin.owner.partition(':')[2]}"))
            parts.append(steps)
        at = came[before]
    way = [FlowStep(source.path, source.line, source.what)]
    for steps in reversed(parts):
        for step in steps:
            if step != way[-1]:
                way.append(step)
    if len(way) > MAX_STEPS:
        half = MAX_STEPS // 2
        way = [*way[:half], FlowStep(None, None, f"{len(way) - MAX_STEPS} steps left out"), *way[-half:]]
    return tuple(way)


def _name(key: str) -> str:
    return key.rpartition(":")[2].rpartition(".")[2].rpartition("@")[0] or key.rpartition(".")[2].rpartition(":")[2]
