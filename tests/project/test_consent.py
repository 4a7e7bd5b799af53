"""Consent: exactly what was shown may run, and whatever changes asks again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipesec_tui.project.config import parse
from pipesec_tui.project.consent import ConsentError, ConsentPlan, grant, granted, plan, revoke
from pipesec_tui.project.inventory import take
from tests.project.conftest import write

CONFIG = """\
[[source]]
name = "feedback"
sample = "data/feedback.csv"
[[service]]
name = "lake"
kind = "s3"
seed = "lake"
[[stage]]
name = "clean"
run = ["python", "clean.py", "--rules=../conf/rules.yaml", "{feedback}"]
cwd = "etl"
reads = ["feedback"]
uses = ["lake"]
image = "shop:1"
[[stage]]
name = "module"
run = ["python", "-m", "jobs.load"]
[canary]
candidate = "shop:2"
on_promote = ["sh", "promote.sh"]
on_rollback = ["true"]
"""
FILES = [
    "etl/clean.py", "etl/rules.py", "lib/deep/__init__.py", "lib/deep/words.py", "lib/__init__.py", "conf/rules.yaml",
    "data/feedback.csv", "lake/bucket/key", "jobs/load.py", "promote.sh", ".pipesec/models/m.yaml", "unrelated.py",
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, *FILES)
    (root / "etl/clean.py").write_text("import rules, os\nfrom lib.deep import words\n")
    (root / "etl/rules.py").write_text("def f():\n    from . import clean\n")
    (root / "pipesec.toml").write_text(CONFIG)
    return root


def current(root: Path, text: str = CONFIG, image: str = "sha256:1") -> ConsentPlan:
    return plan(parse(text), root, take(root), image_digests={"shop:1": image})


def test_a_plan_shows_what_would_run_and_with_which_files(root: Path) -> None:
    shown = current(root)
    clean, module = shown.stages
    assert {item.path for item in clean.files} == {
        "etl/clean.py", "etl/rules.py", "lib/__init__.py", "lib/deep/__init__.py", "lib/deep/words.py",
        "conf/rules.yaml",
    }  # fmt: skip
    assert {item.path for item in clean.data} == {"data/feedback.csv", "lake/bucket/key"}
    assert clean.services == ("lake (s3)",)
    assert clean.image == "shop:1 (sha256:1)"
    assert {item.path for item in module.files} == {"jobs/load.py"}
    assert [item.path for item in shown.canary_files] == ["promote.sh"]
    assert [item.path for item in shown.extensions] == [".pipesec/models/m.yaml"]


def test_consent_holds_until_something_changes(root: Path) -> None:
    assert not granted(current(root))
    grant(current(root))
    assert granted(current(root))
    write(root, "unrelated.py", text="other\n")
    assert granted(current(root))


@pytest.mark.parametrize("path", [path for path in FILES if path != "unrelated.py"])
def test_a_changed_file_asks_again(root: Path, path: str) -> None:
    grant(current(root))
    with open(root / path, "a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    assert not granted(current(root))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"clean.py", ', '"clean.py", "-v", '), ('cwd = "etl"', 'cwd = "etl"\nenv = { A = "1" }'),
        ('image = "shop:1"', 'image = "shop:1"\ntimeout = "1m"'), ('image = "shop:1"', 'image = "evil:1"'),
        ('["true"]', '["false"]'), ('"promote.sh"]', '"promote.sh", "now"]'), ('kind = "s3"', 'kind = "http"'),
        ('candidate = "shop:2"', 'candidate = "evil:2"'), ('uses = ["lake"]', ""),
    ],
)  # fmt: skip
def test_a_changed_description_asks_again(root: Path, old: str, new: str) -> None:
    grant(current(root))
    assert old in CONFIG
    assert not granted(current(root, CONFIG.replace(old, new, 1)))


def test_another_image_under_the_same_name_asks_again(root: Path) -> None:
    grant(current(root))
    assert not granted(current(root, image="sha256:2"))


def test_a_program_that_the_inventory_leaves_out_counts_too(root: Path) -> None:
    (root / ".gitignore").write_text("etl/\n")
    grant(current(root))
    assert granted(current(root))
    write(root, "etl/rules.py", text="other = 1\n")
    assert not granted(current(root))


def test_a_link_counts_for_what_it_leads_to(root: Path, tmp_path: Path) -> None:
    (root / "etl/clean.py").unlink()
    (root / "etl/clean.py").symlink_to(tmp_path / "elsewhere.py")
    write(tmp_path, "elsewhere.py")
    grant(current(root))
    write(tmp_path, "elsewhere.py", text="other\n")
    assert not granted(current(root))


def test_consent_is_for_one_project_and_can_be_taken_back(root: Path, tmp_path: Path) -> None:
    grant(current(root))
    copy = tmp_path / "copy"
    write(copy, *FILES)
    assert not granted(current(copy))
    assert revoke(root)
    assert not granted(current(root))
    assert not revoke(root)


def test_nothing_to_run_needs_no_consent(tmp_path: Path) -> None:
    assert granted(current(tmp_path, ""))


def test_the_project_cannot_bring_its_own_consent(root: Path, pipesec_home: Path) -> None:
    grant(current(root))
    stored = (pipesec_home / "consent.json").read_bytes()
    assert (pipesec_home / "consent.json").stat().st_mode & 0o077 == 0
    (pipesec_home / "consent.json").unlink()
    (root / "consent.json").write_bytes(stored)
    assert not granted(current(root))


def test_damaged_consents_are_none_and_are_not_overwritten(root: Path, pipesec_home: Path) -> None:
    grant(current(root))
    (pipesec_home / "consent.json").write_text("{")
    assert not granted(current(root))
    with pytest.raises(ConsentError, match="remove it"):
        grant(current(root))
    assert (pipesec_home / "consent.json").read_text() == "{"


def test_consents_of_other_projects_stay(root: Path, pipesec_home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, *FILES)
    grant(current(root))
    grant(current(other))
    assert granted(current(root))
    assert len(json.loads((pipesec_home / "consent.json").read_text())["consents"]) == 2
