"""A project looked at and ready to be assessed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from msgspec import Struct, structs

from pipesec_tui.engine.plan import Plan, PlanError, make_plan
from pipesec_tui.engine.run import Engine, Settings
from pipesec_tui.history.triage import apply_triage
from pipesec_tui.model.assessment import Assessment, AssessmentStatus
from pipesec_tui.model.events import AssessmentFinished
from pipesec_tui.model.files import Inventory
from pipesec_tui.model.project import Project
from pipesec_tui.model.severity import Severity
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.operations.gate import gaps
from pipesec_tui.operations.policy import Rules, rules_for
from pipesec_tui.plugin.registry import Registry, discover
from pipesec_tui.project import consent
from pipesec_tui.project.durations import parse_duration
from pipesec_tui.project.git import Repository
from pipesec_tui.project.inventory import take
from pipesec_tui.project.stat_cache import StatCache
from pipesec_tui.risk.priority import prioritize


class AssessOptions(Struct, frozen=True, kw_only=True):
    """What the user asked for; see `pipesec assess --help`."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    allow: bool = False
    offline: bool = False
    online: bool = False
    use_cache: bool = True
    workers: int | None = None
    baseline: str | None = None
    fail_on: Severity | None = None
    new_only: bool = False
    allow_gaps: bool = False
    policy_from: str | None = None


class Session(Struct, frozen=True, kw_only=True):
    """A project looked at and ready to be assessed."""

    root: Path
    project: Project
    inventory: Inventory
    registry: Registry
    rules: Rules
    key: str
    name: str
    default_branch: str | None = None


def open_session(root: Path, *, policy_from: str | None = None) -> Session:
    """Read what describes the project and list its files. Raises UsageError."""
    if not root.is_dir():
        raise UsageError(f"{root}: {'not a folder' if root.exists() else 'there is no such folder'}")
    root = root.resolve()
    registry = discover()
    rules = rules_for(root, registry, policy_from)
    try:
        inventory = take(root, extra_roots=rules.project.info.roots, cache=StatCache.of(root))
    except OSError as error:
        raise UsageError(f"{error.filename or root}: {error.strerror or error}") from None
    name = rules.project.info.name or root.name or "project"
    key = rules.project.info.name or str(root)
    return Session(
        root=root, project=rules.project, inventory=inventory, registry=registry, rules=rules, key=key, name=name,
        default_branch=default_branch(root),
    )  # fmt: skip


def default_branch(root: Path) -> str | None:
    """The default branch of the repository around a folder; None where there is none."""
    repository = Repository.find(root)
    if repository is None:
        return None
    with repository:
        return repository.default_branch()


def plan_for(session: Session, options: AssessOptions) -> Plan:
    """The plan of an assessment. Raises UsageError for checks that don't exist."""
    consented = options.allow or consent.granted(consent.plan(session.project, session.root, session.inventory))
    try:
        return make_plan(
            session.registry, session.project, session.inventory, only=options.only, skip=options.skip,
            consent=consented,
        )  # fmt: skip
    except PlanError as error:
        raise UsageError(str(error)) from None


def assess_unrecorded(session: Session, plan: Plan, *, offline: bool, id: str) -> Assessment:
    """Assess without storing: for the tree of a revision that something is compared with."""
    engine = Engine(
        plan, session.project, session.inventory, id=id, name=session.name, settings=Settings(offline=offline)
    )
    finished = [event.assessment for event in engine.events() if isinstance(event, AssessmentFinished)]
    return settle(finished[-1], session)


def settle(draft: Assessment, session: Session) -> Assessment:
    """The assessment with priorities, and complete or not by what policy and triage say."""
    assessment = prioritize(draft, session.project)
    decided = apply_triage(assessment, session.rules.triage, today()).assessment
    open_gaps = gaps(decided, parse_duration(session.project.policy.data_age))
    status = AssessmentStatus.INCOMPLETE if open_gaps else AssessmentStatus.COMPLETE
    return structs.replace(assessment, assessment=structs.replace(assessment.assessment, status=status))


def today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()
