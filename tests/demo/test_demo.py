"""The bundled pipelines are what they claim to be."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from pipesec_tui import demo
from pipesec_tui.demo.truth import Clean, Planted, read_truth
from pipesec_tui.model.area import Area
from pipesec_tui.model.project import Project


@pytest.fixture(params=demo.VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run_pipeline(variant: str, tmp_path: Path) -> Path:
    """Run a copy of a bundled pipeline; what it wrote."""
    root = demo.copy_to(tmp_path / "pipeline", variant)
    out = tmp_path / "out"
    subprocess.run([sys.executable, "-I", "run.py", str(out)], cwd=root, check=True, capture_output=True, timeout=60)
    return out


def test_a_pipeline_runs_from_start_to_end_on_the_standard_library_alone(variant: str, tmp_path: Path) -> None:
    out = run_pipeline(variant, tmp_path)
    connection = sqlite3.connect(out / "warehouse.db")
    try:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (11,)
    finally:
        connection.close()


def test_the_hardened_pipeline_keeps_what_it_refuses_and_says_why(tmp_path: Path) -> None:
    out = run_pipeline(demo.HARDENED, tmp_path)
    rejects = [json.loads(line) for line in (out / "rejects.jsonl").read_text().splitlines()]
    assert [r["record"]["id"] for r in rejects] == ["1004", "1007"]
    assert all(r["because"] == ["customer_email does not have the right form"] for r in rejects)


def test_every_place_in_truth_is_one_line_of_one_file(variant: str) -> None:
    root = demo.demo_root(variant)
    truth = read_truth(root)
    places: list[Planted | Clean] = [*truth.planted, *truth.clean]
    for place in places:
        if place.path == "**":
            continue
        file = root / place.path
        assert file.is_file(), place
        if place.line_contains is not None:
            lines = [line for line in file.read_text("utf-8").splitlines() if place.line_contains in line]
            assert len(lines) == 1, place


def test_weaknesses_of_every_area_but_lineage_and_canary_are_planted_in_the_first_version() -> None:
    planted = {p.area for p in read_truth(demo.demo_root(demo.FEEDBACK)).planted}
    assert planted == set(Area) - {Area.LINEAGE, Area.CANARY}


def test_the_project_files_are_valid_and_name_files_that_exist(variant: str) -> None:
    root = demo.demo_root(variant)
    project = msgspec.convert(tomllib.loads((root / "pipesec.toml").read_text("utf-8")), Project)
    assert [stage.name for stage in project.stages] == ["ingest", "clean", "tokenize", "load"]
    known = {source.name for source in project.sources} | {dataset.name for dataset in project.datasets}
    for stage in project.stages:
        assert (root / stage.cwd / stage.run[1]).is_file()
        assert {*stage.reads, *stage.writes} <= known
        assert {argument.strip("{}") for argument in stage.run[2:]} == {*stage.reads, *stage.writes}
    for source in project.sources:
        assert source.sample is not None
        assert (root / source.sample).is_file()
        assert source.schema is None or (root / source.schema).is_file()


def pins(variant: str) -> dict[str, Version]:
    found = {}
    for line in (demo.demo_root(variant) / "requirements.txt").read_text().splitlines():
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        found[requirement.name] = Version(specifier.version)
    return found


def affected(variant: str) -> set[tuple[str, str]]:
    """(library, CVE) by the demo's advisories, matched on the ranges alone."""
    hits = set()
    versions = pins(variant)
    for path in demo.advisories().glob("*.json"):
        advisory = json.loads(path.read_text("utf-8"))
        (cve,) = (alias for alias in advisory["aliases"] if alias.startswith("CVE-"))
        for part in advisory["affected"]:
            version = versions.get(part["package"]["name"])
            events = part["ranges"][0]["events"]
            for introduced, fixed in zip(events[::2], events[1::2], strict=True):
                start, end = Version(introduced["introduced"]), Version(fixed["fixed"])
                if version is not None and start <= version < end:
                    hits.add((part["package"]["name"], cve))
    return hits


def test_truth_lists_exactly_what_the_advisories_say_of_the_pinned_libraries(variant: str) -> None:
    truth = read_truth(demo.demo_root(variant))
    listed = {
        (str(p.line_contains).partition("==")[0], str(p.advisory)) for p in truth.planted if p.area is Area.DEPENDENCIES
    }
    assert listed == affected(variant)


def test_the_advisories_agree_with_the_public_database() -> None:
    beside = Path(__file__).resolve().parents[3] / "shared"
    dump = Path(os.environ.get("PIPESEC_SHARED", beside)) / "data" / "osv-pypi-2024-10.zip"
    if not dump.is_file():
        pytest.skip("the public dump is not here")
    compared = 0
    with zipfile.ZipFile(dump) as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        for path in demo.advisories().glob("PYSEC-*.json"):
            ours, theirs = json.loads(path.read_text("utf-8")), json.loads(archive.read(names[path.name]))
            assert set(ours["aliases"]) <= set(theirs["aliases"])
            ranges = [r["events"] for part in theirs["affected"] for r in part["ranges"] if r["type"] == "ECOSYSTEM"]
            assert sorted(map(str, ours["affected"][0]["ranges"][0]["events"])) == sorted(map(str, ranges[0]))
            compared += 1
    assert compared >= 15


def test_a_copy_holds_the_pipeline_without_its_truth(tmp_path: Path) -> None:
    root = demo.copy_to(tmp_path / "new")
    assert (root / "pipesec.toml").is_file()
    assert not (root / "truth.toml").exists()


def test_a_copy_never_mixes_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="is not empty"):
        demo.copy_to(tmp_path)


def test_an_unknown_variant_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="no demo 'other': there are feedback, feedback_hardened, feedback_v2"):
        demo.demo_root("other")
