"""From an assessment to work that is planned, and what the project is made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Pipesec = Callable[..., Any]

CONFIG = """[project]
name = "p"
[policy]
sla = { critical = "1d", high = "2d", medium = "3d", low = "4d" }
"""


@pytest.fixture
def assessed(project: Path, pipesec: Pipesec) -> Path:
    (project / "pipesec.toml").write_text(CONFIG)
    (project / ".github").mkdir()
    (project / ".github" / "CODEOWNERS").write_text("*.py @shop/platform\n")
    assert pipesec("assess", project, "--only", "secrets", "--offline").status == 0
    return project


def test_an_item_has_owner_and_due_date_and_keeps_its_plan(assessed: Path, pipesec: Pipesec) -> None:
    (item,) = pipesec("backlog", "--project", assessed, "--format", "json").document["items"]
    assert item["owner"] == "@shop/platform"
    assert item["due"] is not None
    assert item["ticket"] is None
    assert pipesec("backlog", "set", item["key"], "--ticket", "SEC-12", "--project", assessed).status == 0
    assert pipesec("backlog", "set", item["key"], "--sprint", "W05", "--project", assessed).status == 0
    # The line moves, and the work stays the same.
    settings = assessed / "settings.py"
    settings.write_text("\n\n# moved\n" + settings.read_text())
    assert pipesec("assess", assessed, "--only", "secrets", "--offline").status == 0
    (again,) = pipesec("backlog", "--project", assessed, "--format", "json").document["items"]
    assert (again["key"], again["ticket"], again["sprint"]) == (item["key"], "SEC-12", "W05")


def test_csv_goes_to_a_file_and_has_one_row_an_item(assessed: Path, pipesec: Pipesec, tmp_path: Path) -> None:
    target = tmp_path / "b.csv"
    assert pipesec("backlog", "--project", assessed, "--format", "csv", "--output", target).status == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text(), newline="")))
    assert [row["Summary"] for row in rows] == ["Take the credentials out of settings.py and replace them"]


def test_items_are_chosen_by_owner_and_by_being_late(assessed: Path, pipesec: Pipesec) -> None:
    chosen = ("backlog", "--project", assessed, "--format", "json")
    assert len(pipesec(*chosen, "--owner", "@shop/platform").document["items"]) == 1
    assert pipesec(*chosen, "--owner", "@nobody").document["items"] == []
    assert pipesec(*chosen, "--overdue").document["items"] == []


def test_a_plan_without_work_is_said(assessed: Path, pipesec: Pipesec) -> None:
    (assessed / "pipesec.backlog.toml").write_text('[[item]]\nkey = "PW-gone"\nticket = "SEC-1"\n')
    assert "PW-gone has a plan" in pipesec("backlog", "--project", assessed).err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "PW-none", "--ticket", "T"), "no item of the backlog"),
        (("set", "PW-none"), "give --ticket or --sprint"),
    ],
)
def test_wrong_use_is_one_line(assessed: Path, pipesec: Pipesec, arguments: tuple[str, ...], told: str) -> None:
    said = pipesec("backlog", *arguments, "--project", assessed)
    assert said.status == 2
    assert told in said.err


def test_a_broken_plan_file_is_told_with_its_line(assessed: Path, pipesec: Pipesec) -> None:
    (assessed / "pipesec.backlog.toml").write_text("[[item]]\nkee = 1\n")
    said = pipesec("backlog", "--project", assessed)
    assert said.status == 2
    assert "pipesec.backlog.toml:2: item[0].kee: unknown key" in said.err


def test_times_are_told_by_month(assessed: Path, pipesec: Pipesec) -> None:
    (row,) = pipesec("backlog", "times", "--project", assessed, "--format", "json").document
    assert (row["open"], row["fixed"]) == (1, 0)
    assert "days to fix" in pipesec("backlog", "times", "--project", assessed).out


def test_explain_shows_each_factor(assessed: Path, pipesec: Pipesec) -> None:
    (finding,) = pipesec("findings", "--project", assessed, "--format", "json").document
    said = pipesec("explain", finding["id"], "--project", assessed).out
    assert f"why priority {finding['priority']}" in said
    for factor in ("severity", "confidence", "exposure", "blast radius"):
        assert factor in said
    assert " new in A-" in said
    assert "FindingEvent" not in said


def test_the_inventory_lists_libraries_and_exports_them(project: Path, pipesec: Pipesec) -> None:
    (project / "requirements.txt").write_text("pyyaml==5.1\n")
    pipesec("assess", project, "--only", "dependencies", "--offline", "--allow-gaps")
    assert "pyyaml" in pipesec("inventory", project).out
    (part,) = pipesec("inventory", project, "--format", "json").document["components"]
    assert (part["name"], part["version"], part["direct"]) == ("pyyaml", "5.1", True)
    assert pipesec("inventory", project, "--kind", "image").out == "no such components\n"
    bom = pipesec("inventory", project, "--format", "cyclonedx").document
    assert bom["bomFormat"] == "CycloneDX"
    exported = pipesec("export", "--project", project, "--format", "cyclonedx").document
    assert exported["serialNumber"] == bom["serialNumber"]
