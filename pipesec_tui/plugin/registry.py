"""Finding plugins and knowing what they declare, without importing any of them into this process."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from enum import Enum
from hashlib import blake2b
from importlib.metadata import Distribution, EntryPoint, distributions
from importlib.util import find_spec
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin import enabling
from pipesec_tui.plugin.asking import Question, ask
from pipesec_tui.plugin.spec import CheckSpec, CommandSpec, Description, PluginSpecs

GROUP = "pipesec"
SHIPPED = "pipesec"


class PluginState(Enum):
    LOADED = "loaded"
    NOT_ENABLED = "not enabled"
    DISABLED = "disabled"
    CHANGED = "changed"
    INCOMPATIBLE = "incompatible"
    FAILED = "failed"
    NOT_ASKED = "not asked"
    MISSING = "missing"


class Plugin(Struct, frozen=True, kw_only=True):
    """One plugin as it stands. ``detail`` is one line on why it isn't loaded; ``stamp`` changes when its code does."""

    name: str
    distribution: str
    version: str
    shipped: bool
    state: PluginState
    detail: str | None = None
    path: str | None = None
    specs: PluginSpecs | None = None
    seconds: float = 0.0
    stamp: str = ""
    expected_checks: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """The user counts on it, and it can't be used: its checks are a gap."""
        return self.state in (PluginState.CHANGED, PluginState.INCOMPATIBLE, PluginState.FAILED, PluginState.MISSING)


class Registry(Struct, frozen=True):
    """All plugins, in the order of their names, shipped ones first."""

    plugins: tuple[Plugin, ...]

    def loaded(self) -> Iterable[tuple[Plugin, PluginSpecs]]:
        return ((plugin, plugin.specs) for plugin in self.plugins if plugin.specs is not None)

    def checks(self) -> list[tuple[Plugin, CheckSpec]]:
        return [(plugin, check) for plugin, specs in self.loaded() for check in specs.checks]

    def rules_of(self, check: str) -> tuple[RuleSpec, ...]:
        return tuple(rule for _, specs in self.loaded() for owner, rule in specs.rules if owner == check)

    def rules(self) -> dict[str, RuleSpec]:
        """Every rule by id."""
        return {rule.id: rule for _, specs in self.loaded() for _, rule in specs.rules}

    def commands(self) -> dict[str, CommandSpec]:
        """Commands by name; a shipped plugin's wins over a third party's of the same name."""
        found: dict[str, CommandSpec] = {}
        for _, specs in self.loaded():
            for command in specs.commands:
                found.setdefault(command.name, command)
        return found

    def get(self, name: str) -> Plugin | None:
        return next((plugin for plugin in self.plugins if plugin.name == name), None)


class _Candidate(Struct, frozen=True):
    entry: EntryPoint
    distribution: Distribution
    owner: str
    """Name of the distribution, kept since each look parses its metadata again."""
    version: str
    path: str | None

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def shipped(self) -> bool:
        return self.owner == SHIPPED


def discover(*, run_third_party: bool = True, fresh: bool = False) -> Registry:
    """All plugins and what they declare.

    run_third_party -- enabled third-party plugins may be run to ask them; without it only answers that were kept count,
                       as befits commands that run no check
    fresh           -- ask again instead of taking answers that were kept
    """
    choices = enabling.load()
    plugins: list[Plugin] = []
    asked: list[_Candidate] = []
    candidates = _candidates()
    for candidate in candidates:
        verdict = _admitted(candidate, choices)
        if verdict is not None:
            plugins.append(verdict)
        else:
            asked.append(candidate)
    questions = [_question(candidate, run=candidate.shipped or run_third_party) for candidate in asked]
    answers = ask(questions, fresh=fresh)
    plugins += [
        _described(candidate, answers.get(candidate.name), question.stamp, choices)
        for candidate, question in zip(asked, questions, strict=True)
    ]
    present = {candidate.name for candidate in candidates}
    plugins += [_missing(name, pin) for name, pin in choices.enabled.items() if name not in present]
    plugins.sort(key=lambda plugin: (not plugin.shipped, plugin.name))
    return Registry(_without_collisions(plugins))


def _candidates() -> list[_Candidate]:
    found: dict[str, _Candidate] = {}
    for distribution in distributions():
        # Reading the text first is ten times quicker than parsing everyone's entry points.
        if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
            continue
        owner, version, path = distribution.name, distribution.version, enabling.editable_path(distribution)
        for entry in distribution.entry_points.select(group=GROUP):
            candidate = _Candidate(entry, distribution, owner, version, path)
            # The shipped plugin keeps its name; otherwise the first on the module path, as for any import.
            if entry.name not in found or candidate.shipped:
                found[entry.name] = candidate
    return [found[name] for name in sorted(found)]


def find(name: str) -> tuple[Distribution, EntryPoint] | None:
    """The distribution and entry point of an installed plugin."""
    return next(((c.distribution, c.entry) for c in _candidates() if c.name == name), None)


