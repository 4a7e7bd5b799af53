"""`pipesec assess`: exit statuses, baselines, the gate, and what goes where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import WEAK, Pipesec, git

SECRETS = ("--only", "secrets", "--offline")


def ids(said: object) -> list[str]:
    return [finding["id"] for finding in said.document["findings"]]  # type: ignore[attr-defined]


def test_findings_without_a_policy_never_fail(pipesec: Pipesec, project: Path) -> None:
    said = pipesec("assess", project, *SECRETS)
    assert said.status == 0, said.err
    assert "settings.py:1" in said.out


def test_open_findings_at_or_above_the_threshold_fail_the_gate(pipesec: Pipesec, project: Path) -> None:
    assert pipesec("assess", project, *SECRETS, "--fail-on", "low").status == 1
    assert pipesec("assess", project, *SECRETS, "--fail-on", "critical").status == 0


def test_the_policy_of_the_project_counts_without_options(pipesec: Pipesec, project: Path) -> None:
    (project / "pipesec.toml").write_text('[policy]\nfail_on = "low"\n')
    assert pipesec("assess", project, *SECRETS).status == 1


def test_a_gap_makes_it_incomplete_unless_gaps_are_allowed(pipesec: Pipesec, project: Path) -> None:
    (project / "requirements.txt").write_text("requests==2.19.1\n")
    said = pipesec("assess", project, "--only", "dependencies", "--offline")
    assert said.status == 3
    assert "no advisory data" in said.err
    assert pipesec("assess", project, "--only", "dependencies", "--offline", "--allow-gaps").status == 0


def test_a_failed_gate_outranks_a_gap(pipesec: Pipesec, project: Path) -> None:
    (project / "requirements.txt").write_text("requests==2.19.1\n")
    assert pipesec("assess", project, "--skip", "sast", "--offline", "--fail-on", "low").status == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "there is no such folder"),
        ((".", "--only", "nope"), "there is no check 'nope'"),
        ((".", "--offline", "--online"), "exclude each other"),
        ((".", "--fail-on", "awful"), "'awful' is none of critical"),
        ((".", *SECRETS, "--new-only"), "needs a baseline"),
        ((".", *SECRETS, "--baseline", "nothing-like-it"), "nothing-like-it"),
        ((".", *SECRETS, "--policy-from", "main"), "not in a git repository"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    pipesec: Pipesec, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(project)
    result = pipesec("assess", *arguments)
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_every_mistake_in_pipesec_toml_is_named_with_its_line(pipesec: Pipesec, project: Path) -> None:
    (project / "pipesec.toml").write_text('[project]\nnaem = "p"\n\n[policy]\nfail_on = "hihg"\n')
    said = pipesec("assess", project, *SECRETS)
    assert said.status == 2
    assert "pipesec.toml:2" in said.err
    assert "pipesec.toml:5" in said.err


def test_json_is_one_document_on_standard_output_and_nothing_else(pipesec: Pipesec, project: Path) -> None:
    document = pipesec("assess", project, *SECRETS, "--format", "json").document
    assert document["schema"] == "pipesec.assessment/1"
    assert document["assessment"]["project"] == "p"


def test_the_second_assessment_says_what_changed(pipesec: Pipesec, project: Path) -> None:
    first = pipesec("assess", project, *SECRETS, "--format", "json")
    (project / "other.py").write_text('API_TOKEN = "Autumn-Meadow-42"\n')
    second = pipesec("assess", project, *SECRETS)
    assert "1 new" in second.err
    (project / "settings.py").write_text("\n\n# moved down\n" + WEAK)
    (project / "other.py").write_text("")
    third = pipesec("assess", project, *SECRETS, "--format", "json")
    assert "1 fixed" in third.err
    assert ids(third) == ids(first)


def test_new_only_fails_for_new_findings_alone(pipesec: Pipesec, project: Path) -> None:
    pipesec("assess", project, *SECRETS)
    gate = (*SECRETS, "--fail-on", "low", "--new-only")
    assert pipesec("assess", project, *gate).status == 0
    (project / "other.py").write_text('API_TOKEN = "Autumn-Meadow-42"\n')
    assert pipesec("assess", project, *gate).status == 1


def test_a_document_is_a_baseline_on_a_machine_without_history(
    pipesec: Pipesec, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "base.json"
    pipesec("assess", project, *SECRETS, "--format", "json", "--output", document)
    monkeypatch.setenv("PIPESEC_HOME", str(tmp_path / "another machine"))
    said = pipesec("assess", project, *SECRETS, "--baseline", document, "--fail-on", "low", "--new-only")
    assert said.status == 0, said.err
    assert "nothing new" in said.err


def test_a_git_revision_is_a_baseline(pipesec: Pipesec, project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    (project / "other.py").write_text('API_TOKEN = "Autumn-Meadow-42"\n')
    said = pipesec("assess", project, *SECRETS, "--baseline", "main", "--fail-on", "low", "--new-only")
    assert said.status == 1
    assert "1 new" in said.err


def test_a_change_cannot_triage_itself(pipesec: Pipesec, project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    (finding,) = ids(pipesec("assess", project, *SECRETS, "--format", "json"))
    said = pipesec("triage", finding, "--project", project, "--state", "accepted", "--reason", "mine",
                   "--until", "2999-01-01")  # fmt: skip
    assert said.status == 0, said.err
    (project / "pipesec.toml").write_text('[project]\nname = "p"\n[policy]\nfail_on = "critical"\n')
    assert pipesec("assess", project, *SECRETS, "--fail-on", "low").status == 0
    based = pipesec("assess", project, *SECRETS, "--fail-on", "low", "--policy-from", "main")
    assert based.status == 1
    assert "adds triage" in based.err
    assert "changes [policy]" in based.err


def test_a_gap_can_be_accepted_until_a_day(pipesec: Pipesec, project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n")
    assert pipesec("assess", project, "--only", "sast", "--offline").status == 3
    decision = ("--state", "accepted", "--reason", "legacy", "--until", "2999-01-01")
    said = pipesec("triage", "sast=file:broken.py", "--project", project, *decision)
    assert said.status == 0, said.err
    assert pipesec("assess", project, "--only", "sast", "--offline").status == 0
    assert pipesec("triage", "sast=file:broken.py", "--project", project, "--state", "open").status == 0
    assert pipesec("assess", project, "--only", "sast", "--offline").status == 3


def test_nothing_of_a_hostile_name_reaches_the_terminal(pipesec: Pipesec, project: Path) -> None:
    (project / "evil\x1b]0;owned\x07\x1b[2J\n.py").write_text(WEAK)
    said = pipesec("assess", project, *SECRETS)
    assert "evil" in said.out
    assert not {c for c in said.out + said.err if ord(c) < 32 and c != "\n"}


def test_no_value_of_a_secret_is_stored_anywhere(pipesec: Pipesec, project: Path, pipesec_home: Path) -> None:
    for form in ("table", "json", "markdown", "sarif", "csv", "html"):
        said = pipesec("assess", project, "--offline", "--format", form)
        assert "Winter-Garden-88" not in said.out + said.err
    stored = [path for path in pipesec_home.rglob("*") if path.is_file()]
    assert len(stored) > 3
    assert not [path for path in stored if b"Winter-Garden-88" in path.read_bytes()]


def test_a_report_that_cannot_be_written_is_one_line(pipesec: Pipesec, project: Path) -> None:
    said = pipesec("assess", project, *SECRETS, "--output", project / "no" / "folder" / "x.json", "--format", "json")
    assert said.status == 2
    assert "cannot write" in said.err


def test_ctrl_c_ends_with_130_and_leaves_an_interrupted_assessment(project: Path, pipesec_home: Path) -> None:
    for number in range(400):
        (project / f"f{number}.py").write_text("import os\n" * 200)
    environment = os.environ | {"PIPESEC_HOME": str(pipesec_home)}
    command = [sys.executable, "-m", "pipesec_tui.cli.main"]
    process = subprocess.Popen(
        [*command, "assess", str(project), "--offline", "--only", "sast"], env=environment, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "cancelled" in said
    listed = subprocess.run(
        [*command, "history", str(project)], env=environment, capture_output=True, text=True, check=True
    )
    assert "interrupted" in listed.stdout
