"""What an assessment is compared with: one from the history, a document's file, or a git revision."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from pipesec_tui.history.comparison import compare
from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import AssessOptions, assess_unrecorded, open_session, plan_for
from pipesec_tui.project.git import Repository, RevisionError

_MAX_DOCUMENT = 1 << 30


def compare_with(history: History, root: Path, head: Assessment, baseline: str | None, key: str) -> Comparison | None:
    """Compare a stored assessment with its baseline, by default the one before. None where there is none."""
    if baseline is None:
        before = assessment_before(history, root, key, head)
        return history.compare(before, head.assessment.id) if before is not None else None
    path = Path(baseline)
    if path.is_file():
        return compare(read_document(path), head)
    if baseline.startswith(("A-", "latest")):
        return history.compare(baseline, head.assessment.id, project=key)
    return compare(*_with_revision(history, root, head, baseline, key))


def assessment_before(history: History, root: Path, key: str, head: Assessment) -> str | None:
    """Id of the finished assessment before this one on its branch, or else the latest of the default branch."""
    repository = Repository.find(root)
    branches = (head.assessment.branch, repository.default_branch() if repository is not None else None)
    for branch in dict.fromkeys(branches):
        earlier = [
            record.id
            for record in history.assessments(key, branch or "")
            if record.findings is not None and record.id < head.assessment.id
        ]
        if earlier:
            return earlier[0]
    return None


def read_document(path: Path) -> Assessment:
    """An assessment from a JSON document. Raises UsageError where it is none."""
    try:
        if path.stat().st_size > _MAX_DOCUMENT:
            raise UsageError(f"{path}: larger than {_MAX_DOCUMENT >> 30} GB")
        return msgspec.json.decode(path.read_bytes(), type=Assessment)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: not a pipesec.assessment/1 document: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _with_revision(
    history: History, root: Path, head: Assessment, revision: str, key: str
) -> tuple[Assessment, Assessment]:
    """The assessment of a revision: the one stored for its commit, else made now of its tree."""
    repository = Repository.find(root)
    if repository is None:
        raise UsageError(f"--baseline {revision}: no such file, and {root} is not in a git repository")
    try:
        commit = repository.resolve(revision)
        for record in history.assessments(key):
            if record.commit == commit and record.findings is not None and record.id != head.assessment.id:
                return history.load(record.id), head
        with tempfile.TemporaryDirectory(prefix="pipesec-base-") as directory:
            tree = Path(directory, root.name)
            tree.mkdir()
            repository.materialize(commit, tree)
            return _assess_tree(tree, head, commit), head
    except (RevisionError, HistoryError) as error:
        raise UsageError(f"--baseline {revision}: {error}") from None


def _assess_tree(tree: Path, head: Assessment, commit: str) -> Assessment:
    session = open_session(tree)
    ran = tuple(run.id for run in head.assessment.checks if run.selected and run.rules)
    known = {spec.id for _, spec in session.registry.checks()}
    options = AssessOptions(only=tuple(name for name in ran if name in known))
    return assess_unrecorded(session, plan_for(session, options), offline=True, id=f"commit-{commit[:12]}")
