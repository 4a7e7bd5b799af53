"""Credentials left in files: known tokens, private keys, passwords in URLs, and values assigned to telling names."""

from __future__ import annotations

from pipesec_tui import Area, CheckSpec, PluginContext, PluginInfo, __version__, hookimpl

OPTIONS = """
{"type": "object", "additionalProperties": false, "properties": {
  "entropy": {"type": "boolean", "default": false,
              "description": "report random-looking strings too, with low confidence"}
}}
"""

SECRETS = CheckSpec(
    id="secrets",
    area=Area.SECRETS,
    title="Credentials left in files",
    scope="file",
    rules="pipesec_secrets:rules.yaml",
    tool="detect-secrets",
    run="pipesec_secrets.check:run",
    options=OPTIONS,
)


@hookimpl
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:
    return PluginInfo(name="pipesec_secrets", version=__version__)


@hookimpl
def pipesec_checks(ctx: PluginContext) -> list[CheckSpec]:
    return [SECRETS]
