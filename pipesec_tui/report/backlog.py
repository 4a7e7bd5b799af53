"""The backlog as JSON, Markdown, and CSV for Jira's importer. Nothing is read from the clock."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from msgspec import Struct

from pipesec_tui.model.severity import Severity
from pipesec_tui.report.document import pretty
from pipesec_tui.report.escape import cell_safe, markdown_code, markdown_safe

CSV_COLUMNS = (
    "Summary", "Description", "Priority", "Labels", "Due Date", "External ID", "Assignee", "Sprint", "Issue Key",
)  # fmt: skip
"""Jira's names. ``External ID`` is the item's key, by which an import updates an issue instead of adding one;
``Issue Key`` is the ticket that an item has already."""

JIRA_PRIORITY = {
    Severity.CRITICAL: "Highest",
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "Lowest",
}
MAX_PLACES = 50


class Entry(Struct, frozen=True, kw_only=True):
    """An item of the backlog as it is shown and exported.

    priority -- the highest among the findings, 0 to 10
    findings -- ids, the most pressing first
    version  -- for an upgrade, the smallest version that fixes all that can be fixed; ``unfixed`` findings can't be
    due      -- YYYY-MM-DD, by ``[policy] sla``; None without one
    """

    key: str
    title: str
    kind: str
    priority: float
    severity: Severity
    findings: tuple[str, ...]
    rules: tuple[str, ...]
    places: tuple[str, ...]
    exposed_to: tuple[str, ...]
    version: str | None
    unfixed: int
    owner: str | None
    due: str | None
    overdue: bool
    ticket: str | None
    sprint: str | None
    remediation: str | None


class Document(Struct, frozen=True, kw_only=True):
    """``pipesec.backlog/1``."""

    schema: str = "pipesec.backlog/1"
    assessment: str
    project: str
    items: tuple[Entry, ...]


def write_json(document: Document, stream: TextIO) -> None:
    stream.write(pretty(document, 0) + "\n")


def write_markdown(entries: Sequence[Entry], stream: TextIO) -> None:
    """A list to tick off."""
    stream.write("# Backlog\n\n")
    if not entries:
        stream.write("No open work.\n")
    for entry in entries:
        facts = [f"priority {entry.priority:.1f}", entry.severity.value, _count(entry)]
        facts += [f"owner {markdown_safe(entry.owner)}"] if entry.owner else []
        facts += [f"due {entry.due}{' (overdue)' if entry.overdue else ''}"] if entry.due else []
        facts += [f"ticket {markdown_safe(entry.ticket)}"] if entry.ticket else []
        facts += [f"sprint {markdown_safe(entry.sprint)}"] if entry.sprint else []
        stream.write(f"- [ ] **{markdown_safe(entry.title)}** ({markdown_code(entry.key)}): {', '.join(facts)}\n")
        for place in entry.places[:MAX_PLACES]:
            stream.write(f"    - {markdown_code(place)}\n")
        if len(entry.places) > MAX_PLACES:
            stream.write(f"    - and {len(entry.places) - MAX_PLACES} more\n")


def write_csv(entries: Sequence[Entry], stream: TextIO) -> None:
    """CSV after RFC 4180. Jira reads labels as words and takes each column for a field."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for entry in entries:
        labels = " ".join(["pipesec", entry.kind, *(rule.replace(" ", "-") for rule in entry.rules[:10])])
        cells = (
            entry.title, _description(entry), JIRA_PRIORITY[entry.severity], labels, entry.due or "", entry.key,
            entry.owner or "", entry.sprint or "", entry.ticket or "",
        )  # fmt: skip
        writer.writerow([cell_safe(cell) for cell in cells])


def _description(entry: Entry) -> str:
    """On one line: ``cell_safe`` shows a line break as an escape."""
    parts = [f"{_count(entry)}, priority {entry.priority:.1f}: {'; '.join(entry.places[:MAX_PLACES])}"]
    parts += [f"and {len(entry.places) - MAX_PLACES} more places"] if len(entry.places) > MAX_PLACES else []
    parts += [f"no version fixes {entry.unfixed} of them"] if entry.unfixed else []
    parts += [f"depend on it: {', '.join(entry.exposed_to)}"] if entry.exposed_to else []
    parts += [entry.remediation] if entry.remediation else []
    return ". ".join(part.rstrip(".") for part in parts) + "."


def _count(entry: Entry) -> str:
    return f"{len(entry.findings)} finding{'' if len(entry.findings) == 1 else 's'}"
