"""The data flow: its direction, its risk, what is around a node."""

from __future__ import annotations

import sys

from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind
from pipesec_tui.model.project import Project, Sink, Source, Stage
from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.flow import Flow, declared, direction, drawn, risks

PROJECT = Project(
    sources=(Source(name="orders"), Source(name="other")),
    stages=(
        Stage(name="clean", reads=("orders",), writes=("tidy",)),
        Stage(name="aside", reads=("other",), writes=("waste",)),
    ),
    sinks=(Sink(name="lake", reads=("tidy",)),),
)


def test_what_is_declared_is_a_graph_from_sources_to_sinks() -> None:
    flow = Flow(lineage=declared(PROJECT), risk={})
    assert ("source:orders", "stage:clean") in flow.arrows()
    assert ("dataset:tidy", "sink:lake") in flow.arrows()


def test_a_read_points_the_way_of_the_data_however_it_is_told() -> None:
    told = Edge(source="stage:a", target="dataset:b", kind=EdgeKind.READS, certainty=Certainty.LITERAL)
    other = Edge(source="dataset:b", target="stage:a", kind=EdgeKind.READS, certainty=Certainty.LITERAL)
    assert direction(told) == direction(other) == ("dataset:b", "stage:a")


def test_around_a_node_is_what_feeds_it_and_what_it_reaches() -> None:
    around = Flow(lineage=declared(PROJECT), risk={}).around("stage:clean")
    assert {node.id for node in around.lineage.nodes} == {"source:orders", "stage:clean", "dataset:tidy", "sink:lake"}


def test_risk_is_a_letter_and_a_count_at_the_stage_that_runs_the_file() -> None:
    lineage = declared(PROJECT)
    risk = risks(lineage, {"etl/clean.py": (Severity.HIGH, 3)}, {"stage:clean": ("etl/clean.py",)})
    flow = Flow(lineage=lineage, risk=risk)
    stage = next(node for node in lineage.nodes if node.id == "stage:clean")
    assert flow.label(stage).endswith("clean H3")


def test_the_drawing_names_every_node_and_leaves_the_exception_hook_alone() -> None:
    hook = sys.excepthook
    text = drawn(Flow(lineage=declared(PROJECT), risk={}))
    assert text is not None
    assert all(name in text for name in ("orders", "clean", "tidy", "lake", "waste"))
    assert sys.excepthook is hook


def test_a_circle_and_a_crowd_are_no_harm() -> None:
    ring = tuple(
        Edge(source=f"stage:{n}", target=f"stage:{(n + 1) % 3}", kind=EdgeKind.CALLS, certainty=Certainty.LITERAL)
        for n in range(3)
    )
    nodes = tuple(Node(id=f"stage:{n}", kind=NodeKind.STAGE, name=str(n)) for n in range(3))
    assert drawn(Flow(lineage=Lineage(nodes=nodes, edges=ring), risk={})) is not None
    crowd = tuple(Node(id=f"stage:{n}", kind=NodeKind.STAGE, name=str(n)) for n in range(2_000))
    assert drawn(Flow(lineage=Lineage(nodes=crowd), risk={})) is None
