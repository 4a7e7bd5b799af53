"""The hooks. Each returns specs and is cheap: what they name is imported and run later, in a worker."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin.spec import (
    AttackSpec,
    CheckSpec,
    CommandSpec,
    EnricherSpec,
    ExporterSpec,
    ImporterSpec,
    JudgeSpec,
    ModelSpec,
    NotifierSpec,
    PluginContext,
    PluginInfo,
    ViewSpec,
)

hookspec = pluggy.HookspecMarker("pipesec")


@hookspec
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:  # type: ignore[empty-body]
    """Who the plugin is, and which API versions it works with."""


@hookspec
def pipesec_checks(ctx: PluginContext) -> Iterable[CheckSpec]:  # type: ignore[empty-body]
    """Analyses that the plugin brings."""


@hookspec
def pipesec_rules(ctx: PluginContext) -> Iterable[RuleSpec]:  # type: ignore[empty-body]
    """Rules beyond those in the checks' own rules files."""


@hookspec
def pipesec_models(ctx: PluginContext) -> Iterable[ModelSpec]:  # type: ignore[empty-body]
    """Rows for the I/O catalogue."""


@hookspec
def pipesec_attacks(ctx: PluginContext) -> Iterable[AttackSpec]:  # type: ignore[empty-body]
    """Ways to poison a record."""


@hookspec
def pipesec_canary_judges(ctx: PluginContext) -> Iterable[JudgeSpec]:  # type: ignore[empty-body]
    """Comparisons that join a canary's verdict."""


@hookspec
def pipesec_exporters(ctx: PluginContext) -> Iterable[ExporterSpec]:  # type: ignore[empty-body]
    """Formats to write assessments and comparisons in."""


@hookspec
def pipesec_importers(ctx: PluginContext) -> Iterable[ImporterSpec]:  # type: ignore[empty-body]
    """Formats to read other tools' results from."""


@hookspec
def pipesec_enrichers(ctx: PluginContext) -> Iterable[EnricherSpec]:  # type: ignore[empty-body]
    """Facts to add to findings."""


@hookspec
def pipesec_notifiers(ctx: PluginContext) -> Iterable[NotifierSpec]:  # type: ignore[empty-body]
    """Who is told after an assessment."""


@hookspec
def pipesec_views(ctx: PluginContext) -> Iterable[ViewSpec]:  # type: ignore[empty-body]
    """Screens for the workbench."""


@hookspec
def pipesec_commands(ctx: PluginContext) -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Commands for the CLI."""
