"""dbt's manifest: what dbt itself found in the project when it last parsed it.

Format: https://schemas.getdbt.com, manifest v4 to v12; only what all of them have is read.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import table
from pipesec_tui.flow.formats.tree import Malformed
from pipesec_tui.model.lineage import EdgeKind

MAX_SIZE = 64 << 20
_STAGES = frozenset({"model", "snapshot", "seed"})


def read(path: str, content: bytes) -> Extraction:
    """Models as stages, by the keys that their files have, so that both tell of the same ones. Raises Malformed."""
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    try:
        root = json.loads(content)
    except ValueError as error:
        raise Malformed(f"not JSON: {str(error)[:120]}") from None
    nodes, sources = _entries(root, "nodes"), _entries(root, "sources")
    names = {key: _text(node, "alias") or _text(node, "name") for key, node in nodes.items()}
    names |= {key: f"{_text(node, 'source_name')}.{_text(node, 'name')}" for key, node in sources.items()}
    draft = Draft(path)
    project = str(PurePosixPath(path).parent.parent)
    for key, node in nodes.items():
        file, name = _text(node, "original_file_path"), names[key]
        if node.get("resource_type") not in _STAGES or not file or not name:
            continue
        code = str(PurePosixPath(project, file.replace("\\", "/")))
        stage = draft.stage(name, key=code, language="sql", code=code, pipeline=_text(node, "package_name") or None)
        draft.access(stage, table(name), EdgeKind.WRITES, 1, api="dbt manifest")
        depends = node.get("depends_on")
        for upstream in depends.get("nodes") or () if isinstance(depends, dict) else ():
            if isinstance(upstream, str) and names.get(upstream):
                draft.access(stage, table(names[upstream]), EdgeKind.READS, 1, api="dbt manifest")
    return draft.done()


def _entries(root: object, key: str) -> dict[str, dict[str, object]]:
    found = root.get(key) if isinstance(root, dict) else None
    return {name: one for name, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def _text(node: dict[str, object], key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""
