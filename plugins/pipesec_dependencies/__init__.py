"""Known vulnerabilities in what a pipeline installs: manifests, advisories, and the match between them."""

from __future__ import annotations

from collections.abc import Iterable

from pipesec_tui import Area, CheckSpec, CommandSpec, PluginContext, PluginInfo, __version__, hookimpl

_OPTIONS = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "venv": {
      "type": "string",
      "description": "A virtual environment inside the project, relative to it: what is installed there is assessed"
    },
    "osv_url": {
      "type": "string",
      "pattern": "^http://(127\\\\.0\\\\.0\\\\.1|localhost|\\\\[::1\\\\])(:[0-9]+)?(/.*)?$",
      "description": "With --online: an OSV query service on this machine for pip-audit to ask instead of PyPI"
    }
  }
}"""

FILES = (
    "*requirements*.txt",
    "*requirements*.in",
    "*requirements*/*.txt",
    "*requirements*/*.in",
    "*constraints*.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "pylock.*.toml",
    "environment*.yml",
    "environment*.yaml",
    "*.py",
    "*.pyw",
    "*.ipynb",
    "*.sh",
    "*.conf",
    "packages.yml",
    "dependencies.yml",
)
"""Manifests; code, of which the check looks up whether it imports what is vulnerable; and where Spark and dbt are told
of packages."""


@hookimpl
def pipesec_plugin_info(ctx: PluginContext) -> PluginInfo:
    return PluginInfo(name="pipesec-dependencies", version=__version__)


@hookimpl
def pipesec_checks(ctx: PluginContext) -> Iterable[CheckSpec]:
    return [
        CheckSpec(
            id="dependencies",
            area=Area.DEPENDENCIES,
            title="Known vulnerabilities in dependencies",
            scope="project",
            pure=True,
            files=FILES,
            rules="pipesec_dependencies:rules.yaml",
            data="advisories",
            network=True,
            options=_OPTIONS,
            tool="packaging",
            run="pipesec_dependencies.check:run",
        )
    ]


@hookimpl
def pipesec_commands(ctx: PluginContext) -> Iterable[CommandSpec]:
    return [
        CommandSpec(
            name="advisories",
            title="Fetch, import and show advisory data",
            command="pipesec_dependencies.command:advisories",
        )
    ]
