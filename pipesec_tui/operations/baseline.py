"""What an assessment is compared with: one from the history, a document's file, or a git revision."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.history.comparison import compare
from pipesec_tui.history.store import History
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.session import AssessOptions, Session, assess_unrecorded, open_session, plan_for
from pipesec_tui.project.git import Repository, RevisionError

_MAX_DOCUMENT = 1 << 30


class Baseline(Struct, frozen=True, kw_only=True):
    """Either an assessment of the history (``id``) or a document."""

    id: str | None = None
    document: Assessment | None = None

    def compare(self, history: History, head: Assessment) -> Comparison:
        """Hold a stored assessment against it."""
        if self.document is not None:
            return compare(self.document, head)
        assert self.id is not None
        return history.compare(self.id, head.assessment.id)


def find_baseline(history: History, session: Session, name: str | None, options: AssessOptions) -> Baseline | None:
    """What a name stands for, looked up before anything runs: an assessment, a file or a git revision; without a name
    the assessment before, None where there is none. Raises UsageError."""
    if name is None:
        before = latest_finished(history, session.key, session.inventory.branch, session.default_branch)
        return Baseline(id=before) if before is not None else None
    if Path(name).is_file():
        return Baseline(document=read_document(Path(name)))
    if name.startswith(("A-", "latest")):
        return Baseline(id=history.load(name, project=session.key).assessment.id)
    return _of_revision(history, session, name, options)


def latest_finished(
    history: History, key: str, branch: str | None, default_branch: str | None, before: str | None = None
) -> str | None:
    """Id of the last finished assessment of a branch, or else of the default branch; ``before`` leaves out that
    assessment and all later ones."""
    for name in dict.fromkeys((branch, default_branch)):
        for record in history.assessments(key, name or ""):
            if record.findings is not None and (before is None or record.id < before):
                return record.id
    return None


def read_document(path: Path) -> Assessment:
    """An assessment from a JSON document. Raises UsageError where it is none."""
    try:
        if path.stat().st_size > _MAX_DOCUMENT:
            raise UsageError(f"{path}: larger than {_MAX_DOCUMENT >> 30} GB")
        return msgspec.json.decode(path.read_bytes(), type=Assessment)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a pipesec.assessment/1 document: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _of_revision(history: History, session: Session, revision: str, options: AssessOptions) -> Baseline:
    """The assessment of a revision: the one stored for its commit, else made now of its tree."""
    repository = Repository.find(session.root)
    if repository is None:
        raise UsageError(f"--baseline {revision}: no such file, and {session.root} is not in a git repository")
    with repository:
        try:
            commit = repository.resolve(revision)
            for record in history.assessments(session.key):
                if record.commit == commit and record.findings is not None:
                    return Baseline(id=record.id)
            with tempfile.TemporaryDirectory(prefix="pipesec-base-") as directory:
                tree = Path(directory, session.root.name)
                tree.mkdir()
                repository.materialize(commit, tree)
                return Baseline(document=_assess_tree(tree, commit, options))
        except RevisionError as error:
            raise UsageError(f"--baseline {revision}: {error}") from None


def _assess_tree(tree: Path, commit: str, options: AssessOptions) -> Assessment:
    session = open_session(tree)
    return assess_unrecorded(session, plan_for(session, options), offline=True, id=f"commit-{commit[:12]}")
