"""Holding findings against the truth tells hits, misses and inventions apart."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipesec_tui.demo.truth import judge, read_truth, unclean
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding, Identity, Location
from pipesec_tui.model.severity import Confidence, Severity

TRUTH = """
[[planted]]
area = "sast"
path = "a.py"
line_contains = "eval("
active = true

[[planted]]
area = "sast"
path = "a.py"
line_contains = "open("
active = false

[[planted]]
area = "dependencies"
path = "requirements.txt"
line_contains = "pyyaml"
rule = "vulnerable-dependency"
advisory = "CVE-1"
active = true

[[clean]]
path = "a.py"
line_contains = "print("
note = "harmless"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "truth.toml").write_text(TRUTH)
    (tmp_path / "a.py").write_text("print(1)\nx = (\n  eval(y)\n)\nopen(z)\n")
    (tmp_path / "requirements.txt").write_text("pyyaml==5.1\n")
    return tmp_path


def finding(path: str, start: int, end: int | None = None, area: Area = Area.SAST, *aliases: str) -> Finding:
    return Finding(
        id="PS-1", identity=Identity(anchor="a"), check=area.value, asset=f"file:{path}", area=area,
        rule="vulnerable-dependency" if area is Area.DEPENDENCIES else "r", severity=Severity.HIGH,
        confidence=Confidence.HIGH, title="t", message="m", aliases=aliases,
        location=Location(path=path, start_line=start, end_line=end),
    )  # fmt: skip


def test_all_that_is_planted_and_active_must_be_found(root: Path) -> None:
    truth = read_truth(root)
    verdict = judge(truth, root, [], {Area.SAST, Area.DEPENDENCIES})
    assert [p.line_contains for p in verdict.missed] == ["eval(", "pyyaml"]
    assert [p.line_contains for p in judge(truth, root, [], {Area.SAST}).missed] == ["eval("]


def test_a_finding_counts_where_its_lines_take_in_the_planted_one(root: Path) -> None:
    verdict = judge(read_truth(root), root, [finding("a.py", 2, 4)], {Area.SAST})
    assert verdict.missed == ()
    assert verdict.invented == ()


def test_another_advisory_for_the_same_line_is_not_the_planted_one(root: Path) -> None:
    other = finding("requirements.txt", 1, None, Area.DEPENDENCIES, "CVE-2")
    same = finding("requirements.txt", 1, None, Area.DEPENDENCIES, "CVE-1")
    truth = read_truth(root)
    assert len(judge(truth, root, [other], {Area.DEPENDENCIES}).missed) == 1
    assert judge(truth, root, [same], {Area.DEPENDENCIES}).missed == ()


def test_a_finding_where_nothing_is_planted_is_invented(root: Path) -> None:
    wrong = finding("a.py", 1)
    truth = read_truth(root)
    assert judge(truth, root, [wrong, finding("a.py", 5)], {Area.SAST}).invented == (wrong,)
    assert unclean(truth, root, [wrong, finding("a.py", 3)]) == (wrong,)


def test_a_misspelt_key_in_truth_is_an_error(root: Path) -> None:
    (root / "truth.toml").write_text('[[planted]]\narea = "sast"\npath = "a.py"\nacitve = true\n')
    with pytest.raises(msgspec.ValidationError, match="acitve"):
        read_truth(root)
