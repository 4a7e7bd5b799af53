"""dbt's property files: exposures, and sources that lie in files.

Format: https://docs.getdbt.com/reference/configs-and-properties.
"""

from __future__ import annotations

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.dbt_model import references
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import table
from pipesec_tui.flow.formats.tree import Mapping, Text, load_one
from pipesec_tui.model.lineage import EdgeKind, NodeKind


def read(path: str, content: bytes) -> Extraction:
    """An exposure is a stage that reads models and writes a sink; an external source is one that loads a table."""
    draft = Draft(path)
    root = load_one(content)
    for exposure in root.sequence("exposures"):
        if isinstance(exposure, Mapping) and (name := exposure.text("name")):
            _exposure(draft, exposure, name)
    for source in root.sequence("sources"):
        if isinstance(source, Mapping) and (name := source.text("name")):
            for one in source.sequence("tables"):
                if isinstance(one, Mapping):
                    _external(draft, source, name, one)
    return draft.done()


def _exposure(draft: Draft, exposure: Mapping, name: Text) -> None:
    stage = draft.stage(name, name.line, language="dbt")
    for text in exposure.sequence("depends_on"):
        if isinstance(text, Text):
            for dataset, _ in references(text):
                draft.access(stage, dataset, EdgeKind.READS, text.line)
    url = exposure.text("url")
    sink = url if url else DatasetId("exposure", name)
    draft.access(stage, sink, EdgeKind.WRITES, url.line if url else name.line, node=NodeKind.SINK)


def _external(draft: Draft, source: Mapping, name: Text, one: Mapping) -> None:
    own = one.text("name")
    external = one.mapping("external").text("location")
    place = (
        one.mapping("meta").text("external_location") or source.mapping("meta").text("external_location") or external
    )
    if own is None or place is None:
        return
    stage = draft.stage(f"{name}.{own}", own.line, language="dbt")
    draft.access(stage, place.strip("'\"").replace("{name}", own), EdgeKind.READS, place.line)
    draft.access(stage, table(f"{name}.{own}"), EdgeKind.WRITES, own.line)