def _admitted(candidate: _Candidate, choices: enabling.Enabled) -> Plugin | None:
    """Why a plugin may not be asked, or None where it may."""

    def refused(state: PluginState, detail: str, expected: tuple[str, ...] = ()) -> Plugin:
        return Plugin(
            name=candidate.name, distribution=candidate.owner, version=candidate.version,
            shipped=candidate.shipped, state=state, detail=detail, path=candidate.path, expected_checks=expected,
        )  # fmt: skip

    if candidate.shipped:
        if candidate.name in choices.disabled:
            return refused(PluginState.DISABLED, f"`pipesec plugins enable {candidate.name}` turns it on again")
        return None
    pin = choices.enabled.get(candidate.name)
    again = f"look at it, then `pipesec plugins enable {candidate.name}`"
    if pin is None:
        return refused(PluginState.NOT_ENABLED, again)
    if pin.path != candidate.path:
        return refused(PluginState.CHANGED, f"installed from elsewhere than when it was enabled: {again}", pin.checks)
    if candidate.path is None:
        if pin.version != candidate.version:
            detail = f"version {candidate.version} is installed, {pin.version} was enabled: {again}"
            return refused(PluginState.CHANGED, detail, pin.checks)
        if pin.hash != enabling.content_hash(candidate.distribution):
            return refused(PluginState.CHANGED, f"its files differ from those enabled: {again}", pin.checks)
    return None


def _missing(name: str, pin: enabling.Pin) -> Plugin:
    return Plugin(
        name=name, distribution=pin.distribution, version=pin.version, shipped=False, state=PluginState.MISSING,
        detail=f"enabled, but not installed: install {pin.distribution} or `pipesec plugins disable {name}`",
        expected_checks=pin.checks,
    )  # fmt: skip


def _question(candidate: _Candidate, *, run: bool) -> Question:
    code = _stamp(candidate)
    answer = blake2b(f"{code}{_surroundings()}".encode(), digest_size=16).hexdigest()
    return Question(candidate.name, candidate.entry.value, candidate.owner, candidate.version, code, answer, run)


def _stamp(candidate: _Candidate) -> str:
    """Changes whenever the plugin's code does."""
    hasher = blake2b(f"{candidate.name}\0{candidate.entry.value}\0{candidate.version}\0".encode(), digest_size=16)
    package = candidate.entry.module.partition(".")[0]
    try:
        # For a top-level name this only looks; it imports nothing.
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        hasher.update(enabling.folder_stamp(folder).encode())
    if spec is not None and spec.origin and not spec.submodule_search_locations:
        hasher.update(str(os.stat(spec.origin).st_mtime_ns).encode())
    return hasher.hexdigest()


def _surroundings() -> str:
    """Digest of this program and of what is installed, as far as answers of plugins depend on them."""
    own = Path(__file__).resolve().parent
    times = [own.stat().st_mtime_ns, *(file.stat().st_mtime_ns for file in sorted(own.glob("*.py")))]
    places = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    installed = [os.stat(path).st_mtime_ns for path in sorted(places) if os.path.isdir(path)]
    return f"{sys.version}{times}{installed}"


def _described(candidate: _Candidate, answer: Description | None, stamp: str, choices: enabling.Enabled) -> Plugin:
    state = PluginState.LOADED
    if answer is None:
        answer = Description(name=candidate.name, error=f"`pipesec plugins doctor {candidate.name}` asks it")
        state = PluginState.NOT_ASKED
    elif answer.specs is None:
        state = PluginState.INCOMPATIBLE if answer.incompatible else PluginState.FAILED
    pin = choices.enabled.get(candidate.name)
    return Plugin(
        name=candidate.name, distribution=candidate.owner, version=candidate.version,
        shipped=candidate.shipped, state=state, detail=answer.error, path=candidate.path, specs=answer.specs,
        seconds=answer.seconds, stamp=stamp, expected_checks=pin.checks if pin else (),
    )  # fmt: skip


def _without_collisions(plugins: Iterable[Plugin]) -> tuple[Plugin, ...]:
    """Plugins whose check or rule ids are taken already are refused whole: shipped ones come first."""
    checks: dict[str, str] = {}
    rules: dict[str, str] = {}
    result: list[Plugin] = []
    for plugin in plugins:
        if plugin.specs is not None:
            own_checks = [check.id for check in plugin.specs.checks]
            own_rules = [rule.id for _, rule in plugin.specs.rules]
            taken = next((f"check {i!r} of {checks[i]}" for i in own_checks if i in checks), None)
            taken = taken or next((f"rule {i!r} of {rules[i]}" for i in own_rules if i in rules), None)
            if taken:
                detail = f"its id collides with {taken}"
                plugin = msgspec.structs.replace(plugin, state=PluginState.FAILED, detail=detail, specs=None)
            else:
                checks |= dict.fromkeys(own_checks, plugin.name)
                rules |= dict.fromkeys(own_rules, plugin.name)
        result.append(plugin)
    return tuple(result)
