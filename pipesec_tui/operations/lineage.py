"""Parts of a lineage."""

from __future__ import annotations

from pipesec_tui.model.lineage import Lineage


def of_pipeline(lineage: Lineage, pipeline: str) -> Lineage:
    """The nodes of one pipeline, what they are joined to, and the edges between."""
    own = {node.id for node in lineage.nodes if node.pipeline == pipeline}
    edges = tuple(edge for edge in lineage.edges if edge.source in own or edge.target in own)
    kept = own | {end for edge in edges for end in (edge.source, edge.target)}
    return Lineage(nodes=tuple(node for node in lineage.nodes if node.id in kept), edges=edges)
