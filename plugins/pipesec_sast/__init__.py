"""Static analysis of pipeline code: semgrep with rules of our own, and regular expressions that backtrack."""

from __future__ import annotations

from pipesec_tui import Area, CheckSpec, PluginContext, PluginInfo, __version__, hookimpl

OPTIONS = """
{"type": "object", "additionalProperties": false, "properties": {
  "jobs": {"type": "integer", "minimum": 1, "maximum": 64, "description": "files that semgrep looks at side by side"}
}}
"""

SAST = CheckSpec(
    id="sast",
    area=Area.SAST,
    title="Weaknesses in pipeline code",
    scope="file",
    files=("*.py", "*.pyw", "*.ipynb", "*.sh", "*.bash", "*.sql", "*.java", "*.scala"),
    rules="pipesec_sast:rules.yaml",
    tool="semgrep",
    run="pipesec_sast.check:run",
    options=OPTIONS,
)

FLOW_OPTIONS = """
{"type": "object", "additionalProperties": false, "properties": {
  "tests": {"type": "boolean", "default": false, "description": "follow data through test code too"}
}}
"""

FLOWS = CheckSpec(
    id="flows",
    area=Area.SAST,
    title="Data flows from untrusted sources to dangerous sinks",
    pure=True,
    files=("*.py", "*.pyw"),
    needs=("lineage",),
    rules="pipesec_sast:flow_rules.yaml",
    run="pipesec_sast.flows:run",
    options=FLOW_OPTIONS,
)


@hookimpl
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:
    return PluginInfo(name="pipesec_sast", version=__version__)


@hookimpl
def pipesec_checks(ctx: PluginContext) -> list[CheckSpec]:
    return [SAST, FLOWS]
