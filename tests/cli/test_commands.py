"""What each smaller command does for its user; a test says so when a command has none."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pipesec_tui.cli.group import COMMANDS
from tests.cli.conftest import Pipesec

ONLY = ("--only", "secrets", "--offline")


@pytest.fixture
def assessed(pipesec: Pipesec, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    assert pipesec("assess", *ONLY).status == 0
    return project


def test_every_command_is_run_by_a_test_of_the_command_line() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    text += (Path(__file__).parents[2] / "docs" / "how-to.md").read_text("utf-8").replace("pipesec ", 'pipesec("')
    assert [name for name in COMMANDS if f'pipesec("{name}' not in text] == []


def test_init_writes_a_draft_once(pipesec: Pipesec, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("open('in.csv')\n")
    assert pipesec("init", tmp_path).status == 0
    said = pipesec("init", tmp_path)
    assert said.status == 2
    assert "--force replaces it" in said.err
    assert pipesec("init", tmp_path, "--force").status == 0
    assert pipesec("assess", tmp_path, *ONLY).status == 0, "the draft is a valid pipesec.toml"


def test_config_schema_is_a_json_schema_that_a_good_file_passes(pipesec: Pipesec) -> None:
    schema = pipesec("config", "schema").document
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"project": {"name": "p"}, "policy": {"fail_on": "high"}})
    assert not validator.is_valid({"projekt": {}})


def test_allow_shows_what_would_run_and_asks_again_when_it_changes(pipesec: Pipesec, project: Path) -> None:
    assert "nothing to consent to" in pipesec("allow", project).err
    toml = '[project]\nname = "p"\n[[stage]]\nname = "clean"\nrun = ["python", "settings.py", "--fast"]\n'
    (project / "pipesec.toml").write_text(toml)
    shown = pipesec("allow", project, "--yes")
    assert shown.status == 0
    assert "stage clean: python settings.py --fast" in shown.out
    assert "runs settings.py" in shown.out
    assert "consented to exactly this" in pipesec("allow", project).err
    (project / "settings.py").write_text("import os\n")
    assert "consented" not in pipesec("allow", project, "--yes").err.replace("consent stored", "")
    assert "taken back" in pipesec("allow", project, "--revoke").err


def test_doctor_names_what_is_wrong_and_how_to_mend_it(pipesec: Pipesec, pipesec_home: Path) -> None:
    healthy = pipesec("doctor", "--format", "json")
    assert healthy.status == 0
    assert {"python", "history", "semgrep", "docker"} <= {row["what"] for row in healthy.document["doctor"]}
    (pipesec_home / "history.sqlite").write_bytes(b"no database at all" * 100)
    sick = pipesec("doctor")
    assert sick.status == 3
    assert "broken" in sick.out


@pytest.mark.parametrize("form", ["json", "sarif", "csv", "markdown", "html", "table"])
def test_export_gives_the_same_bytes_every_time(pipesec: Pipesec, assessed: Path, form: str) -> None:
    one, two = pipesec("export", "--format", form), pipesec("export", "--format", form)
    assert one.status == 0
    assert one.out
    assert one.out == two.out


def test_an_older_assessment_is_exported_as_it_was(pipesec: Pipesec, assessed: Path) -> None:
    before = pipesec("export", "--format", "json").out
    name = json.loads(before)["assessment"]["id"]
    (assessed / "settings.py").write_text("\n" * 5 + (assessed / "settings.py").read_text())
    (assessed / "more.py").write_text('API_TOKEN = "Autumn-Meadow-42"\n')
    pipesec("assess", *ONLY)
    assert pipesec("export", name, "--format", "json").out == before


def test_show_and_history_find_assessments_by_name(pipesec: Pipesec, assessed: Path) -> None:
    pipesec("assess", *ONLY)
    listed = pipesec("history", "--format", "json").document
    assert len(listed) == 2
    shown = pipesec("show", "latest~1", "--format", "json").document
    assert shown["assessment"]["id"] == listed[1]["id"]
    missing = pipesec("show", "A-nothing")
    assert missing.status == 2
    assert "no assessment" in missing.err


def test_findings_are_filtered(pipesec: Pipesec, assessed: Path) -> None:
    assert len(pipesec("findings", "--format", "json").document) == 1
    assert pipesec("findings", "--severity", "critical", "--format", "json").document == []
    assert pipesec("findings", "--path", "nowhere/").out == "no such findings\n"


def test_explain_tells_a_findings_place_rule_and_life(pipesec: Pipesec, assessed: Path) -> None:
    (finding,) = pipesec("findings", "--format", "json").document
    said = pipesec("explain", finding["id"])
    assert said.status == 0
    for part in ("settings.py:1", finding["rule"], "Remedy"):
        assert part in said.out
    assert pipesec("explain", "PS-nothing").status == 2


def test_review_lists_decisions_that_end_soon(pipesec: Pipesec, assessed: Path) -> None:
    import datetime as dt

    (finding,) = pipesec("findings", "--format", "json").document
    soon = (dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    pipesec("triage", finding["id"], "--state", "accepted", "--reason", "for now", "--until", soon)
    said = pipesec("review")
    assert said.status == 3
    assert "ends soon" in said.out
    assert pipesec("review", "--days", "1").status == 0


def test_a_decision_needs_a_reason_an_end_and_something_to_decide_on(pipesec: Pipesec, assessed: Path) -> None:
    assert "needs --reason and --until" in pipesec("triage", "PS-x", "--state", "accepted").err
    decision = ("--state", "accepted", "--reason", "r", "--until")
    assert "in the past" in pipesec("triage", "PS-x", *decision, "2020-01-01").err
    assert "neither a finding nor a gap" in pipesec("triage", "PS-x", *decision, "2999-01-01").err


def test_the_database_is_copied_pruned_and_moved(pipesec: Pipesec, assessed: Path, tmp_path: Path) -> None:
    for _ in range(3):
        pipesec("assess", *ONLY)
    assert pipesec("db", "check").status == 0
    copy = tmp_path / "copy.sqlite"
    assert pipesec("db", "backup", copy).status == 0
    assert copy.stat().st_size > 0
    assert pipesec("db", "prune").status == 2
    assert "removed 2" in pipesec("db", "prune", "--keep", "2", "--yes").err
    assert len(pipesec("history", "--format", "json").document) == 2
    assert pipesec("db", "move", tmp_path / "elsewhere.sqlite").status == 0
    assert "no assessments yet" in pipesec("history").out


def test_plugins_doctor_asks_the_plugins_again(pipesec: Pipesec) -> None:
    said = pipesec("plugins", "doctor", "secrets")
    assert said.status == 0
    assert "secrets: loaded" in said.out
    assert pipesec("plugins", "doctor", "nothing").status == 2


def test_a_shipped_plugin_can_be_disabled_and_enabled(pipesec: Pipesec, project: Path) -> None:
    assert pipesec("plugins", "disable", "secrets").status == 0
    assert pipesec("assess", project, *ONLY).status == 2
    assert pipesec("plugins", "enable", "secrets").status == 0
    assert pipesec("assess", project, *ONLY).status == 0
