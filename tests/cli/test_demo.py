"""`pipesec demo` finds what is planted, all of it and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipesec_tui.cli.group import run
from pipesec_tui.demo import FEEDBACK, HARDENED, VERSION_2, advisories, copy_to, demo_root
from pipesec_tui.demo.truth import judge, read_truth, unclean
from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import Assessment, AssessmentStatus
from tests.cli.conftest import Pipesec

BUILT = (Area.ARTIFACTS, Area.DEPENDENCIES, Area.SAST, Area.SECRETS)
"""Areas that have a check so far; what else is planted waits."""


@pytest.fixture
def assessed(pipesec: Pipesec, tmp_path: Path) -> object:
    def assess(variant: str) -> Assessment:
        assert run(["advisories", "import", str(advisories())]) == 0
        root = copy_to(tmp_path / variant, variant)
        said = pipesec("assess", root, "--offline", "--format", "json")
        return msgspec.json.decode(said.out, type=Assessment)

    return assess


@pytest.mark.parametrize("variant", [FEEDBACK, HARDENED, VERSION_2])
def test_all_that_is_planted_is_found_and_nothing_else(assessed: object, variant: str) -> None:
    assert callable(assessed)
    assessment: Assessment = assessed(variant)
    root = demo_root(variant)
    truth = read_truth(root)
    verdict = judge(truth, root, assessment.findings, BUILT)
    assert verdict.missed == ()
    assert verdict.invented == ()
    assert not list(unclean(truth, root, assessment.findings))
    planted = [entry for entry in truth.planted if entry.active and entry.area in BUILT]
    assert len(assessment.findings) >= len(planted)
    assert bool(planted) == (variant != HARDENED)
    assert assessment.assessment.status is AssessmentStatus.COMPLETE


def test_the_demo_ends_well_and_shows_what_changed_between_variants(pipesec: Pipesec, pipesec_home: Path) -> None:
    first = pipesec("demo")
    assert first.status == 0
    assert "requirements.txt" in first.out
    assert not (pipesec_home / "history.sqlite").exists(), "the demo keeps its state apart"


def test_the_demo_shows_what_changed_between_variants(pipesec: Pipesec) -> None:
    pipesec("demo")
    second = pipesec("demo", "--variant", VERSION_2)
    assert second.status == 0
    assert "fixed" in second.out


def test_the_demo_can_be_copied_to_play_with(pipesec: Pipesec, tmp_path: Path) -> None:
    assert pipesec("demo", "--to", tmp_path / "mine").status == 0
    assert (tmp_path / "mine" / "pipesec.toml").is_file()
