"""The backlog: work items of the latest assessment, with who does them, until when, and where that is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.project import Project
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.project import backlog_file
from pipesec_tui.project.backlog_file import Plan
from pipesec_tui.project.bounded import read_bounded
from pipesec_tui.project.durations import parse_duration
from pipesec_tui.project.problems import FileProblems
from pipesec_tui.report.backlog import Entry
from pipesec_tui.risk.codeowners import CodeOwners
from pipesec_tui.risk.work_item import WorkItem, work_items

_OWNERS_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may lie, in the order in which GitHub looks, then GitLab's own place."""
_OWNERS_SIZE = 3 << 20
"""GitHub reads no larger one."""


class Backlog(Struct, frozen=True, kw_only=True):
    """The entries of a backlog, the most pressing first, and keys of plans that no open finding needs any more."""

    entries: tuple[Entry, ...]
    done: tuple[str, ...]


def backlog(root: Path, assessment: Assessment, project: Project, today: dt.date) -> Backlog:
    """The backlog of an assessment of the project in ``root``. Raises UsageError: pipesec.backlog.toml is broken."""
    try:
        plans = backlog_file.load(root)
    except FileProblems as error:
        raise UsageError(str(error)) from None
    items = work_items(assessment.findings, project.info.name or "")
    owners = _code_owners(root)
    entries = tuple(_entry(item, project, owners, plans, today) for item in items)
    return Backlog(entries=entries, done=tuple(sorted(plans.keys() - {entry.key for entry in entries})))


def plan(root: Path, known: Backlog, key: str, ticket: str | None, sprint: str | None) -> str:
    """Write down where an item's work is planned; a line for the user. Raises UsageError."""
    entry = next((entry for entry in known.entries if entry.key == key), None)
    if entry is None:
        raise UsageError(f"{key}: no item of the backlog; see `pipesec backlog`")
    try:
        planned = backlog_file.put(root, Plan(key=key, title=entry.title, ticket=ticket, sprint=sprint))
    except (FileProblems, OSError) as error:
        raise UsageError(str(error)) from None
    told = ", ".join(
        f"{name} {value}" for name, value in (("ticket", planned.ticket), ("sprint", planned.sprint)) if value
    )
    return f"{key} has {told}: review and commit {backlog_file.BACKLOG_NAME}"


def _entry(
    item: WorkItem, project: Project, owners: CodeOwners | None, plans: Mapping[str, Plan], today: dt.date
) -> Entry:
    due = _due(item, project)
    planned = plans.get(item.key)
    return Entry(
        key=item.key,
        title=item.title,
        kind=item.remedy.kind.value,
        priority=item.priority,
        severity=item.severity,
        findings=tuple(finding.id for finding in item.findings),
        rules=tuple(dict.fromkeys(finding.rule for finding in item.findings)),
        places=tuple(dict.fromkeys(_place(finding) for finding in item.findings)),
        exposed_to=tuple(dict.fromkeys(name for finding in item.findings for name in finding.exposed_to)),
        version=item.version,
        unfixed=item.unfixed,
        owner=_owner(item, project, owners),
        due=due.isoformat() if due is not None else None,
        overdue=due is not None and due < today,
        ticket=planned.ticket if planned else None,
        sprint=planned.sprint if planned else None,
        remediation=next((finding.remediation for finding in item.findings if finding.remediation), None),
    )


def _place(finding: Finding) -> str:
    at = finding.location
    if at.path is None:
        return at.purl or finding.asset
    return f"{at.path}:{at.start_line}" if at.start_line else at.path


def _owner(item: WorkItem, project: Project, owners: CodeOwners | None) -> str | None:
    """The owner of the first sink that a finding's data reaches; else of the file that is to be changed."""
    of_sinks = {sink.name: sink.owner for sink in project.sinks if sink.owner is not None}
    for finding in item.findings:
        for name in finding.blast_radius:
            if name in of_sinks:
                return of_sinks[name]
    path = item.remedy.path or item.findings[0].location.path
    return " ".join(owners.of(path)) or None if owners is not None and path is not None else None


def _due(item: WorkItem, project: Project) -> dt.date | None:
    """The first day on which one of the findings is due, by ``[policy] sla``."""
    days = [
        dt.datetime.fromisoformat(finding.first_seen) + parse_duration(project.policy.sla[finding.severity])
        for finding in item.findings
        if finding.first_seen is not None and finding.severity in project.policy.sla
    ]
    return min(days).date() if days else None


def _code_owners(root: Path) -> CodeOwners | None:
    """The project's CODEOWNERS file, where there is one that can be read; links are not followed."""
    for name in _OWNERS_FILES:
        path = root / name
        if path.parent != root and path.parent.is_symlink():
            continue
        try:
            return CodeOwners(read_bounded(path, _OWNERS_SIZE).decode("utf-8", "replace"))
        except OSError:
            continue
    return None
