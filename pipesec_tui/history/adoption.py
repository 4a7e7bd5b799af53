"""Giving an assessment's findings the ids they had before, and carrying over what it did not look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from pipesec_tui.history.comparison import both_looked
from pipesec_tui.history.matching import STRONG_PASSES, Matcher, match_findings
from pipesec_tui.history.reading import Reader, Row
from pipesec_tui.history.rows import FROM_STORED, STORED, Stored, read_stored
from pipesec_tui.history.trace import rule_names, traces
from pipesec_tui.history.triage import has_expired
from pipesec_tui.history.writing import End
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Outcome
from pipesec_tui.model.finding import Finding, FindingStatus, Triage
from pipesec_tui.model.identity import finding_id

REOPEN_DAYS = 30
REOPEN_ASSESSMENTS = 20
"""A finding that comes back within so many days and assessments is the one that was closed. SonarQube's rule."""


class Adopted(NamedTuple):
    """A finding with the id that it keeps.

    old     -- what it was in the assessment before, where it was there
    key     -- the finding's number; None where it is new to the project
    """

    finding: Finding
    old: Stored | None
    key: int | None
    began: str
    match_pass: int | None
    doubt: str | None


class Adoption(NamedTuple):
    """All findings of an assessment, those carried over included, and the versions that are over."""

    findings: list[Adopted]
    ends: list[End]
    renames: dict[str, str]


