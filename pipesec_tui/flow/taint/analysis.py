"""The flow analysis of a project as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from pipesec_tui.flow.taint.facts import Facts
from pipesec_tui.flow.taint.index import Function, Index, Module, Unparsed, parse
from pipesec_tui.flow.taint.rows import Models, shipped
from pipesec_tui.flow.taint.solve import Found, solve
from pipesec_tui.flow.taint.walk import Walk
from pipesec_tui.model.lineage import EdgeKind, Lineage


class Analysis(Struct, frozen=True, kw_only=True):
    """What was found.

    flows    -- the best flow to each sink first; one for each pair of source and sink
    problems -- files that were not analyzed, or not to the end, each with a reason
    cut      -- searches that were ended by a bound
    """

    flows: tuple[Found, ...] = ()
    problems: dict[str, str] = {}
    cut: int = 0


def analyze(
    files: Mapping[str, str],
    *,
    lineage: Lineage | None = None,
    models: Models | None = None,
    known: Iterable[str] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Analysis:
    """Flows from sources to sinks in Python files, given by path and text. Nothing is imported or run.

    lineage -- datasets that code reads and writes: what one stage writes is followed to where another reads it
    known   -- paths of files of the project, whose content is the project's own
    """
    models = models or shipped()
    problems: dict[str, str] = {}
    modules: dict[str, Module] = {}
    for path in sorted(files):
        try:
            modules[path] = parse(path, files[path])
        except Unparsed as problem:
            problems[path] = str(problem)
    index = Index(modules)
    reads, writes = _accesses(lineage or Lineage())
    facts = Facts(reads=reads, writes=writes, files=frozenset(known))
    for module in modules.values():
        _walk(index, models, facts, module, None, problems)
    # Outer functions come before those inside of them, and __init__ before other methods: what they bind is known then.
    for function in sorted(index.functions.values(), key=_order):
        if cancelled():
            break
        _walk(index, models, facts, modules[function.path], function, problems)
    flows, cut = solve(facts, models)
    return Analysis(flows=tuple(flows), problems=problems, cut=cut + bool(facts.cut))


def _order(function: Function) -> tuple[int, bool, str]:
    return function.key.count("<locals>"), function.name != "__init__", function.key


def _walk(
    index: Index, models: Models, facts: Facts, module: Module, function: Function | None, problems: dict[str, str]
) -> None:
    try:
        Walk(index, models, facts, module, function).run()
    except RecursionError:
        where = f"function {function.name} in line {function.line}" if function is not None else "the module's body"
        problems.setdefault(module.path, f"{where} is nested too deeply")


def _accesses(
    lineage: Lineage,
) -> tuple[Mapping[tuple[str, int], frozenset[str]], Mapping[tuple[str, int], frozenset[str]]]:
    """Datasets read and written, by path and line of the code that does it."""
    reads: dict[tuple[str, int], frozenset[str]] = {}
    writes: dict[tuple[str, int], frozenset[str]] = {}
    for edge in lineage.edges:
        if edge.kind is EdgeKind.CALLS:
            continue
        table, dataset = (reads, edge.source) if edge.kind is EdgeKind.READS else (writes, edge.target)
        for where in edge.where:
            if where.line is not None:
                key = (where.path, where.line)
                table[key] = table.get(key, frozenset()) | {dataset}
    return reads, writes
