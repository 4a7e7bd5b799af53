"""The public API for plugin authors. Names are imported when they are first used, so that this costs nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pluggy

    from pipesec_tui.home import data_dir as data_dir
    from pipesec_tui.model.area import Area as Area
    from pipesec_tui.model.assessment import Assessment as Assessment
    from pipesec_tui.model.asset import AssetKind as AssetKind
    from pipesec_tui.model.asset import file_urn as file_urn
    from pipesec_tui.model.asset import split_urn as split_urn
    from pipesec_tui.model.asset import unversioned as unversioned
    from pipesec_tui.model.asset import urn as urn
    from pipesec_tui.model.comparison import Comparison as Comparison
    from pipesec_tui.model.component import Component as Component
    from pipesec_tui.model.component import ComponentKind as ComponentKind
    from pipesec_tui.model.coverage import Coverage as Coverage
    from pipesec_tui.model.coverage import CoverageStatus as CoverageStatus
    from pipesec_tui.model.files import FileEntry as FileEntry
    from pipesec_tui.model.finding import Evidence as Evidence
    from pipesec_tui.model.finding import Finding as Finding
    from pipesec_tui.model.finding import FlowStep as FlowStep
    from pipesec_tui.model.finding import Location as Location
    from pipesec_tui.model.lineage import Certainty as Certainty
    from pipesec_tui.model.lineage import Edge as Edge
    from pipesec_tui.model.lineage import EdgeKind as EdgeKind
    from pipesec_tui.model.lineage import Lineage as Lineage
    from pipesec_tui.model.lineage import Node as Node
    from pipesec_tui.model.lineage import NodeKind as NodeKind
    from pipesec_tui.model.lineage import Trust as Trust
    from pipesec_tui.model.lineage import Where as Where
    from pipesec_tui.model.project import Project as Project
    from pipesec_tui.model.project import Stage as Stage
    from pipesec_tui.model.redaction import redact as redact
    from pipesec_tui.model.rule import RuleExample as RuleExample
    from pipesec_tui.model.rule import RuleSpec as RuleSpec
    from pipesec_tui.model.severity import Confidence as Confidence
    from pipesec_tui.model.severity import Severity as Severity
    from pipesec_tui.plugin.request import CheckRequest as CheckRequest
    from pipesec_tui.plugin.request import Emit as Emit
    from pipesec_tui.plugin.request import Files as Files
    from pipesec_tui.plugin.request import FileTooLarge as FileTooLarge
    from pipesec_tui.plugin.request import Upstream as Upstream
    from pipesec_tui.plugin.spec import API_VERSION as API_VERSION
    from pipesec_tui.plugin.spec import AttackSpec as AttackSpec
    from pipesec_tui.plugin.spec import CheckSpec as CheckSpec
    from pipesec_tui.plugin.spec import CommandSpec as CommandSpec
    from pipesec_tui.plugin.spec import EnricherSpec as EnricherSpec
    from pipesec_tui.plugin.spec import ExporterSpec as ExporterSpec
    from pipesec_tui.plugin.spec import ImporterSpec as ImporterSpec
    from pipesec_tui.plugin.spec import JudgeSpec as JudgeSpec
    from pipesec_tui.plugin.spec import ModelSpec as ModelSpec
    from pipesec_tui.plugin.spec import NotifierSpec as NotifierSpec
    from pipesec_tui.plugin.spec import PluginContext as PluginContext
    from pipesec_tui.plugin.spec import PluginInfo as PluginInfo
    from pipesec_tui.plugin.spec import ViewSpec as ViewSpec

    hookimpl: pluggy.HookimplMarker

_HOMES = {
    "home": ("data_dir",),
    "model.area": ("Area",),
    "model.asset": ("AssetKind", "file_urn", "split_urn", "unversioned", "urn"),
    "model.assessment": ("Assessment",),
    "model.comparison": ("Comparison",),
    "model.component": ("Component", "ComponentKind"),
    "model.coverage": ("Coverage", "CoverageStatus"),
    "model.files": ("FileEntry",),
    "model.finding": ("Evidence", "Finding", "FlowStep", "Location"),
    "model.lineage": ("Certainty", "Edge", "EdgeKind", "Lineage", "Node", "NodeKind", "Trust", "Where"),
    "model.project": ("Project", "Stage"),
    "model.redaction": ("redact",),
    "model.rule": ("RuleExample", "RuleSpec"),
    "model.severity": ("Confidence", "Severity"),
    "plugin.request": ("CheckRequest", "Emit", "Files", "FileTooLarge", "Upstream"),
    "plugin.spec": (
        "API_VERSION", "AttackSpec", "CheckSpec", "CommandSpec", "EnricherSpec", "ExporterSpec", "ImporterSpec",
        "JudgeSpec", "ModelSpec", "NotifierSpec", "PluginContext", "PluginInfo", "ViewSpec",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = ["__version__", "hookimpl", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name == "hookimpl":
        import pluggy

        value: object = pluggy.HookimplMarker("pipesec")
    elif name in _HOME:
        value = getattr(import_module(f"pipesec_tui.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'pipesec_tui' has no attribute {name!r}")
    globals()[name] = value
    return value
