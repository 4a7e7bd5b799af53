"""Formats that declare a data flow: dbt, DVC, Kedro, Kafka Connect, Terraform, CloudFormation, OpenLineage."""

from __future__ import annotations

import json

from pipesec_tui.flow.formats import extract
from pipesec_tui.flow.formats.kedro import catalog
from pipesec_tui.flow.formats.notebook import notebook_code
from pipesec_tui.model.lineage import Certainty
from tests.flow.formats.reading import extracted, flows, runs


def test_a_dbt_model_reads_what_it_refers_to_and_writes_its_table() -> None:
    text = """{{ config(alias='facts',
  materialized='incremental') }}
with t as (select * from {{ ref('stg') }}),
u as (select * from {{ source('raw', 'x') }} where d > '{{ var("d") }}')
{# {{ ref('commented') }} #}
select * from t join u join other.plain on true
{% if is_incremental() %} where d > (select max(d) from {{ this }}) {% endif %}
"""
    assert flows("shop/models/f.sql", text) == {
        "1 >table/facts", "3 <table/stg", "4 <table/raw.x", "6 <table/other.plain",
    }  # fmt: skip


def test_a_model_without_jinja_is_told_by_its_folder() -> None:
    assert flows("models/a.sql", "select * from t") == {"1 >table/a", "1 <table/t"}
    assert flows("sql/a.sql", "select * from t") == {"1 <table/t"}


def test_macros_and_tests_write_nothing() -> None:
    assert extracted("macros/m.sql", "{% macro m() %} select * from t {% endmacro %}").accesses == ()
    assert flows("tests/t.sql", "select * from {{ ref('a') }}") == {"1 <table/a"}


def test_exposures_and_external_sources_are_declared_in_property_files() -> None:
    text = """sources:
  - name: raw
    meta: {external_location: "s3://b/{name}.parquet"}
    tables:
      - name: x
exposures:
  - name: board
    depends_on:
      - ref('a')
    url: https://bi/x
"""
    assert flows("models/schema.yml", text) == {
        "board 9 <table/a", "board 10 >https://bi/x", "raw.x 3 <s3://b/x.parquet", "raw.x 5 >table/raw.x",
    }  # fmt: skip


def test_a_seed_is_loaded_as_the_table_of_its_name() -> None:
    assert flows("seeds/codes.csv", "a,b\n") == {"1 <seeds/codes.csv", "1 >table/codes"}


def test_the_manifest_tells_of_the_same_stages_as_the_models() -> None:
    manifest = {
        "nodes": {
            "model.p.a": {
                "resource_type": "model", "name": "a", "original_file_path": "models/a.sql",
                "depends_on": {"nodes": ["source.p.raw.x"]},
            },
            "test.p.t": {"resource_type": "test", "name": "t", "original_file_path": "tests/t.sql"},
        },
        "sources": {"source.p.raw.x": {"source_name": "raw", "name": "x"}},
    }  # fmt: skip
    found = extracted("shop/target/manifest.json", json.dumps(manifest))
    assert [stage.key for stage in found.stages] == ["shop/models/a.sql"]
    assert {one.dataset.name for one in found.accesses} == {"a", "raw.x"}


def test_stages_of_dvc_have_dependencies_and_outputs() -> None:
    text = """stages:
  prep:
    cmd: python prep.py ${seed}
    deps: [prep.py, data/raw.csv]
    outs:
      - data/x.csv: {cache: false}
"""
    assert flows("p/dvc.yaml", text) == {"prep 4 <p/data/raw.csv", "prep 6 >p/data/x.csv"}
    assert runs("p/dvc.yaml", text) == {"p/prep.py": 3}


def test_the_lock_of_dvc_tells_what_the_same_stage_was_seen_to_do() -> None:
    text = "schema: '2.0'\nstages:\n  prep:\n    cmd: x\n    outs:\n    - path: data/x.csv\n      md5: a\n"
    (access,) = extracted("p/dvc.lock", text).accesses
    assert (access.stage, access.certainty, access.dataset.name) == (
        "p/dvc.yaml#prep",
        Certainty.OBSERVED,
        "p/data/x.csv",
    )


def test_a_catalog_of_kedro_says_where_datasets_lie() -> None:
    text = b"""companies:
  type: pandas.CSVDataset
  filepath: ${base}/x.csv
"{name}#csv": {type: pandas.CSVDataset, filepath: "s3://b/{name}.csv"}
_hidden: {type: x, filepath: y}
sql: {type: pandas.SQLTableDataset, table_name: t}
"""
    assert [(one.name, one.dataset.uri, one.line) for one in catalog(text)] == [
        ("companies", "{config:base}/x.csv", 3),
        ("{name}#csv", "s3://b/{param:name}.csv", 4),
        ("sql", "table/t", 6),
    ]


