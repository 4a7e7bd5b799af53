"""What the plugin declares."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest
from pipesec_dependencies import pipesec_commands, pipesec_plugin_info

from pipesec_tui import CheckSpec, PluginContext


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, pipesec_dependencies as p; from pipesec_tui import PluginContext as C;"
        "p.pipesec_checks(C()); p.pipesec_commands(C()); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"packaging", "yaml", "cvss", "click", "sqlite3", "urllib.request", "pathspec", "zipfile"}
    assert heavy.isdisjoint(loaded)


def test_the_plugin_and_its_command_are_named() -> None:
    assert pipesec_plugin_info(PluginContext()).name == "pipesec-dependencies"
    (command,) = pipesec_commands(PluginContext())
    assert command.name == "advisories"


@pytest.mark.parametrize(
    ("options", "valid"),
    [
        ({}, True),
        ({"venv": ".venv", "osv_url": "http://127.0.0.1:8080/v1/query"}, True),
        ({"osv_url": "https://collector.example.org/"}, False),
        ({"osv_url": "http://127.0.0.1.example.org/"}, False),
        ({"mirror": "https://example.org"}, False),
    ],
)
def test_options_let_a_project_choose_neither_advisories_nor_who_is_asked(
    spec: CheckSpec, options: dict[str, str], valid: bool
) -> None:
    schema = json.loads(spec.options or "")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(options) is valid
