"""What these tests share: the check's spec, and a way to have bytes looked at under a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipesec_artifacts import pipesec_checks

from pipesec_tui import CheckSpec, PluginContext

Look = Callable[..., Any]


@pytest.fixture
def spec() -> CheckSpec:
    (found,) = pipesec_checks(PluginContext())
    return found


@pytest.fixture
def look(spec: CheckSpec, run_check: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Look:
    """``look(name, content, …)`` writes one file and has it looked at; options by keyword."""

    def run(name: str, content: bytes, **options: Any) -> Any:
        root: Path = tmp_path_factory.mktemp("project")
        (root / name).write_bytes(content)
        return run_check(spec, root, options)

    return run
