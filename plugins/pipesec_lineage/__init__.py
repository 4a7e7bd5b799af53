"""Where data comes in, which code touches it, and where it goes: read from the repository, without running it."""

from __future__ import annotations

from pipesec_tui import Area, CheckSpec, PluginContext, PluginInfo, __version__, hookimpl

OPTIONS = """
{"type": "object", "additionalProperties": false, "properties": {
  "tests": {"type": "boolean", "default": false, "description": "take test code for a part of the pipeline too"}
}}
"""

FILES = (
    "*.py", "*.pyw", "*.ipynb", "*.sql", "*.sh", "*.bash", "*.ksh", "*.zsh", "Makefile", "makefile", "GNUmakefile",
    "*.mk",
    "*.yml", "*.yaml", "*.json", "*.jsonl", "*.ndjson", "*.toml", "*.ini", "*.cfg", "*.conf", ".env", "*.env", ".env.*",
    "Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile", "*.tf", "*.tf.json", "*.hcl",
    "crontab", "*.cron", "cron.d/*", "*.dvc", "dvc.lock", "*.properties",
)  # fmt: skip
"""Every format that something is read from; most YAML and JSON turns out to be none of them."""

LINEAGE = CheckSpec(
    id="lineage",
    area=Area.LINEAGE,
    title="Where data comes from and goes to",
    scope="project",
    pure=True,
    files=FILES,
    tool="sqlglot",
    run="pipesec_lineage.check:run",
    options=OPTIONS,
)


@hookimpl
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:
    return PluginInfo(name="pipesec_lineage", version=__version__)


@hookimpl
def pipesec_checks(ctx: PluginContext) -> list[CheckSpec]:
    return [LINEAGE]
