"""Models and cached objects in the repository: what would happen when they are loaded, told without loading them."""

from __future__ import annotations

from pipesec_tui import Area, CheckSpec, PluginContext, PluginInfo, __version__, hookimpl

OPTIONS = """
{"type": "object", "additionalProperties": false, "properties": {
  "max_bytes": {"type": "integer", "minimum": 1048576, "default": 1073741824,
                "description": "bytes of one file that are read, what it expands to included"}
}}
"""


@hookimpl
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:
    return PluginInfo(name="pipesec_artifacts", version=__version__)


@hookimpl
def pipesec_checks(ctx: PluginContext) -> list[CheckSpec]:
    from pipesec_artifacts.kind import PATTERNS

    return [
        CheckSpec(
            id="artifacts",
            area=Area.ARTIFACTS,
            title="Models and cached objects that run code when loaded",
            scope="file",
            files=PATTERNS,
            rules="pipesec_artifacts:rules.yaml",
            tool="picklescan",
            run="pipesec_artifacts.check:run",
            options=OPTIONS,
        )
    ]
