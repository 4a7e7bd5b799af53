"""What the check says of a project: its lineage, and every file it was given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipesec_lineage import LINEAGE

import pipesec_tui.demo
from pipesec_tui import Lineage, NodeKind
from pipesec_tui.flow.query import path
from pipesec_tui.project import config

Run = Callable[..., Any]
DEMO = Path(pipesec_tui.demo.__file__).parent


def lineage_of(run_check: Run, root: Path, **more: Any) -> Lineage:
    result = run_check(LINEAGE, root, **more)
    assert len(result.lineage) == 1
    found: Lineage = result.lineage[0]
    return found


@pytest.mark.parametrize("name", ["feedback", "feedback_v2", "feedback_hardened"])
def test_the_demo_is_complete_from_source_to_sink(run_check: Run, name: str) -> None:
    root = DEMO / name
    lineage = lineage_of(run_check, root, project=config.load(root))
    way = path(lineage, "source:feedback", "sink:warehouse.feedback")
    assert way is not None
    assert [edge.target for edge in way] == [
        "stage:ingest", "dataset:raw", "stage:clean", "dataset:clean", "stage:load", "dataset:warehouse",
        "sink:warehouse.feedback",
    ]  # fmt: skip
    assert path(lineage, "stage:tokenize", "sink:warehouse.feedback") is not None


def test_the_demo_is_found_in_its_code_without_pipesec_toml(run_check: Run, tmp_path: Path) -> None:
    for file in ("ingest.py", "clean.py", "tokenize_text.py", "load.py", "run.py"):
        (tmp_path / file).write_bytes((DEMO / "feedback" / file).read_bytes())
    lineage = lineage_of(run_check, tmp_path)
    names = {node.name for node in lineage.nodes if node.kind is NodeKind.STAGE}
    assert names >= {"ingest", "clean", "tokenize_text", "load"}
    for start, end in (("ingest", "clean"), ("clean", "tokenize_text"), ("tokenize_text", "load"), ("clean", "load")):
        assert path(lineage, f"stage:{start}", f"stage:{end}") is not None, (start, end)
    assert path(lineage, "dataset:https://api.feedback.example/v1/export", "stage:load") is not None


def test_every_file_is_spoken_of(run_check: Run, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "job.py": "open('a.csv')",
        "broken.py": "def f(:",
        "latin.py": b"x = '\xe9'",
        "tests/test_job.py": "open('b.csv')",
        "settings.yml": "a: 1",
        ".pipesec/models/acme.yaml": "models:\n- {sym: [acme.pull], does: reads, data: '0'}",
        ".pipesec/models/bad.yaml": "models: 7",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    result = run_check(LINEAGE, tmp_path)
    told = {row.asset: (row.status.value, bool(row.reason)) for row in result.coverage}
    assert told == {
        "project:.": ("ok", False),
        "file:job.py": ("ok", False),
        "file:broken.py": ("failed", True),
        "file:latin.py": ("failed", True),
        "file:tests/test_job.py": ("skipped", True),
        "file:settings.yml": ("ok", False),
        "file:.pipesec/models/acme.yaml": ("ok", False),
        "file:.pipesec/models/bad.yaml": ("failed", True),
    }


def test_test_code_counts_where_that_is_asked_for(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "test_job.py").write_text("def test_it():\n    open('b.csv')\n")
    assert lineage_of(run_check, tmp_path).nodes == ()
    assert {n.id for n in lineage_of(run_check, tmp_path, options={"tests": True}).nodes} == {
        "stage:test_job", "dataset:b.csv",
    }  # fmt: skip


def test_models_of_the_project_extend_the_catalogue(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("import acme\nacme.pull('s3://b/a')\n")
    assert lineage_of(run_check, tmp_path).edges == ()
    (tmp_path / ".pipesec/models").mkdir(parents=True)
    (tmp_path / ".pipesec/models/a.yaml").write_text(
        "models:\n- {sym: [acme.pull], does: reads, data: '0'}\nsanitizers: [{sym: acme.clean}]\n"
    )
    assert [edge.source for edge in lineage_of(run_check, tmp_path).edges] == ["dataset:s3://b/a"]


def test_environment_files_are_looked_up_and_examples_lose(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("import os\nopen(os.environ['ROOT'] + '/a.csv')\n")
    (tmp_path / ".env.example").write_text("ROOT=/example\n")
    assert lineage_of(run_check, tmp_path).edges[0].source == "dataset:/example/a.csv"
    (tmp_path / ".env").write_text("export ROOT='/srv'\n")
    assert lineage_of(run_check, tmp_path).edges[0].source == "dataset:/srv/a.csv"


def test_nothing_of_the_target_is_run(run_check: Run, tmp_path: Path) -> None:
    target = tmp_path / "project"
    target.mkdir()
    mark = tmp_path / "ran"
    for name in ("setup.py", "conftest.py", "__init__.py", "job.py", "pandas.py", "yaml.py"):
        (target / name).write_text(f"import pandas, yaml\nopen({str(mark)!r}, 'w').close()\n")
    (target / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'w')\n")
    (target / "conf.yml").write_text(f"!!python/object/apply:os.system ['touch {mark}']\n")
    (target / "read.py").write_text("import yaml\nopen(yaml.safe_load(open('conf.yml'))['a'])\n")
    run_check(LINEAGE, target)
    assert not mark.exists()
