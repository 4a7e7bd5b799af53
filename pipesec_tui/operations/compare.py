"""Comparing two assessments that the user names."""

from __future__ import annotations

from pathlib import Path

from pipesec_tui.history.comparison import compare
from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.operations.baseline import read_document
from pipesec_tui.operations.errors import UsageError


def compare_named(history: History, project: str, base: str | None, head: str | None) -> Comparison:
    """Compare what two names stand for: an assessment's id, or a document's file.

    HEAD defaults to the project's latest assessment and BASE to the one before it. Raises UsageError.
    """
    head_id = None if head is not None and Path(head).is_file() else _resolve(history, project, head or "latest")
    if base is None:
        if head_id is None:
            raise UsageError("name the base too: a file has no assessment before it")
        before = history.before(head_id)
        if before is None:
            raise UsageError(f"{head_id} is the first assessment of {project}: there is nothing to compare it with yet")
        return history.compare(before, head_id)
    base_id = None if Path(base).is_file() else _resolve(history, project, base)
    if base_id is not None and head_id is not None:
        return history.compare(base_id, head_id)
    return compare(_read(history, base, base_id), _read(history, head or "", head_id))


def _read(history: History, name: str, id: str | None) -> Assessment:
    return history.load(id) if id is not None else read_document(Path(name))


def _resolve(history: History, project: str, name: str) -> str:
    found = history.find(name, project=project)
    if found is None:
        raise UsageError(f"{name}: there is no such assessment of {project}; `pipesec history` lists them")
    return found
