"""The plan of an assessment: which checks run, in which order, and why the others don't."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct, structs

from pipesec_tui.model.assessment import CheckStatus
from pipesec_tui.model.files import FileEntry, Inventory
from pipesec_tui.model.project import Options, Project
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin.registry import Plugin, Registry
from pipesec_tui.plugin.spec import CheckSpec


class PlanError(ValueError):
    """What was asked for can't be planned: one line for the user."""


class PlannedCheck(Struct, frozen=True, kw_only=True):
    """One check with all it needs. ``verdict`` is None where it runs, else why it doesn't."""

    spec: CheckSpec
    plugin: str
    version: str
    stamp: str
    rules: tuple[RuleSpec, ...]
    options: Options
    files: tuple[FileEntry, ...]
    selected: bool = True
    verdict: CheckStatus | None = None
    reason: str | None = None


class BrokenPlugin(Struct, frozen=True):
    """A plugin that the user counts on and that can't be used; its checks are a gap."""

    name: str
    version: str
    detail: str
    checks: tuple[str, ...]
    selected: bool


class Plan(Struct, frozen=True, kw_only=True):
    """Checks in an order in which each comes after those it needs."""

    checks: tuple[PlannedCheck, ...]
    broken: tuple[BrokenPlugin, ...] = ()

    def running(self) -> tuple[PlannedCheck, ...]:
        return tuple(check for check in self.checks if check.verdict is None)


def make_plan(
    registry: Registry,
    project: Project,
    inventory: Inventory,
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    consent: bool = False,
) -> Plan:
    """Decide on every check of every plugin.

    only, skip -- ids of checks asked for or left out; what a check asked for needs runs too
    consent    -- dynamic checks may run the project's stages

    Raises PlanError for an unknown check, for a need that nobody meets and for needs that go in a circle.
    """
    known = {check.id: (plugin, check) for plugin, check in registry.checks()}
    broken = [plugin for plugin in registry.plugins if plugin.broken]
    _refuse_unknown({*only, *skip}, {*known, *(name for plugin in broken for name in _names(plugin))})
    order = _order({name: [n for n in check.needs if n in known] for name, (_, check) in known.items()})
    wanted = _with_needs(only, known) if only else set(known)

    planned: list[PlannedCheck] = []
    for name in order:
        plugin, spec = known[name]
        files = tuple(_matching(spec, inventory.files))
        check = PlannedCheck(
            spec=spec, plugin=plugin.name, version=plugin.version, stamp=plugin.stamp, rules=registry.rules_of(name),
            options=project.checks.get(name, {}), files=files, selected=name in wanted and name not in skip,
        )  # fmt: skip
        planned.append(_decide(check, known, consent=consent, only=bool(only)))
    gaps = tuple(
        BrokenPlugin(p.name, p.version, p.detail or p.state.value, _names(p), _asked_for(_names(p), only, skip))
        for p in broken
    )
    return Plan(checks=tuple(planned), broken=gaps)


def _decide(
    check: PlannedCheck, known: Mapping[str, tuple[Plugin, CheckSpec]], *, consent: bool, only: bool
) -> PlannedCheck:
    def not_run(verdict: CheckStatus, reason: str) -> PlannedCheck:
        return structs.replace(check, verdict=verdict, reason=reason)

    if not check.selected:
        return not_run(CheckStatus.SKIPPED, "not asked for" if only else "skipped by the user")
    missing = [need for need in check.spec.needs if need not in known]
    if missing:
        return not_run(CheckStatus.FAILED, f"needs the check {missing[0]!r}, which no plugin brings")
    if check.spec.files and not check.files:
        return not_run(CheckStatus.NOT_APPLICABLE, "nothing in the project for it")
    if check.spec.dynamic and not consent:
        return not_run(CheckStatus.CONSENT, "runs the project's stages: waits for `pipesec allow`")
    return check


def _names(plugin: Plugin) -> tuple[str, ...]:
    """The checks that a broken plugin leaves out; its own name where they aren't known."""
    return plugin.expected_checks or (plugin.name,)


def _asked_for(names: Iterable[str], only: Collection[str], skip: Collection[str]) -> bool:
    return any((not only or name in only) and name not in skip for name in names)


def _refuse_unknown(asked: Collection[str], known: Collection[str]) -> None:
    for name in sorted(asked):
        if name not in known:
            raise PlanError(f"there is no check {name!r}; there are: {', '.join(sorted(known))}")


def _order(needs: Mapping[str, Collection[str]]) -> list[str]:
    try:
        return list(TopologicalSorter({name: sorted(needs[name]) for name in sorted(needs)}).static_order())
    except CycleError as error:
        raise PlanError(f"checks need each other in a circle: {' → '.join(error.args[1])}") from None


def _with_needs(names: Iterable[str], known: Mapping[str, tuple[Plugin, CheckSpec]]) -> set[str]:
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in known and name not in found:
            found.add(name)
            pending += known[name][1].needs
    return found


def _matching(spec: CheckSpec, files: Iterable[FileEntry]) -> Iterable[FileEntry]:
    if not spec.files:
        return files
    from pathspec import GitIgnoreSpec

    patterns = GitIgnoreSpec.from_lines(spec.files)
    return (entry for entry in files if patterns.match_file(entry.path))
