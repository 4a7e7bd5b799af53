"""Events of OpenLineage: what was seen to run, one JSON document or one a line.

Format: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

from __future__ import annotations

import json

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.tree import Malformed
from pipesec_tui.model.lineage import Certainty, EdgeKind

MAX_SIZE = 16 << 20


def read(path: str, content: bytes) -> Extraction | None:
    """A stage for each job that an event names; None where no event is in the file. Raises Malformed."""
    if b'"job"' not in content or b'"namespace"' not in content:
        return None
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    draft = Draft(path)
    text = content.decode("utf-8-sig", "replace")
    if path.endswith(("jsonl", "ndjson")):
        broken = 0
        for number, line in enumerate(text.splitlines(), 1):
            try:
                _add(draft, json.loads(line) if line.strip() else None, number)
            except ValueError:
                broken = broken or number
        if broken:
            draft.problem(f"line {broken}: not JSON")
    else:
        try:
            root = json.loads(text)
        except ValueError as error:
            raise Malformed(f"not JSON: {str(error)[:120]}") from None
        for event in root if isinstance(root, list) else [root]:
            _add(draft, event, 1)
    done = draft.done()
    return done if done.stages or done.problems else None


def _add(draft: Draft, event: object, line: int) -> None:
    if not isinstance(event, dict) or not isinstance(job := event.get("job"), dict):
        return
    name, namespace = job.get("name"), job.get("namespace")
    if not isinstance(name, str) or not isinstance(namespace, str) or not name:
        return
    stage = draft.stage(name, line, language="openlineage", pipeline=namespace or None)
    for key, kind in (("inputs", EdgeKind.READS), ("outputs", EdgeKind.WRITES)):
        datasets = event.get(key)
        for one in datasets if isinstance(datasets, list) else ():
            if isinstance(one, dict) and isinstance(one.get("namespace"), str) and isinstance(one.get("name"), str):
                at, called = one["namespace"].rstrip("/"), one["name"]
                dataset = DatasetId(at, called if at == "file" else called.lstrip("/"))
                draft.access(stage, dataset, kind, line, Certainty.OBSERVED, api="openlineage")