def test_connectors_join_topics_with_tables_and_buckets() -> None:
    source = """{
  "name": "pg",
  "config": {
\t"connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "database.hostname": "db",
    "topic.prefix": "shop",
    "table.include.list": "public.a"
  }
}"""
    assert flows("pg.json", source) == {
        "pg 7 >kafka://{config:broker}/shop.public.a", "pg 7 <postgres://db/public.a",
    }  # fmt: skip
    sink = '{"connector.class": "io.confluent.connect.s3.S3SinkConnector", "topics": "a", "s3.bucket.name": "lake"}'
    assert flows("sink.json", sink) == {"sink 1 <kafka://{config:broker}/a", "sink 1 >s3://lake/topics"}


TERRAFORM = """locals { p = "acme" }
resource "aws_s3_bucket" "raw" {
  bucket = "${local.p}-raw-${var.env}"
}
resource "aws_glue_job" "j" {
  command {
    script_location = "s3://${aws_s3_bucket.raw.bucket}/x.py"
  }
  default_arguments = {
    "--in" = aws_s3_bucket.raw.id
  }
}
resource "aws_lambda_function" "f" {
  handler = "app.main"
  environment {
    variables = { B = "b" }
  }
}
resource "aws_s3_bucket_notification" "n" {
  bucket = aws_s3_bucket.raw.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.f.arn
  }
}
resource "aws_kinesis_firehose_delivery_stream" "d" {
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.raw.arn
    prefix = "in/"
  }
}
"""


def test_terraform_runs_scripts_and_moves_data_between_buckets() -> None:
    assert flows("m.tf", TERRAFORM) == {
        "aws_lambda_function.f 19 <s3://acme-raw-{config:env}/",
        "aws_kinesis_firehose_delivery_stream.d 25 >s3://acme-raw-{config:env}/in/",
    }
    assert runs("m.tf", TERRAFORM) == {"s3://acme-raw-{config:env}/x.py": 5, "app.py": 13}
    assert extracted("m.tf", TERRAFORM).runs[0].arguments == {"--in": "acme-raw-{config:env}"}


def test_malformed_terraform_is_a_problem() -> None:
    assert extracted("m.tf", 'resource "aws_glue_job" "j" {\n  name = = \n}').problems


def test_cloudformation_runs_functions_and_binds_their_buckets() -> None:
    text = """AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Raw:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "acme-${Env}"}
  J:
    Type: AWS::Glue::Job
    Properties:
      Command: {ScriptLocation: !Sub "s3://${Raw}/j.py"}
      DefaultArguments:
        --in: !Join ["", ["s3://", !Ref Raw, "/x"]]
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Events:
        E:
          Type: S3
          Properties: {Bucket: !Ref Raw}
"""
    assert flows("t.yaml", text) == {"F 19 <s3://acme-{config:Env}/"}
    assert runs("t.yaml", text) == {"s3://acme-{config:Env}/j.py": 9, "src/app.py": 16}
    assert extracted("t.yaml", text).runs[0].arguments == {"--in": "s3://acme-{config:Env}/x"}


def test_events_of_openlineage_are_observed() -> None:
    event: dict[str, object] = {"eventType": "COMPLETE", "job": {"namespace": "n", "name": "j"}}
    event |= {"inputs": [{"namespace": "s3://b", "name": "/k"}], "outputs": [{"namespace": "file", "name": "/x"}]}
    text = "\n" + json.dumps(event) + "\n"
    assert flows("e.jsonl", text) == {"j 2 <s3://b/k", "j 2 >/x"}
    assert {one.certainty for one in extracted("e.jsonl", text).accesses} == {Certainty.OBSERVED}
    assert extract("rows.jsonl", b'{"a": 1}\n') is None


def test_code_of_a_notebook_keeps_the_lines_of_the_file() -> None:
    text = (
        b'{"cells":[\n{"cell_type":"code","source":["import x\\n",\n"!ls\\n",\n"y = 1"]},\n'
        b'{"cell_type":"markdown","source":["#"]}]}'
    )
    assert notebook_code(text) == ("import x\npass\ny = 1\n", (2, 3, 4))
    old = b'{"worksheets":[{"cells":[{"cell_type":"code","input":["z = 1"]}]}]}'
    assert notebook_code(old) == ("z = 1\n", (1,))


def test_what_is_no_known_format_is_none() -> None:
    assert extract("x.txt", b"select 1 from a") is None
    assert extract("values.yaml", b"a: 1\n") is None
