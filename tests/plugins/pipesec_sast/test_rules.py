"""The rules say what they find: every bad example is found and every good one is not, by the check itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import yaml
from pipesec_sast import SAST
from pipesec_sast.check import PROBES
from pipesec_sast.semgrep import PACK

from pipesec_tui import RuleSpec

RULES = msgspec.convert(yaml.safe_load((PACK.parent / "rules.yaml").read_text()), tuple[RuleSpec, ...])


def test_bad_examples_are_found_and_good_ones_are_not(run_check: Callable[..., Any], tmp_path: Path) -> None:
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            for kind, code in (("bad", example.bad), ("good", example.good)):
                path = tmp_path / rule.id / f"{kind}{number}" / example.path
                path.parent.mkdir(parents=True)
                path.write_text(code)
    result = run_check(SAST, tmp_path)
    assert [row for row in result.coverage if row.status.value != "ok"] == []
    found: dict[str, set[str]] = {}
    for observation in result.observations:
        found.setdefault(observation.location.path, set()).add(observation.rule)
    wrong = []
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            if rule.id not in found.get(f"{rule.id}/bad{number}/{example.path}", set()):
                wrong.append(f"{rule.id}: bad example {number} is not found")
            if rule.id in found.get(f"{rule.id}/good{number}/{example.path}", set()):
                wrong.append(f"{rule.id}: good example {number} is found")
    assert wrong == []


def test_every_rule_has_a_body_and_every_body_a_rule() -> None:
    bodies = [rule["id"] for path in sorted(PACK.glob("*.yaml")) for rule in yaml.safe_load(path.read_text())["rules"]]
    own = {"redos-exponential", "redos-polynomial", "assertion-as-validation"}
    own |= {"code-eval", "plain-http-data", "secret-logged", "sql-built-by-hand"}
    own |= {"orm-raw-sql", "spark-expression-built", "airflow-built-sql", "ldap-filter-built", "xpath-built"}
    own |= {"request-to-given-url", "path-from-request", "archive-member-path", "template-from-value"}
    own |= {"shell-unguarded-removal", "shell-world-writable", "shell-secret-argument", "pip-install-from-url"}
    own |= {"shell-predictable-temporary-file"}
    own |= {"sql-grant-all", "sql-definer-search-path", "sql-dynamic-statement", "sql-runs-program"}
    assert len(bodies) == len(set(bodies))
    assert set(bodies) - PROBES == {rule.id for rule in RULES} - own


def test_every_rule_shows_a_weakness_by_number_and_an_example() -> None:
    assert [rule.id for rule in RULES if not rule.cwe or not rule.examples] == []
    assert len(RULES) >= 62
