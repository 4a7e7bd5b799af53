"""Whether the code imports what is vulnerable, and which one upgrade ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipesec_dependencies.advisory.matcher import smallest_upgrade
from pipesec_dependencies.advisory.osv import by_package, read_record
from pipesec_dependencies.importing import uses

from pipesec_tui import CheckSpec, Files
from tests.conftest import entries
from tests.plugins.pipesec_dependencies.conftest import Advise, osv


def _used(root: Path, *keys: str) -> dict[str, bool | None]:
    return {key: use.imported for key, use in uses(keys, Files(str(root), entries(root))).items()}


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("import yaml", True),
        ("import yaml.loader as y", True),
        ("from yaml import safe_load", True),
        ("def f():\n    import os, yaml", True),
        ("import importlib\nimportlib.import_module('yaml.nodes')", True),
        ("__import__('yaml')", True),
        ("# import yaml", False),
        ("text = 'import yaml'", False),
        ("from . import yaml", False),
        ("from .yaml import load", False),
        ("import yamllint", False),
        ("import yaml as (", None),
        ("text = '\\d'\nimport yaml", True),
    ],
)
def test_imports_are_seen_by_syntax(project: Path, code: str, imported: bool | None) -> None:
    (project / "a.py").write_text(code + "\n")
    assert _used(project, "pyyaml") == {"pyyaml": imported}


def test_modules_are_known_by_their_own_names(project: Path) -> None:
    (project / "a.py").write_text("import PIL, sklearn, dateutil, typing_extensions, bs4\n")
    keys = ("pillow", "scikit-learn", "python-dateutil", "typing-extensions", "beautifulsoup4", "requests")
    assert _used(project, *keys) == {**dict.fromkeys(keys, True), "requests": False}


def test_a_notebook_that_names_it_leaves_the_question_open(project: Path) -> None:
    (project / "a.ipynb").write_text('{"cells": [{"source": "import yaml"}]}')
    assert _used(project, "pyyaml", "requests") == {"pyyaml": None, "requests": False}


def test_findings_say_who_imports_it(
    run_check: Callable[..., Any], spec: CheckSpec, advise: Advise, project: Path
) -> None:
    advise(osv("PYSEC-1", "pyyaml"), osv("PYSEC-2", "requests"))
    (project / "requirements.txt").write_text("pyyaml==1.0\nrequests==1.0\n")
    (project / "etl").mkdir()
    (project / "etl" / "load.py").write_text("import yaml\n")
    found = {o.evidence["advisory"]: o for o in run_check(spec, project).observations if o.evidence.get("advisory")}
    assert (found["PYSEC-1"].evidence["imported"], found["PYSEC-1"].evidence["imported_in"]) == (True, "etl/load.py")
    assert "etl/load.py imports it" in found["PYSEC-1"].message
    assert found["PYSEC-2"].evidence["imported"] is False
    assert found["PYSEC-1"].evidence["upgrade_to"] == "2.0"


def _upgrade(version: str, *fixes: str | None) -> str | None:
    records = [
        record
        for number, fixed in enumerate(fixes)
        if (record := read_record("x", _json(osv(f"PYSEC-2026-{number}", "x", fixed=fixed)))) is not None
    ]
    return smallest_upgrade(version, by_package(records)["x"])


def _json(record: dict[str, Any]) -> bytes:
    import json

    return json.dumps(record).encode()


def test_one_upgrade_ends_all_advisories() -> None:
    assert _upgrade("1.0", "1.5", "2.1", "1.9") == "2.1"


def test_a_final_release_goes_before_a_pre_release() -> None:
    assert _upgrade("1.0", "1.5", "2.0rc1") == "2.0rc1"
    assert _upgrade("1.0", "2.0rc1", "1.5", "2.0.1") == "2.0.1"


def test_where_one_has_no_fix_no_upgrade_is_promised() -> None:
    assert _upgrade("1.0", "1.5", None) is None
