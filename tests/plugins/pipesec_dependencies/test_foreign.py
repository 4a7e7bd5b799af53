"""Packages of other ecosystems are components that nothing is known of, and that is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipesec_tui import CheckSpec


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("job.py", 'spark = b.config("spark.jars.packages", "org.x:lake_2.12:3.1, io.y:k:1.0").getOrCreate()\n'),
        ("job.py", 'conf = {"spark.jars.packages": "org.x:lake_2.12:3.1,io.y:k:1.0"}\n'),
        ("job.py", 'os.environ["PYSPARK_SUBMIT_ARGS"] = "--packages org.x:lake_2.12:3.1,io.y:k:1.0 pyspark-shell"\n'),
        ("job.py", 'run(["spark-submit", "--packages", "org.x:lake_2.12:3.1,io.y:k:1.0", "a.py"])\n'),
        ("submit.sh", "spark-submit \\\n  --packages org.x:lake_2.12:3.1,io.y:k:1.0 \\\n  a.py\n"),
        ("submit.sh", 'spark-submit --conf "spark.jars.packages=org.x:lake_2.12:3.1,io.y:k:1.0" a.py\n'),
        ("spark-defaults.conf", "spark.jars.packages   org.x:lake_2.12:3.1,io.y:k:1.0\n"),
    ],
)
def test_coordinates_given_to_spark_are_told(
    run_check: Callable[..., Any], spec: CheckSpec, project: Path, name: str, content: str
) -> None:
    (project / name).write_text(content)
    result = run_check(spec, project)
    purls = ["pkg:maven/io.y/k@1.0", "pkg:maven/org.x/lake_2.12@3.1"]
    assert [component.purl for component in result.components] == purls
    assert [(row.asset, row.status.value, row.reason) for row in result.coverage] == [
        (purl, "skipped", "no advisory data for Maven") for purl in purls
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("job.py", '# spark.jars.packages org.x:a:1\nx = "spark.jars.packages"\n'),
        ("spark.conf", "# spark.jars.packages org.x:a:1\n"),
        ("run.sh", "pip list --packages-only\n"),
    ],
)
def test_what_only_names_them_is_not(
    run_check: Callable[..., Any], spec: CheckSpec, project: Path, name: str, content: str
) -> None:
    (project / name).write_text(content)
    assert run_check(spec, project).components == []


def test_packages_of_dbt_are_told(run_check: Callable[..., Any], spec: CheckSpec, project: Path) -> None:
    (project / "packages.yml").write_text(
        "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.1.1\n"
        "  - package: calogica/dbt_expectations\n    version: ['>=0.8', '<0.9']\n"
        "  - git: https://user:token@git.example.org/acme/models.git\n    revision: 0a1b2c\n"
    )
    result = run_check(spec, project)
    assert {component.purl for component in result.components} == {
        "pkg:generic/dbt/dbt-labs/dbt_utils@1.1.1",
        "pkg:generic/dbt/calogica/dbt_expectations",
        "pkg:generic/dbt/git.example.org/acme/models@0a1b2c",
    }
    assert {row.status.value for row in result.coverage} == {"skipped"}


def test_a_file_that_cannot_be_read_is_a_gap(run_check: Callable[..., Any], spec: CheckSpec, project: Path) -> None:
    (project / "packages.yml").write_text("packages: [\n")
    (project / "job.py").write_text("spark.jars.packages (\n")
    result = run_check(spec, project)
    assert {row.asset: row.status.value for row in result.coverage} == {
        "file:packages.yml": "partial",
        "file:job.py": "partial",
    }
