"""Shell scripts and the formats that hold commands: Dockerfile, compose, make, cron, CI."""

from __future__ import annotations

from tests.flow.formats.reading import extracted, flows, runs

SCRIPT = """#!/bin/bash
IN=/data/in
for f in a b; do
  aws s3 cp "$IN/$f.csv" s3://lake/raw/ > copy.log 2>&1 &
done
psql -h db -c "copy t from 's3://lake/t.csv'"
psql <<SQL
insert into q
select * from w
SQL
cat < in.csv | python clean.py --day ${DAY:-1} $(date +%F) | tee out.csv >> all.csv
curl -sSL https://host/x.csv -o raw.csv
sudo -u etl bash -c "gsutil cp a.csv gs://b/c"
spark-submit --master yarn --conf a=b jobs/job.py s3://in
psql -f load.sql
"""


def test_commands_of_a_script_read_and_write() -> None:
    assert flows("run.sh", SCRIPT) == {
        "4 </data/in/{param:f}.csv", "4 >s3://lake/raw/", "4 >copy.log", "6 <s3://lake/t.csv", "6 >table/t",
        "8 >table/q",
        "9 <table/w", "11 <in.csv", "11 >out.csv", "11 >all.csv", "12 <https://host/x.csv", "12 >raw.csv", "13 <a.csv",
        "13 >gs://b/c",
    }  # fmt: skip


def test_scripts_are_run_with_their_arguments() -> None:
    assert runs("run.sh", SCRIPT) == {"clean.py": 11, "jobs/job.py": 14, "load.sql": 15}
    clean = next(one for one in extracted("run.sh", SCRIPT).runs if one.target == "clean.py")
    assert clean.arguments["--day"] == "1"
    assert clean.arguments["3"] == "{time:date +%F}"


def test_deeply_nested_commands_are_a_problem_and_no_crash() -> None:
    assert extracted("run.sh", "(" * 5000 + "ls" + ")" * 5000).problems


def test_a_container_runs_the_script_that_was_copied_into_it() -> None:
    text = """ARG V=3.11
FROM python:$V AS base
WORKDIR /app
COPY etl/ .
RUN curl -o m.bin \\
  https://host/m.bin
RUN <<END
wget https://host/z.csv
END
FROM base
CMD ["python", "run.py", "--in", "/data/a"]
"""
    found = extracted("img/Dockerfile", text)
    stage = next(one for one in found.stages if one.key == "img/Dockerfile")
    assert (stage.image, stage.command[:2], stage.where.line) == ("python:3.11", ("python", "run.py"), 11)
    assert runs("img/Dockerfile", text) == {"etl/run.py": 11}
    assert flows("img/Dockerfile", text) == {"build 5 <https://host/m.bin", "build 8 <https://host/z.csv"}


def test_services_run_commands_and_call_stores() -> None:
    text = """x-env: &env {MODE: fast}
services:
  db: {image: "postgres:15"}
  etl:
    build: ./etl
    environment:
      <<: *env
      DATABASE_URL: postgresql://user:hidden@db:5432/x
    volumes: ["./data:/data"]
    command: cp /data/x.csv /data/y.csv
    depends_on: [db, cache]
  cache:
    image: docker.io/library/redis:7
"""
    assert flows("compose.yml", text) == {
        "etl 10 <data/x.csv",
        "etl 10 >data/y.csv",
        "etl 8 !postgresql://db:5432/",
        "etl 11 !redis://cache/",
    }
    found = extracted("compose.yml", text)
    assert [stage.name for stage in found.stages] == ["etl"]
    assert found.runs[0].target == "etl/Dockerfile"
    assert found.runs[0].arguments["env.MODE"] == "fast"
    assert "hidden" not in repr(found)


def test_targets_of_make_are_stages_where_they_make_files_or_run_something() -> None:
    text = """D = data
all: $(D)/b.csv
$(D)/b.csv: $(D)/a.csv clean.py
\tpython clean.py $< \\
\t  $@
\t@aws s3 cp $@ s3://b/$(ENV)/x
fmt:
\truff format
"""
    assert flows("Makefile", text) == {
        "data/b.csv 3 >data/b.csv",
        "data/b.csv 3 <data/a.csv",
        "data/b.csv 6 <data/b.csv",
        "data/b.csv 6 >s3://b/{config:ENV}/x",
    }
    assert [stage.name for stage in extracted("Makefile", text).stages] == ["data/b.csv"]
    assert extracted("Makefile", text).runs[0].arguments == {"1": "data/a.csv", "2": "data/b.csv"}


def test_entries_of_cron_are_stages() -> None:
    text = "D=/data\n# 1 * * * * root no\n0 3 * * * root python etl.py --day $(date +\\%F) > $D/x.log\n"
    assert flows("cron.d/etl", text) == {"line 3 3 >/data/x.log"}
    assert runs("cron.d/etl", text) == {"etl.py": 3}


def test_jobs_of_ci_are_stages_where_they_move_data() -> None:
    text = """on: push
jobs:
  lint:
    steps: [{run: ruff check}]
  load:
    steps:
      - run: |
          echo
          aws s3 sync out s3://b/${{ env.X }}
"""
    assert flows(".github/workflows/x.yml", text) == {"load 9 <out", "load 9 >s3://b/{env:X}"}
