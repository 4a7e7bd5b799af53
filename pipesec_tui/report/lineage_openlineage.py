"""Lineage as OpenLineage events: one job event for each stage, a line each.

Source of the format: OpenLineage specification 2-0-2, ``JobEvent`` (static lineage, without a run).
"""

from __future__ import annotations

import json
from typing import TextIO

from pipesec_tui.model.lineage import EdgeKind, Lineage, Node, NodeKind
from pipesec_tui.report.escape import json_safe
from pipesec_tui.report.lineage_tree import edges_by_stage, in_order

_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"
PRODUCER = "urn:pipesec"
_EPOCH = "1970-01-01T00:00:00Z"
"""Events say when they were made; the same lineage is to give the same bytes, so this is no clock's time."""


def write(lineage: Lineage, stream: TextIO) -> None:
    """Newline-delimited events in the order of the data flow."""
    nodes = {node.id: node for node in lineage.nodes}
    edges = edges_by_stage(lineage)
    for stage in in_order(lineage):
        own = edges.get(stage.id, ())
        event = {
            "eventTime": _EPOCH,
            "producer": PRODUCER,
            "schemaURL": _SCHEMA,
            "job": {"namespace": stage.pipeline or "default", "name": stage.name},
            "inputs": [_dataset(nodes[e.source]) for e in own if e.kind is EdgeKind.READS and e.source in nodes],
            "outputs": [_dataset(nodes[e.target]) for e in own if e.kind is EdgeKind.WRITES and e.target in nodes],
        }
        stream.write(json_safe(json.dumps(event)) + "\n")


def _dataset(node: Node) -> dict[str, str]:
    """Namespace and name by OpenLineage's rules; what pipesec.toml declares by name is in a namespace of its own."""
    text = node.id.partition(":")[2]
    scheme, mark, rest = text.partition("://")
    if mark:
        authority, _, name = rest.partition("/")
        return {"namespace": f"{scheme}://{authority}", "name": name or "/"}
    return {"namespace": "file" if node.kind is not NodeKind.SERVICE else "service", "name": text}
