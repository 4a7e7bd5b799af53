"""The check as a user meets it: a folder in, findings and coverage out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipesec_dependencies import pipesec_checks
from pipesec_dependencies.advisory.store import import_dump
from pipesec_tui import CheckSpec, PluginContext


@pytest.fixture
def spec() -> CheckSpec:
    (found,) = pipesec_checks(PluginContext())
    return found
