"""What an assessment is judged by: pipesec.toml and pipesec.triage.toml, of the working tree or of a base revision.

A pull request must not decide about itself: with a base revision, policy, check options and triage are those of the
base, and what the head adds is shown instead of obeyed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from pipesec_tui.model.project import Project
from pipesec_tui.model.triage import TriageEntry
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.plugin.registry import Registry
from pipesec_tui.project import config, triage_file
from pipesec_tui.project.git import Repository, RevisionError
from pipesec_tui.project.problems import FileProblems


class Rules(Struct, frozen=True, kw_only=True):
    """The project, the triage that counts, and lines for the user on what doesn't."""

    project: Project
    triage: tuple[TriageEntry, ...]
    notes: tuple[str, ...] = ()


def rules_for(root: Path, registry: Registry, base: str | None) -> Rules:
    """Read what an assessment is judged by; ``base`` is a git revision. Raises UsageError."""
    schemas = option_schemas(registry)
    try:
        project = config.load(root, check_options=schemas)
        triage = tuple(triage_file.load(root))
        if base is None:
            return Rules(project=project, triage=triage)
        return _from_base(root, project, triage, base)
    except (FileProblems, RevisionError) as error:
        raise UsageError(str(error)) from None


def option_schemas(registry: Registry) -> dict[str, dict[str, Any]] | None:
    """JSON Schema of ``[check.ID]`` for every check; None while a broken plugin may own what seems unknown."""
    if any(plugin.broken for plugin in registry.plugins):
        return None
    permissive: dict[str, Any] = {"type": "object"}
    return {
        check.id: msgspec.json.decode(check.options) if check.options else permissive for _, check in registry.checks()
    }


def _from_base(root: Path, head: Project, head_triage: tuple[TriageEntry, ...], base: str) -> Rules:
    repository = Repository.find(root)
    if repository is None:
        raise UsageError(f"--policy-from {base}: {root} is not in a git repository")
    with repository:
        revision = repository.resolve(base)
        text = repository.read(revision, config.CONFIG_NAME)
        raw = repository.read(revision, triage_file.TRIAGE_NAME)
    name = f"{base}:{config.CONFIG_NAME}"
    project = config.parse(text.decode("utf-8", "replace"), name) if text is not None else Project()
    triage = tuple(triage_file.parse(raw.decode("utf-8", "replace"))) if raw is not None else ()
    notes: list[str] = []
    if head.policy != project.policy:
        notes.append(f"this revision changes [policy]; that of {base} counts")
    if head.checks != project.checks:
        notes.append(f"this revision changes check options; those of {base} count")
    for entry in head_triage:
        if entry not in triage:
            what = entry.finding or (f"{entry.gap.check}={entry.gap.asset}" if entry.gap is not None else "nothing")
            notes.append(f"this revision adds triage of {what} as {entry.state.value} ({entry.reason}); not counted")
    merged = structs.replace(head, policy=project.policy, checks=project.checks)
    return Rules(project=merged, triage=triage, notes=tuple(notes))
