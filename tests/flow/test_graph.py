"""From facts of single files to the graph of a project, and questions to it."""

from __future__ import annotations

from typing import Any

from pipesec_tui.flow import naming
from pipesec_tui.flow.facts import AccessFact, Extraction, StageFact
from pipesec_tui.flow.graph import build, declared_runs
from pipesec_tui.flow.query import downstream, path, upstream
from pipesec_tui.model.lineage import Certainty, EdgeKind, Lineage, NodeKind, Trust, Where
from pipesec_tui.model.project import Dataset, Project, ProjectInfo, Sink, Source, Stage


def access(stage: str, kind: EdgeKind, uri: str, line: int = 1, **more: Any) -> AccessFact:
    return AccessFact(
        stage=stage,
        dataset=naming.from_uri(uri),
        kind=kind,
        where=Where(stage, line),
        certainty=Certainty.LITERAL,
        **more,
    )


def stage(path: str, name: str | None = None, pipeline: str | None = None) -> StageFact:
    return StageFact(
        key=path, name=name or path.rpartition("/")[2][:-3], where=Where(path, 1), code=path, pipeline=pipeline
    )


CHAIN = Extraction(
    stages=(stage("a.py"), stage("b.py")),
    accesses=(
        access("a.py", EdgeKind.READS, "s3a://shop/in.csv"),
        access("a.py", EdgeKind.WRITES, "/app/out/mid.csv", 2),
        access("b.py", EdgeKind.READS, "out/mid.csv"),
        access("b.py", EdgeKind.WRITES, "out/end.csv", 2),
    ),
)


def kinds(lineage: Lineage) -> dict[str, NodeKind]:
    return {node.id: node.kind for node in lineage.nodes}


def test_what_is_never_written_is_a_source_and_what_is_never_read_a_sink() -> None:
    assert kinds(build(Project(), [CHAIN])) == {
        "dataset:s3://shop/in.csv": NodeKind.SOURCE,
        "dataset:out/mid.csv": NodeKind.DATASET,
        "dataset:out/end.csv": NodeKind.SINK,
        "stage:a": NodeKind.STAGE,
        "stage:b": NodeKind.STAGE,
    }


def test_questions_to_a_lineage() -> None:
    lineage = build(Project(), [CHAIN])
    assert downstream(lineage, "stage:a") == {"dataset:out/mid.csv", "stage:b", "dataset:out/end.csv"}
    assert upstream(lineage, "stage:b") == {"dataset:out/mid.csv", "stage:a", "dataset:s3://shop/in.csv"}
    way = path(lineage, "dataset:s3://shop/in.csv", "dataset:out/end.csv")
    assert way is not None
    assert [edge.target for edge in way] == ["stage:a", "dataset:out/mid.csv", "stage:b", "dataset:out/end.csv"]
    assert path(lineage, "dataset:out/end.csv", "stage:a") is None
    assert path(lineage, "stage:a", "stage:a") == ()


def test_trust_of_a_source_is_inferred_from_where_it_lies() -> None:
    trust = {node.id: node.trust for node in build(Project(), [CHAIN]).nodes}
    assert trust["dataset:s3://shop/in.csv"] is Trust.UNTRUSTED
    assert trust["dataset:out/mid.csv"] is None


PROJECT = Project(
    info=ProjectInfo(name="shop"),
    sources=(Source(name="drop", uri="s3://shop/*.csv", trust=Trust.PARTNER),),
    datasets=(Dataset(name="mid", path="out/mid.csv"),),
    stages=(
        Stage(
            name="first", pipeline="shop", run=("python", "a.py", "{drop}", "{mid}"), reads=("drop",), writes=("mid",)
        ),
    ),
    sinks=(Sink(name="report", reads=("mid",)),),
)


def test_what_is_declared_is_always_there() -> None:
    lineage = build(PROJECT, [])
    assert {node.id for node in lineage.nodes} == {"source:drop", "dataset:mid", "stage:first", "sink:report"}
    assert {(edge.source, edge.target, edge.certainty) for edge in lineage.edges} == {
        ("source:drop", "stage:first", Certainty.DECLARED),
        ("stage:first", "dataset:mid", Certainty.DECLARED),
        ("dataset:mid", "sink:report", Certainty.DECLARED),
    }


def test_code_joins_what_is_declared() -> None:
    lineage = build(PROJECT, [CHAIN])
    nodes = {node.id: node for node in lineage.nodes}
    assert set(nodes) == {"source:drop", "dataset:mid", "stage:first", "sink:report", "stage:b", "dataset:out/end.csv"}
    assert nodes["source:drop"].trust is Trust.PARTNER
    assert Where("a.py", 1) in nodes["stage:first"].where
    reads = next(edge for edge in lineage.edges if edge.target == "stage:first")
    assert reads.where == (Where("a.py", 1), Where("pipesec.toml"))


def test_declared_runs_fill_in_where_data_lies() -> None:
    (run,) = declared_runs(PROJECT)
    assert (run.stage, run.target, run.arguments) == (
        "stage:first",
        "a.py",
        {"1": "s3://shop/*.csv", "2": "out/mid.csv"},
    )


def test_pipelines_are_told_apart_by_declaration_orchestrator_and_folder() -> None:
    extraction = Extraction(
        stages=(stage("x/one.py"), stage("y/one.py"), stage("dags/d.py", "task", pipeline="dag")),
        accesses=tuple(access(key, EdgeKind.READS, f"{key}.csv") for key in ("x/one.py", "y/one.py", "dags/d.py")),
    )
    nodes = {node.id: node.pipeline for node in build(Project(), [extraction]).nodes if node.kind is NodeKind.STAGE}
    assert nodes == {"stage:x/one.py": "x", "stage:y/one.py": "y", "stage:task": "dag"}


def test_the_order_of_facts_does_not_matter() -> None:
    turned = Extraction(stages=CHAIN.stages[::-1], accesses=CHAIN.accesses[::-1])
    assert build(Project(), [CHAIN]) == build(Project(), [turned])


def test_tables_of_a_declared_database_file_are_that_dataset() -> None:
    project = Project(datasets=(Dataset(name="warehouse", path="out/w.db"),))
    extraction = Extraction(
        stages=(stage("load.py"),), accesses=(access("load.py", EdgeKind.WRITES, "x"),)
    )  # fmt: skip
    table = AccessFact(
        stage="load.py", dataset=naming.from_table("feedback", "sqlite://out/w.db"), kind=EdgeKind.WRITES,
        where=Where("load.py", 3), certainty=Certainty.BOUND,
    )  # fmt: skip
    lineage = build(project, [extraction, Extraction(accesses=(table,))])
    assert ("stage:load", "dataset:warehouse") in {(edge.source, edge.target) for edge in lineage.edges}
