"""Asking plugins what they declare, in a process of its own: `python -P -m pipesec_tui.plugin.describe FD`.

Reads a JSON list of ``[name, module]`` on standard input and writes one JSON line a plugin to the file descriptor FD. A
plugin that raises, exits, hangs or dies takes this process with it, and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from importlib import import_module, resources
from types import ModuleType
from typing import Any

import msgspec
import pluggy

from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin import hookspecs
from pipesec_tui.plugin.spec import (
    API_VERSION,
    AttackSpec,
    CheckSpec,
    CommandSpec,
    Description,
    EnricherSpec,
    ExporterSpec,
    ImporterSpec,
    JudgeSpec,
    ModelSpec,
    NotifierSpec,
    PluginContext,
    PluginInfo,
    PluginSpecs,
    ViewSpec,
)


class Incompatible(Exception):
    """The plugin needs another version of the API."""


def describe(name: str, module_name: str, version: str) -> PluginSpecs:
    """Import a plugin and call its hooks, each apart. Raises what the plugin raises, ``Incompatible``, or a ValueError
    or pluggy.PluginValidationError where it declares what can't be."""
    module = import_module(module_name)
    manager = pluggy.PluginManager("pipesec")
    manager.add_hookspecs(hookspecs)
    context = PluginContext()

    info = PluginInfo(name=name, version=version)
    own = getattr(module, "pipesec_plugin_info", None)
    if own is not None:
        # Before all else: what another API's plugin declares besides may mean nothing here.
        info = own(context) if _takes_context(own) else own()
        if not isinstance(info, PluginInfo):
            raise ValueError(f"pipesec_plugin_info returned {type(info).__name__}, not PluginInfo")
        _check_api(info)

    manager.register(module, name=name)
    manager.check_pending()

    def ask(hook: str, kind: type[Any]) -> tuple[Any, ...]:
        answers: list[Any] = []
        for answer in getattr(manager.hook, hook)(ctx=context):
            for spec in _listed(hook, answer):
                if not isinstance(spec, kind):
                    raise ValueError(f"{hook} returned {type(spec).__name__}, not {kind.__name__}")
                answers.append(spec)
        return tuple(answers)

    checks: tuple[CheckSpec, ...] = ask("pipesec_checks", CheckSpec)
    rules: list[tuple[str, RuleSpec]] = [("", rule) for rule in ask("pipesec_rules", RuleSpec)]
    for check in checks:
        if check.scope not in ("file", "project"):
            raise ValueError(f"check {check.id!r} has scope {check.scope!r}; it is 'file' or 'project'")
        rules += ((check.id, rule) for rule in _load_rules(check))
    return PluginSpecs(
        info=info,
        checks=checks,
        rules=tuple(rules),
        models=ask("pipesec_models", ModelSpec),
        attacks=ask("pipesec_attacks", AttackSpec),
        judges=ask("pipesec_canary_judges", JudgeSpec),
        exporters=ask("pipesec_exporters", ExporterSpec),
        importers=ask("pipesec_importers", ImporterSpec),
        enrichers=ask("pipesec_enrichers", EnricherSpec),
        notifiers=ask("pipesec_notifiers", NotifierSpec),
        views=ask("pipesec_views", ViewSpec),
        commands=ask("pipesec_commands", CommandSpec),
    )


def _takes_context(hook: Any) -> bool:
    names, _ = pluggy._hooks.varnames(hook)
    return "ctx" in names


def _listed(hook: str, answer: object) -> Iterable[object]:
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise ValueError(f"{hook} returned {type(answer).__name__}, not a list of specs")
    return answer


def _check_api(info: PluginInfo) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        compatible = SpecifierSet(info.api).contains(API_VERSION)
    except InvalidSpecifier:
        raise Incompatible(f"api range {info.api!r} is not a version specifier such as '>=1.0,<2'") from None
    if not compatible:
        raise Incompatible(f"needs plugin API {info.api}; this pipesec has {API_VERSION}")


def _load_rules(check: CheckSpec) -> tuple[RuleSpec, ...]:
    if check.rules is None:
        return ()
    import yaml

    package, colon, name = check.rules.partition(":")
    if not colon:
        raise ValueError(f"check {check.id!r}: rules are named as 'package:file.yaml', not {check.rules!r}")
    text = resources.files(package).joinpath(name).read_text("utf-8")
    try:
        rules = msgspec.convert(yaml.load(text, yaml.CSafeLoader), tuple[RuleSpec, ...])
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"{check.rules}: {' '.join(str(error).split())}") from None
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"{check.rules}: rule {rule.id!r} stands there twice")
        seen.add(rule.id)
    return rules


def _answer(name: str, module: str | ModuleType, version: str) -> Description:
    started = time.perf_counter()
    error, incompatible, specs = None, False, None
    try:
        specs = describe(name, str(module), version)
    except Incompatible as problem:
        error, incompatible = str(problem), True
    except SystemExit as problem:
        error = f"called sys.exit({problem.code!r}) while it was loaded"
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}"
    line = " ".join(error.split())[:500] if error else None
    return Description(
        name=name, specs=specs, error=line, incompatible=incompatible, seconds=time.perf_counter() - started
    )


def main() -> None:
    out = int(sys.argv[1])
    os.set_inheritable(out, False)
    for name, module, version in json.load(sys.stdin):
        os.write(out, msgspec.json.encode(_answer(name, module, version)) + b"\n")
    os._exit(0)


if __name__ == "__main__":
    main()
