"""Stages that orchestrators make of code."""

from __future__ import annotations

from tests.flow.following import by_stage, follow, run

AIRFLOW = """
    from airflow import DAG
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import PythonOperator
    from airflow.providers.amazon.aws.transfers.local_to_s3 import LocalFilesystemToS3Operator
    from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

    BASE = "/data"

    def clean(source, target):
        import pandas as pd
        pd.read_csv(source).to_csv(target)

    with DAG("shop", schedule="@daily") as dag:
        a = PythonOperator(task_id="clean", python_callable=clean,
                           op_kwargs={"source": f"{BASE}/raw.csv", "target": BASE + "/clean.csv"})
        b = LocalFilesystemToS3Operator(task_id="ship", filename=f"{BASE}/clean.csv", dest_bucket="shop", dest_key="clean.csv")
        c = SQLExecuteQueryOperator(task_id="sum", sql="INSERT INTO totals SELECT * FROM orders")
        d = BashOperator(task_id="report", bash_command="python report.py {{ ds }} /data/clean.csv")
        a >> b >> c >> d
"""


def test_airflow_operators_are_stages_of_their_dag() -> None:
    files = {"dags/shop.py": AIRFLOW, "dags/report.py": "import sys\nopen(sys.argv[2])\n"}
    assert by_stage(files) == {
        "clean reads /data/raw.csv", "clean writes /data/clean.csv", "ship reads /data/clean.csv",
        "ship writes s3://shop/clean.csv", "sum reads table/orders", "sum writes table/totals",
        "report reads /data/clean.csv",
    }  # fmt: skip
    assert {stage.pipeline for stage in follow(files).extraction.stages} == {"shop"}


def test_taskflow_functions_are_stages() -> None:
    code = """
        from airflow.decorators import dag, task

        @dag(schedule=None)
        def shop():
            @task
            def extract(path):
                open(path)
                return "out/a.csv"

            @task(task_id="store")
            def load(path):
                open(path, "w")

            load(extract("in.csv"))

        shop()
    """
    assert by_stage(code) == {"extract reads in.csv", "store writes out/a.csv"}
    assert {stage.pipeline for stage in follow(code).extraction.stages} == {"shop"}


def test_airflow_assets_are_read_and_written() -> None:
    code = """
        from airflow import DAG, Dataset
        from airflow.operators.empty import EmptyOperator
        RAW = Dataset("s3://shop/raw.csv")
        with DAG("d"):
            EmptyOperator(task_id="t", inlets=[RAW], outlets=[Dataset("s3://shop/out.csv")])
    """
    assert by_stage(code) == {"t reads s3://shop/raw.csv", "t writes s3://shop/out.csv"}


def test_luigi_tasks_read_what_those_they_require_write() -> None:
    code = """
        import luigi

        class Extract(luigi.Task):
            day = luigi.Parameter(default="mon")
            def output(self):
                return luigi.LocalTarget(f"data/{self.day}.csv")
            def run(self):
                import requests
                answer = requests.get("https://api.example/x", timeout=3)
                with self.output().open("w") as f:
                    f.write(answer.text)

        class Load(luigi.Task):
            def requires(self):
                return [Extract()]
            def output(self):
                return luigi.LocalTarget("data/out.json")
            def run(self):
                with self.input()[0].open() as f, self.output().open("w") as g:
                    g.write(f.read())
    """
    assert by_stage(code) == {
        "Extract reads https://api.example/x", "Extract writes data/mon.csv", "Load reads data/mon.csv",
        "Load writes data/out.json",
    }  # fmt: skip


def test_prefect_tasks_are_stages() -> None:
    code = """
        from prefect import flow, task

        @task
        def extract(path):
            return open(path)

        @task(name="save")
        def load(data, path):
            open(path, "w")

        @flow
        def main(day="mon"):
            future = extract.submit(f"in/{day}.csv")
            load(future, "out.csv")

        main()
    """
    assert by_stage(code) == {"extract reads in/mon.csv", "save writes out.csv"}


def test_dagster_assets_depend_on_their_parameters() -> None:
    code = """
        import pandas as pd
        from dagster import asset

        @asset
        def raw():
            return pd.read_csv("in.csv")

        @asset
        def clean(context, raw):
            return raw
    """
    assert by_stage(code) == {
        "raw reads in.csv", "raw writes dagster/raw", "clean reads dagster/raw", "clean writes dagster/clean",
    }  # fmt: skip


def test_kedro_nodes_read_and_write_names_of_the_catalog() -> None:
    code = """
        from kedro.pipeline import Pipeline, node, pipeline

        def split(data, parameters):
            return data, data

        def create_pipeline(**kwargs) -> Pipeline:
            return pipeline([node(func=split, inputs=["orders", "params:ratio"], outputs=["train", "test"], name="split")])
    """
    assert by_stage(code) == {"split reads kedro/orders", "split writes kedro/train", "split writes kedro/test"}


def test_functions_given_to_pools_and_threads_are_followed() -> None:
    code = """
        from concurrent.futures import ThreadPoolExecutor
        def work(path):
            open(path)
        with ThreadPoolExecutor() as pool:
            pool.submit(work, "a.csv")
    """
    assert by_stage(code) == {"job reads a.csv"}


def test_a_task_of_another_format_owns_the_script_that_it_runs() -> None:
    files = {"etl/clean.py": "import sys\nopen(sys.argv[1])\n"}
    assert by_stage(files, run("etl/clean.py", "a.csv", stage="Makefile#clean")) == {"Makefile#clean reads a.csv"}


def test_spark_submit_binds_arguments() -> None:
    files = {
        "dag.py": "from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator\n"
        "SparkSubmitOperator(task_id='s', application='/opt/app/jobs/job.py', application_args=['--in', 'a.csv'])\n",
        "jobs/job.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--in', dest='source')\n"
        "open(p.parse_args().source)\n",
    }
    assert by_stage(files) == {"s reads a.csv"}
