"""The check `flows`: its rules' examples, its account of files, and what it leaves to other rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pipesec_sast
import pytest
import yaml
from pipesec_sast import FLOWS

from pipesec_tui import Lineage, RuleSpec, Upstream
from pipesec_tui.flow.taint.rows import shipped

RULES = msgspec.convert(
    yaml.safe_load((Path(pipesec_sast.__file__).parent / "flow_rules.yaml").read_text()), tuple[RuleSpec, ...]
)
Run = Callable[..., Any]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: RuleSpec, run_check: Run, tmp_path: Path) -> None:
    for number, example in enumerate(rule.examples):
        for kind, code in (("bad", example.bad), ("good", example.good)):
            folder = tmp_path / f"{kind}{number}"
            folder.mkdir()
            (folder / "example.py").write_text(code)
            result = run_check(FLOWS, folder)
            assert result.covered("file:example.py") == "ok"
            assert (rule.id in result.rules()) == (kind == "bad")


def test_there_is_a_rule_for_each_family_of_sinks() -> None:
    assert {rule.id for rule in RULES} == {f"flow-{family}" for family in shipped().families}
    assert [rule.id for rule in RULES if not rule.cwe or not rule.examples] == []


def test_a_finding_tells_the_whole_way(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text("def store(db, row):\n    sql = f'INSERT {row}'\n    db.execute(sql)\n")
    (tmp_path / "main.py").write_text(
        "import requests\nfrom load import store\n\ndef main(db):\n    row = requests.get('https://x.example').text\n"
        "    store(db, row)\n"
    )
    (found,) = run_check(FLOWS, tmp_path).observations
    assert (found.location.path, found.location.start_line) == ("load.py", 3)
    assert [(step.path, step.line) for step in found.flow] == [
        ("main.py", 5), ("main.py", 5), ("main.py", 6), ("load.py", 2), ("load.py", 3),
    ]  # fmt: skip
    assert found.flow[0].what == "answer of an HTTP server"
    assert found.flow[-1].what == "executed as SQL"
    assert found.confidence.value == "high"


EVERY = ("tests/test_x.py", "broken.py", "latin.py", "fine.py")


def test_files_that_cannot_be_analyzed_are_told(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("import sys\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xff'\n")
    (tmp_path / "fine.py").write_text("x = 1\n")
    result = run_check(FLOWS, tmp_path)
    assert {name: result.covered(f"file:{name}") for name in EVERY} == {
        "tests/test_x.py": "skipped", "broken.py": "partial", "latin.py": "failed", "fine.py": "ok",
    }  # fmt: skip


def test_what_a_rule_for_single_functions_sees_is_left_to_it(run_check: Run, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import os, sys\ndef main():\n    os.system(sys.argv[1])\n")
    assert run_check(FLOWS, tmp_path).rules() == []


def test_data_is_followed_from_one_stage_to_the_next_by_the_lineage(run_check: Run, tmp_path: Path) -> None:
    from pipesec_lineage import LINEAGE

    (tmp_path / "fetch.py").write_text(
        "import csv, requests\n\ndef main():\n    rows = requests.get('https://x.example').json()\n"
        "    with open('out/x.csv', 'w') as target:\n        csv.writer(target).writerows(rows)\n\nmain()\n"
    )
    (tmp_path / "load.py").write_text(
        "import csv, os\n\ndef main():\n    with open('out/x.csv') as source:\n"
        "        for row in csv.reader(source):\n            os.system('log ' + row[0])\n\nmain()\n"
    )
    lineage = run_check(LINEAGE, tmp_path).lineage
    edges = tuple(edge for each in lineage for edge in each.edges)
    upstream = {"lineage": Upstream(lineage=Lineage(edges=edges))}
    (found,) = [
        each for each in run_check(FLOWS, tmp_path, upstream=upstream).observations if each.confidence.value == "high"
    ]
    assert found.rule == "flow-command-injection"
    steps = [(step.path, step.what) for step in found.flow]
    assert steps.index(("fetch.py", "written to out/x.csv")) + 1 == steps.index(("load.py", "read from out/x.csv"))


def test_settings_of_the_project_are_no_way_to_leave_a_folder(run_check: Run, tmp_path: Path) -> None:
    code = (
        "import {0}\n\ndef read(p):\n    with open(p) as h:\n        return {0}.{1}(h)\n\n"
        "def main(p):\n    open(read(p)['log'], 'w')\n"
    )
    (tmp_path / "settings.py").write_text(code.format("yaml", "safe_load"))
    (tmp_path / "records.py").write_text(code.format("json", "load"))
    found = run_check(FLOWS, tmp_path).observations
    assert [each.location.path for each in found] == ["records.py"]
