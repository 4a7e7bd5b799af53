"""The rules say what they find: bad examples are found, good ones are not, by the check itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import yaml
from pipesec_secrets import SECRETS

from pipesec_tui import RuleSpec

RULES = msgspec.convert(
    yaml.safe_load(resources.files("pipesec_secrets").joinpath("rules.yaml").read_text("utf-8")), tuple[RuleSpec, ...]
)


def test_bad_examples_are_found_and_good_ones_are_not(run_check: Callable[..., Any], tmp_path: Path) -> None:
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            for kind, code in (("bad", example.bad), ("good", example.good)):
                path = tmp_path / rule.id / f"{kind}{number}" / example.path
                path.parent.mkdir(parents=True)
                path.write_text(code)
    result = run_check(SECRETS, tmp_path)
    assert {row.status.value for row in result.coverage} == {"ok"}
    found: dict[str, list[str]] = {}
    for observation in result.observations:
        found.setdefault(observation.location.path, []).append(observation.rule)
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            assert found.get(f"{rule.id}/bad{number}/{example.path}") == [rule.id], (rule.id, number)
            assert f"{rule.id}/good{number}/{example.path}" not in found, (rule.id, number)
