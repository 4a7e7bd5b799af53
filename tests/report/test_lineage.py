"""Lineage in each format: complete, the same every time, and harmless whatever names it holds."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import jsonschema
import pytest

from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind, Trust, Where
from pipesec_tui.report.lineage import LINEAGE_FORMATS

EVIL = 'x"];\x1b[31m]}}\n--> y <script>'
LINEAGE = Lineage(
    nodes=(
        Node(
            id="source:drop", kind=NodeKind.SOURCE, name="drop", trust=Trust.UNTRUSTED, where=(Where("pipesec.toml"),)
        ),
        Node(id="stage:a", kind=NodeKind.STAGE, name="a", pipeline="shop", where=(Where("a.py", 3),)),
        Node(id="stage:b", kind=NodeKind.STAGE, name="b", pipeline="shop"),
        Node(id="dataset:s3://b/k.csv", kind=NodeKind.DATASET, name="s3://b/k.csv"),
        Node(id=f"dataset:{EVIL}", kind=NodeKind.SINK, name=EVIL),
        Node(id="service:https://api.example", kind=NodeKind.SERVICE, name="https://api.example"),
    ),
    edges=(
        Edge(source="source:drop", target="stage:a", kind=EdgeKind.READS, certainty=Certainty.DECLARED),
        Edge(source="stage:a", target="dataset:s3://b/k.csv", kind=EdgeKind.WRITES, certainty=Certainty.LITERAL),
        Edge(source="dataset:s3://b/k.csv", target="stage:b", kind=EdgeKind.READS, certainty=Certainty.BOUND),
        Edge(source="stage:b", target=f"dataset:{EVIL}", kind=EdgeKind.WRITES, certainty=Certainty.INFERRED),
        Edge(source="stage:b", target="service:https://api.example", kind=EdgeKind.CALLS, certainty=Certainty.LITERAL),
    ),
)


def written(format: str, lineage: Lineage = LINEAGE) -> str:
    stream = io.StringIO()
    LINEAGE_FORMATS[format](lineage, stream)
    return stream.getvalue()


@pytest.mark.parametrize("format", LINEAGE_FORMATS)
def test_a_name_of_the_target_is_never_obeyed(format: str) -> None:
    text = written(format)
    assert "\x1b" not in text
    assert "\n--> y" not in text
    assert written(format) == text
    assert written(format, Lineage()) is not None


def test_the_tree_stands_in_the_order_of_the_flow() -> None:
    lines = written("tree").splitlines()
    assert lines[0] == "1 sources, 1 datasets, 2 stages, 1 sinks, 1 services, 5 edges"
    assert lines.index("  a  a.py:3") < lines.index("  b")
    assert "    ◀ reads  drop (source, untrusted)  [declared]" in lines


def test_json_holds_against_the_contract() -> None:
    folder = Path(os.environ.get("PIPESEC_SHARED", Path(__file__).parents[3] / "shared"))
    schema = folder / "contract" / "lineage.schema.json"
    if not schema.is_file():
        pytest.skip("the contract's schemas are not here")
    document = json.loads(written("json"))
    jsonschema.validate(document, json.loads(schema.read_text("utf-8")))
    assert document["edges"][0]["from"] == "source:drop"


def test_mermaid_labels_hold_no_markup() -> None:
    text = written("mermaid")
    assert "<script>" not in text and text.startswith("flowchart LR\n")
    assert text.count("-.->") == 2 and text.count(" --> ") == 3


def test_dot_quotes_names() -> None:
    assert '[label="x\\"];' in written("dot")


def test_openlineage_has_an_event_for_each_stage() -> None:
    events = [json.loads(line) for line in written("openlineage").splitlines()]
    assert [event["job"] for event in events] == [
        {"namespace": "shop", "name": "a"},
        {"namespace": "shop", "name": "b"},
    ]
    assert events[0]["outputs"] == events[1]["inputs"] == [{"namespace": "s3://b", "name": "k.csv"}]
