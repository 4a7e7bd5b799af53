"""One assessment, from the project's folder to a gate's word."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from pipesec_tui import __version__
from pipesec_tui.engine.plan import Plan
from pipesec_tui.engine.run import Engine, Settings, now
from pipesec_tui.history.errors import HistoryError
from pipesec_tui.history.store import History, Recording
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.model.events import AssessmentFinished, Event
from pipesec_tui.operations.baseline import Baseline, find_baseline
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.gate import Gate, judge
from pipesec_tui.operations.policy import Rules
from pipesec_tui.operations.session import AssessOptions, Session, open_session, plan_for, settle
from pipesec_tui.plugin.registry import Registry
from pipesec_tui.project.durations import parse_duration
from pipesec_tui.project.git import Repository, RevisionError


class AssessOutcome(Struct, frozen=True, kw_only=True):
    """What came of it. ``notes`` are lines for the user: stale triage, what the head adds to the base's policy."""

    assessment: Assessment
    comparison: Comparison | None
    gate: Gate
    rules: Rules
    registry: Registry
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """What changed and what the gate says, in one line."""
        words = f"assessment {self.assessment.assessment.id} stored"
        if self.comparison is not None:
            counts = (
                (len(self.comparison.new), "new"),
                (len(self.comparison.fixed), "fixed"),
                (len(self.comparison.reopened), "reopened"),
                (len(self.comparison.not_assessed), "not assessed again"),
            )
            told = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"
            words += f"; against {self.comparison.base.id}: {told}"
        return f"{words}; {self.gate.line()}"


Listener = Callable[[Event], None]


def assess(root: Path, options: AssessOptions, listener: Listener = lambda event: None) -> AssessOutcome:
    """Assess a project and store the result.

    ``listener`` is told of every event, in this thread. Raises UsageError for what the user can mend and
    KeyboardInterrupt where the user has had enough; the assessment is then marked as interrupted.
    """
    session = open_session(root, policy_from=options.policy_from)
    plan = plan_for(session, options)
    try:
        with History.open() as history:
            baseline = find_baseline(history, session, options.baseline, options)
            if options.new_only and baseline is None:
                raise UsageError(
                    "--new-only needs a baseline, and there is none yet: name one, or assess without it once"
                )
            assessment = _record(history, session, plan, options, baseline, listener)
            comparison = baseline.compare(history, assessment) if baseline is not None else None
    except HistoryError as error:
        raise UsageError(str(error)) from None
    policy = session.rules.project.policy
    gate = judge(
        assessment,
        fail_on=options.fail_on or policy.fail_on,
        max_age=parse_duration(policy.data_age),
        comparison=comparison,
        new_only=options.new_only,
        allow_gaps=options.allow_gaps,
    )
    return AssessOutcome(
        assessment=assessment, comparison=comparison, gate=gate, rules=session.rules, registry=session.registry,
        notes=session.rules.notes,
    )  # fmt: skip


def _record(
    history: History,
    session: Session,
    plan: Plan,
    options: AssessOptions,
    baseline: Baseline | None,
    listener: Listener,
) -> Assessment:
    """Run, and store what comes of it."""
    recording = history.begin(
        session.key, session.inventory.branch, default_branch=session.default_branch,
        commit=session.inventory.commit, started_at=now(), pipesec=__version__,
    )  # fmt: skip
    try:
        draft = _run(session, plan, options, recording, listener)
    except BaseException:
        recording.interrupt()
        raise
    return recording.finish(
        settle(draft, session),
        triage=session.rules.triage,
        renames=_renames(session, history),
        baseline=baseline.document if baseline is not None else None,
    )


def _run(session: Session, plan: Plan, options: AssessOptions, recording: Recording, listener: Listener) -> Assessment:
    settings = Settings(
        offline=options.offline, online=options.online, use_cache=options.use_cache, workers=options.workers
    )
    engine = Engine(plan, session.project, session.inventory, id=recording.id, name=session.name, settings=settings)
    draft: Assessment | None = None
    with contextlib.closing(engine.events()) as events:
        for event in events:
            recording.spool(event)
            if isinstance(event, AssessmentFinished):
                draft = event.assessment
            else:
                listener(event)
    assert draft is not None
    return draft


def _renames(session: Session, history: History) -> dict[str, str]:
    """Files renamed between the commit of the assessment before and this one, where git knows both."""
    here = session.inventory.commit
    records = history.assessments(session.key, session.inventory.branch or "")
    before = next((record.commit for record in records if record.findings is not None), None)
    repository = Repository.find(session.root) if here is not None and before not in (None, here) else None
    if repository is None or before is None or here is None:
        return {}
    with repository:
        try:
            return dict(repository.renames(before, here))
        except RevisionError:
            return {}  # the commit is gone, or not whole; moves are inferred from the findings instead
