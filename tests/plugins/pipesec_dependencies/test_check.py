"""The check as a user meets it: a folder in, findings and coverage out."""

from __future__ import annotations

import pytest
from pipesec_dependencies import pipesec_checks

from pipesec_tui import CheckSpec, PluginContext


@pytest.fixture
def spec() -> CheckSpec:
    (found,) = pipesec_checks(PluginContext())
    return found