class Adopter:
    """Works within the transaction that stores an assessment.

    inherit -- whether decisions pass from a finding to what it became (else they are put on it anew)
    """

    def __init__(
        self, connection: sqlite3.Connection, project_key: int, branch_key: int, *, inherit: bool, today: date
    ) -> None:
        self._connection = connection
        self._reader = Reader(connection)
        self._project, self._branch = project_key, branch_key
        self._inherit, self._today = inherit, today

    def adopt(
        self,
        head: Assessment,
        previous: Row | None,
        renames: Mapping[str, str] | None,
        baseline: Assessment | None = None,
    ) -> Adoption:
        """``previous`` is the assessment before, of this branch or of the one it comes from; ``baseline`` a document
        that stands for it where there is none."""
        before = baseline if previous is None else self._reader.assessment(previous, [])
        if previous is not None:
            base = self._reader.alive(previous)
            base.sort(key=lambda one: one.version_id)
        else:
            base = self._from_document(baseline.findings if baseline is not None else (), head.assessment.started_at)
        infos = [head.assessment] if before is None else [before.assessment, head.assessment]
        rules = rule_names(*infos)
        matching = match_findings([one.finding for one in base], head.findings, rules=rules, renames=renames)
        same_branch = previous is not None and previous.branch_key == self._branch
        now = head.assessment.started_at

        found = [
            self._matched(base[pair.base], head.findings[pair.head], pair.match_pass, now, same_branch)
            for pair in matching.pairs
        ]
        carried, ends = self._gone([base[i] for i in matching.base_rest], head, before, matching.renames, same_branch)
        rest = [head.findings[i] for i in matching.head_rest]
        reopened, rest = self._reopened(rest, rules, matching.renames, now) if same_branch else ([], rest)
        found += carried
        found += reopened
        found += self._new(rest, {one.finding.id for one in found}, now)
        return Adoption(found, ends, matching.renames)

    def _from_document(self, findings: Iterable[Finding], now: str) -> list[Stored]:
        """Findings of a document as if they had been stored; of two with one id the first."""
        stored: dict[str, Stored] = {}
        for finding in findings:
            if finding.id not in stored:
                known = self._known(finding.id)
                key, first_seen = known if known is not None else (None, finding.first_seen or now)
                stored[finding.id] = Stored(structs.replace(finding, first_seen=first_seen), 0, key, None, None)
        return list(stored.values())

    def _matched(self, old: Stored, new: Finding, match_pass: int, now: str, same_branch: bool) -> Adopted:
        before = old.finding
        status, triage = new.status, new.triage
        if triage is None and before.triage is not None and match_pass <= STRONG_PASSES and self._inherit:
            status, triage = self._still(before)
        finding = structs.replace(
            new, id=before.id, first_seen=before.first_seen, reopened_at=before.reopened_at, status=status,
            triage=triage, priority=_real(new.priority),
        )  # fmt: skip
        doubt = now if match_pass > STRONG_PASSES else old.doubt
        return Adopted(finding, old, old.finding_id, "changed" if same_branch else "branched", match_pass, doubt)

    def _still(self, finding: Finding) -> tuple[FindingStatus, Triage | None]:
        """A finding's status and decision, as far as they outlast the assessment that it was in."""
        if not self._inherit or finding.triage is None or has_expired(finding.triage.until, self._today):
            return FindingStatus.OPEN, None
        return finding.status, finding.triage

    def _gone(
        self,
        gone: Sequence[Stored],
        head: Assessment,
        before: Assessment | None,
        renames: Mapping[str, str],
        same_branch: bool,
    ) -> tuple[list[Adopted], list[End]]:
        """What was not looked at again stays; the others end."""
        carried: list[Adopted] = []
        ends: list[End] = []
        if before is None or not gone:
            return carried, ends
        then, now = both_looked(before, head, renames)
        for old in gone:
            outcome, reason = now.why_gone(old.finding, then)
            why = reason.value if reason is not None else None
            if outcome is Outcome.NOT_ASSESSED:
                status, triage = self._still(old.finding)
                finding = structs.replace(old.finding, not_assessed=why, status=status, triage=triage)
                carried.append(Adopted(finding, old, old.finding_id, Outcome.NOT_ASSESSED.value, 1, old.doubt))
            elif same_branch:
                ends.append(End(old.version_id, outcome.value, why))
        return carried, ends

    def _reopened(
        self, rest: list[Finding], rules: Mapping[str, str], renames: Mapping[str, str], now: str
    ) -> tuple[list[Adopted], list[Finding]]:
        """Findings that were closed not long ago and are back, by the two strongest passes."""
        closed = self._closed(now) if rest else []
        if not closed:
            return [], rest
        matcher = Matcher(traces([one.finding for one in closed], rules, renames), traces(rest, rules, {}))
        matcher.run((1, 2))
        reopened = []
        for pair in matcher.pairs:
            old, new = closed[pair.base], rest[pair.head]
            finding = structs.replace(
                new, id=old.finding.id, first_seen=old.finding.first_seen, reopened_at=now,
                priority=_real(new.priority),
            )  # fmt: skip
            # Not inherited: a decision made before it went says nothing of its return.
            reopened.append(Adopted(finding, None, old.finding_id, Outcome.REOPENED.value, pair.match_pass, old.doubt))
        return reopened, [rest[i] for i in sorted(matcher.head_rest)]

    def _closed(self, now: str) -> list[Stored]:
        recent = self._connection.execute(
            "SELECT seq, started_at FROM assessment WHERE branch_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT ?",
            (self._branch, REOPEN_ASSESSMENTS),
        ).fetchall()
        earliest = _moment(now) - timedelta(days=REOPEN_DAYS)
        recent = [seq for seq, started in recent if _moment(started) >= earliest]
        if not recent:
            return []
        before = "SELECT coalesce(max(seq), 0) FROM assessment WHERE branch_id = ? AND seq < ?"
        floor = self._connection.execute(before, (self._branch, min(recent))).fetchone()[0]
        last = "SELECT max(w.id) FROM version w WHERE w.branch_id = v.branch_id AND w.finding_id = v.finding_id"
        rows = self._connection.execute(
            f"SELECT {STORED} FROM {FROM_STORED} WHERE v.branch_id = ? AND v.last_seq >= ? "  # noqa: S608  constants
            f"AND v.ended IN ('fixed', 'removed') AND v.id = ({last}) ORDER BY v.id DESC",
            (self._branch, floor),
        )
        return read_stored(rows)

    def _new(self, rest: Iterable[Finding], taken: set[str], now: str) -> list[Adopted]:
        """Findings that were not there, each with an id of its own."""
        project_is_new = not self._connection.execute(
            "SELECT EXISTS(SELECT 1 FROM finding WHERE project_id = ?)", (self._project,)
        ).fetchone()[0]
        new: list[Adopted] = []
        for finding in rest:
            generation = 0
            while True:
                uid = finding_id(finding.identity.anchor, finding.identity.ordinal, generation)
                generation += 1
                if uid in taken:
                    continue
                known = None if project_is_new else self._known(uid)
                if known is None or self._lives_elsewhere(known[0], finding):
                    break
            taken.add(uid)
            key, first_seen = known if known is not None else (None, finding.first_seen or now)
            finding = structs.replace(finding, id=uid, first_seen=first_seen, priority=_real(finding.priority))
            new.append(Adopted(finding, None, key, Outcome.NEW.value, None, None))
        return new

    def _known(self, uid: str) -> tuple[int, str] | None:
        found: tuple[int, str] | None = self._connection.execute(
            "SELECT id, first_seen FROM finding WHERE project_id = ? AND uid = ?", (self._project, uid)
        ).fetchone()
        return found

    def _lives_elsewhere(self, key: int, finding: Finding) -> bool:
        """Whether the finding that has an id is this one, seen on other branches alone: there by the same anchor."""
        rows = self._connection.execute(
            f"SELECT {STORED}, v.branch_id FROM {FROM_STORED} WHERE v.finding_id = ? ORDER BY v.id",  # noqa: S608  constant
            (key,),
        ).fetchall()
        if not rows or any(row[-1] == self._branch for row in rows):
            return False
        return read_stored([rows[-1][:-1]])[0].finding.identity.anchor == finding.identity.anchor


def _real(priority: float | None) -> float | None:
    """As the database gives it back."""
    return None if priority is None else float(priority)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
