"""pip-audit's answers, and its silences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pipesec_dependencies.audit import NoAnswer, audit, read_report

from tests.plugins.pipesec_dependencies.conftest import serving


def test_what_pip_audit_skipped_or_does_not_answer_is_left_out() -> None:
    report = {
        "dependencies": [
            {"name": "Clean", "version": "1.0.0", "vulns": []},
            {"name": "skipped", "skip_reason": "Dependency not found on PyPI and could not be audited: skipped (1)"},
            {"name": "both", "version": "1", "vulns": [], "skip_reason": "why"},
            {"name": "silent", "version": "1"},
            {"name": "other", "version": "2", "vulns": []},
        ],
        "fixes": [],
    }
    pins = [("clean", "1.0"), ("skipped", "1"), ("both", "1"), ("silent", "1"), ("other", "1"), ("missing", "1")]
    assert read_report(json.dumps(report).encode(), pins) == {("clean", "1.0"): ()}


def test_the_fix_above_the_version_is_told() -> None:
    weakness = {"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["0.9", "10.0", "2.0"], "description": "a\nb"}
    report = {"dependencies": [{"name": "a", "version": "1", "vulns": [weakness]}]}
    ((found,),) = read_report(json.dumps(report).encode(), [("a", "1")]).values()
    assert (found.id, found.fixed_in, found.summary) == ("CVE-1", "2.0", "a")


@pytest.mark.parametrize("content", [b"", b"No known vulnerabilities found", b"{}", b'{"dependencies": 1}'])
def test_what_is_no_report_is_no_answer(content: bytes) -> None:
    with pytest.raises(NoAnswer):
        read_report(content, [("a", "1")])


def test_two_versions_of_a_package_are_asked_apart(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        query = json.loads(body)
        asked.append((query["package"]["name"], query["version"]))
        return 200, {}, b"{}"

    pins = {("a", "1.0"), ("a", "2.0"), ("b", "1.0"), ("odd", "2004d")}
    with serving(answer) as address:
        result = audit(pins, tmp_path, osv_url=address)
    assert sorted(asked) == sorted(pins - {("odd", "2004d")}) == sorted(result.found)
    assert result.error is None


def test_an_audit_that_takes_too_long_is_an_error(tmp_path: Path) -> None:
    result = audit([("a", "1")], tmp_path, osv_url="http://127.0.0.1:9", timeout=0.01)
    assert result.found == {}
    assert result.error is not None and "no answer" in result.error
