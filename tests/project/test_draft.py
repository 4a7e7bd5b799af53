"""What `pipesec init` drafts is taken by the parser, whatever the project calls its things."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.model.lineage import Trust
from pipesec_tui.model.project import Project
from pipesec_tui.project.bounded_yaml import YamlProblem, load_yaml
from pipesec_tui.project.config import parse
from pipesec_tui.project.draft import draft
from pipesec_tui.project.inventory import take
from tests.project.conftest import write

DVC = """\
stages:
  prepare:
    cmd: python src/prepare.py data/raw.csv
    deps: [src/prepare.py, data/raw.csv]
    outs:
      - out/clean.csv:
          cache: false
  train:
    wdir: model
    cmd: python train.py ../out/clean.csv
    deps: [../out/clean.csv]
    outs: [weights.json]
  shell:
    cmd: cat a | sort > b
  each:
    foreach: [1, 2]
    do: {cmd: "x"}
"""


def drafted(root: Path) -> tuple[str, Project]:
    text = draft(root, take(root))
    return text, parse(text)


def test_an_empty_folder_gets_a_name_a_policy_and_an_example(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    text, project = drafted(root)
    assert project.info.name == "shop"
    assert project.policy.every == "7d"
    assert "No stage was recognized" in text


def test_stages_of_dvc_become_runnable_and_are_joined_by_their_data(tmp_path: Path) -> None:
    write(tmp_path, "data/raw.csv", "src/prepare.py")
    (tmp_path / "dvc.yaml").write_text(DVC)
    text, project = drafted(tmp_path)
    assert [(source.name, source.sample, source.trust) for source in project.sources] == [
        ("raw", "data/raw.csv", Trust.UNTRUSTED)
    ]
    prepare, train = project.stages
    assert prepare.run == ("python", "src/prepare.py", "data/raw.csv")
    assert (prepare.reads, prepare.writes) == (("raw",), ("clean",))
    assert (train.cwd, train.reads, train.writes) == ("model", ("clean",), ("weights",))
    assert {dataset.path for dataset in project.datasets} == {"out/clean.csv", "model/weights.json"}
    assert '# name   = "shell"' in text
    assert '# name   = "each"' in text


def test_what_is_only_guessed_is_a_comment(tmp_path: Path) -> None:
    write(tmp_path, "data/feedback.csv", "etl/clean.py", text='if __name__ == "__main__": ...\n')
    write(tmp_path, "dbt/dbt_project.yml", text="name: shop\n")
    write(tmp_path, "airflow/dags/daily.py", text="from airflow import DAG\n")
    (tmp_path / "Makefile").write_text(
        "all: load\nload:\n\t@python etl/clean.py --fast\nother:\n\tpython etl/clean.py | tee x\n"
    )
    text, project = drafted(tmp_path)
    assert project.stages == ()
    for line in (
        '# run    = ["dbt", "build"]', '# run    = ["airflow", "dags", "test", "daily"]',
        '# run    = ["python", "etl/clean.py", "--fast"]', '# run    = ["python", "clean.py"]',
    ):  # fmt: skip
        assert line in text
    guessed = ("# [[", "# name ", "# run ", "# cwd ")
    uncommented = "\n".join(line.removeprefix("# ") if line.startswith(guessed) else line for line in text.splitlines())
    assert [stage.name for stage in parse(uncommented).stages] == ["load", "dbt-shop", "daily", "clean"]


def test_data_sets_of_kedro_are_found(tmp_path: Path) -> None:
    write(
        tmp_path, "conf/base/catalog.yml",
        text="trips:\n  type: pandas.CSVDataset\n  filepath: data/01_raw/trips.csv\nremote:\n  filepath: s3://x/y\n",
    )  # fmt: skip
    _, project = drafted(tmp_path)
    assert [(item.name, item.path) for item in project.datasets] == [("trips", "data/01_raw/trips.csv")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "shop"\n'), ("pyproject.toml", '[tool.poetry]\nname = "shop"\n'),
        ("setup.cfg", "[metadata]\nname = shop\n"),
    ],
)  # fmt: skip
def test_the_name_is_that_of_the_package(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text=text)
    assert drafted(tmp_path)[1].info.name == "shop"


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "stages: 3", "stages: {a: 3}", "stages: {a: {cmd: [], deps: 3, outs: [[], {}, 3]}}", "- 1",
        "!!python/object/apply:os.system ['touch x']", "a: &a [*a]", "stages: {a: {cmd: 'x\\ny'}}", "a: 2026-99-99",
        'stages: {"a\\nb\\"]": {cmd: "run \\u0007", outs: ["x\\ny.csv", "../../y.csv"]}}', "? [a]\n: b", "[" * 500,
        "stages: {1: {cmd: x}, 1.5: {cmd: y}, null: {cmd: z}}",
    ],
)  # fmt: skip
def test_rubbish_in_other_tools_files_still_makes_a_file_that_is_taken(tmp_path: Path, text: str) -> None:
    for path in ("dvc.yaml", "dbt_project.yml", "conf/base/catalog.yml", "pyproject.toml", "setup.cfg", "Makefile"):
        write(tmp_path, path, text=text)
    drafted(tmp_path)
    assert not (tmp_path / "x").exists()


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(st.lists(NAMES, max_size=5, unique=True))
def test_files_of_any_name_make_a_file_that_is_taken(names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, *(f"data/{name}.csv" for name in names), *(f"etl/{name}.py" for name in names), text="__main__")
        _, project = drafted(root)
        assert {source.sample for source in project.sources} == {f"data/{name}.csv" for name in names}


def test_yaml_that_multiplies_itself_is_refused() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    for content in (bomb.encode(), b"[" * 100, b"x" * (2 << 20), b"!!python/name:os.system"):
        with pytest.raises(YamlProblem):
            load_yaml(content)
