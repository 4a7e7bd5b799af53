"""Changes between two assessments, for a list."""

from __future__ import annotations

from collections.abc import Sequence

from pipesec_tui.history.store import FindingFilter
from pipesec_tui.model.comparison import ComparedFinding, Comparison, Outcome
from pipesec_tui.model.finding import Finding
from pipesec_tui.workbench.finding_rows import cells_of
from pipesec_tui.workbench.query import QueryError, parse
from pipesec_tui.workbench.widgets.virtual_table import Cell, Column
from pipesec_tui.workbench.wording import OUTCOME_WORDS, line

COLUMNS = (
    Column(id="outcome", title="outcome", width=14),
    Column(id="severity", title="severity", width=8),
    Column(id="area", title="area", width=12, rank=5),
    Column(id="path", title="where", width=20, grow=2, rank=1),
    Column(id="title", title="what", width=20, grow=3),
    Column(id="reason", title="why", width=16, grow=1, rank=2),
)
ORDER = (Outcome.NEW, Outcome.REOPENED, Outcome.CHANGED, Outcome.FIXED, Outcome.REMOVED, Outcome.NOT_ASSESSED)
_TONES = {
    Outcome.NEW: "bad", Outcome.REOPENED: "bad", Outcome.CHANGED: "medium", Outcome.FIXED: "good",
    Outcome.REMOVED: "quiet", Outcome.NOT_ASSESSED: "medium",
}  # fmt: skip

Change = tuple[Outcome, ComparedFinding]


class ComparedRows:
    """Cells are made when a line is seen."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def __len__(self) -> int:
        return len(self._changes)

    def key(self, index: int) -> tuple[str, str]:
        outcome, finding = self._changes[index]
        return outcome.value, finding.id

    def at(self, index: int) -> Change:
        return self._changes[index]

    def cells(self, index: int) -> dict[str, Cell]:
        outcome, finding = self._changes[index]
        reason = Cell(line((finding.reason or "").replace("_", " ")), "quiet")
        return {**cells_of(finding), "outcome": Cell(OUTCOME_WORDS[outcome], _TONES[outcome]), "reason": reason}


def rows_of(comparison: Comparison) -> list[Change]:
    """All changes: what needs a look comes first, the worst of it at the top."""
    return [
        (outcome, finding)
        for outcome in ORDER
        for finding in sorted(comparison.of(outcome), key=lambda f: -(f.priority or 0.0))
    ]


def narrowed(changes: list[Change], query: str) -> list[Change]:
    """The changes that a filter lets through: that of findings, with ``outcome:new,fixed``. Raises QueryError."""
    outcomes: list[Outcome] = []
    rest: list[str] = []
    for word in query.split(" "):
        name, colon, value = word.partition(":")
        if name == "outcome" and colon:
            outcomes += [_outcome(part) for part in value.split(",") if part]
        elif word in ("new", "changed", "reopened"):
            outcomes.append(Outcome(word))
        else:
            rest.append(word)
    where = parse(" ".join(rest))
    return [
        (outcome, finding)
        for outcome, finding in changes
        if (not outcomes or outcome in outcomes) and lets_through(where, finding)
    ]


def _outcome(word: str) -> Outcome:
    fits = [outcome for outcome in ORDER if outcome.value.startswith(word.lower())]
    if not fits:
        raise QueryError(f"outcome: {word!r} is none of {', '.join(outcome.value for outcome in ORDER)}")
    return fits[0]


def lets_through(where: FindingFilter, finding: Finding) -> bool:
    """Whether a filter lets a finding in memory through, as the database would say."""
    path = finding.location.path or ""
    text = f"{finding.rule} {path} {finding.id} {finding.title} {finding.message}".lower()
    return (
        (not where.severities or finding.severity in where.severities)
        and (not where.areas or finding.area in where.areas)
        and (not where.statuses or finding.status in where.statuses)
        and (not where.rules or any(rule in finding.rule for rule in where.rules))
        and (not where.paths or any(path.startswith(begin) for begin in where.paths))
        and (where.not_assessed is None or where.not_assessed == (finding.not_assessed is not None))
        and all(word.lower() in text for word in where.words)
    )
