"""Putting decisions on the findings and gaps that they were made for, on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct, structs

from pipesec_tui.history.matching import STRONG_PASSES, Matcher
from pipesec_tui.history.trace import Trace, rule_names, traces
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.coverage import Coverage
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.identity import finding_id
from pipesec_tui.model.triage import Gap, TriageEntry


class Triaged(Struct, frozen=True, kw_only=True):
    """The assessment with decisions on it.

    stale   -- entries that nothing in the assessment answers to
    expired -- entries whose last day has passed, so that they don't count
    """

    assessment: Assessment
    stale: tuple[TriageEntry, ...] = ()
    expired: tuple[TriageEntry, ...] = ()


def apply_triage(
    assessment: Assessment, entries: Sequence[TriageEntry], today: date, *, doubts: Mapping[str, str] | None = None
) -> Triaged:
    """Put each entry on its finding or gap.

    A finding is recognized by its id, or else by ``identity`` through the strong passes of matching; where several
    findings would do and the entry can't tell which, none is taken. Of two entries on one finding the later one counts.
    ``doubts`` maps ids of findings that were recognized by weak evidence to the time of that: an entry counts for them
    by id only where it was made later.
    """
    expired = tuple(entry for entry in entries if has_expired(entry.until, today))
    counting = sorted((entry for entry in entries if entry not in expired), key=lambda entry: entry.at or "")
    for_findings = [entry for entry in counting if entry.gap is None]
    chosen = _recognized(assessment, for_findings, doubts or {})
    gaps = {entry.gap: entry for entry in counting if entry.gap is not None}

    findings = list(assessment.findings)
    for index, place in chosen.items():
        entry = for_findings[index]
        decision = None if entry.state is FindingStatus.OPEN else entry.decision()
        findings[place] = structs.replace(findings[place], status=entry.state, triage=decision)
    coverage = tuple(_with_decision(row, gaps.get(Gap(row.check, row.asset))) for row in assessment.coverage)
    rows = {Gap(row.check, row.asset) for row in assessment.coverage}
    stale = [entry for index, entry in enumerate(for_findings) if index not in chosen]
    stale += [entry for entry in counting if entry.gap is not None and entry.gap not in rows]
    return Triaged(
        assessment=structs.replace(assessment, findings=tuple(findings), coverage=coverage),
        stale=tuple(stale),
        expired=expired,
    )


def has_expired(until: str | None, today: date) -> bool:
    """Whether a decision's last day is over. What isn't a date has no end that could be reached: it is over too."""
    if until is None:
        return False
    try:
        return date.fromisoformat(until[:10]) < today
    except ValueError:
        return True


def _with_decision(row: Coverage, entry: TriageEntry | None) -> Coverage:
    if entry is None:
        return row
    return structs.replace(row, triage=None if entry.state is FindingStatus.OPEN else entry.decision())


def _recognized(assessment: Assessment, entries: Sequence[TriageEntry], doubts: Mapping[str, str]) -> dict[int, int]:
    """Which entry (by place) was made for which finding (by place)."""
    if not entries:
        return {}
    rules = rule_names(assessment.assessment)
    findings = assessment.findings
    by_id = {finding.id: place for place, finding in enumerate(findings)}
    chosen: dict[int, int] = {}
    # 1. The id, where nothing speaks against it: the code around is the same, or the history has followed the
    #    finding away from where its id was derived (on another machine, the id may be that of a duplicate).
    rest: list[int] = []
    for index, entry in enumerate(entries):
        place = _by_id(entry, by_id, findings, doubts)
        if place is not None and (_same_text(entry, findings[place]) or _was_followed(findings[place])):
            chosen[index] = place
        else:
            rest.append(index)
    # 2. The same code in the same surroundings.
    found = traces(findings, rules, {})
    rest = _match(entries, rest, found, rules, chosen, (1,))
    # 3. The id alone, then weaker but still strong evidence.
    taken = set(chosen.values())
    for index in rest:
        place = _by_id(entries[index], by_id, findings, doubts)
        if place is not None and place not in taken:
            chosen[index] = place
    rest = [index for index in rest if index not in chosen]
    _match(entries, rest, found, rules, chosen, range(2, STRONG_PASSES + 1))
    return dict(sorted(chosen.items()))  # a later decision on the same finding comes last, and stays


def _match(
    entries: Sequence[TriageEntry],
    rest: list[int],
    found: list[Trace],
    rules: Mapping[str, str],
    chosen: dict[int, int],
    passes: Sequence[int],
) -> list[int]:
    """Match entries by identity with findings that have none yet; the answer is what is left of ``rest``."""
    taken = set(chosen.values())
    places = [place for place in range(len(found)) if place not in taken]
    known = [(index, trace) for index in rest if (trace := _entry_trace(entries[index], rules)) is not None]
    # Several entries for one finding are its decisions over time: the latest stands for all.
    latest = {trace: index for index, trace in known}
    matcher = Matcher(list(latest), [found[place] for place in places], exactly=True)
    matcher.run(passes)
    indexes = list(latest.values())
    for pair in matcher.pairs:
        chosen[indexes[pair.base]] = places[pair.head]
    return [index for index in rest if index not in chosen]


def _by_id(
    entry: TriageEntry, by_id: Mapping[str, int], findings: Sequence[Finding], doubts: Mapping[str, str]
) -> int | None:
    """The finding whose id an entry gives, or whose id derives from the identity that it gives."""
    place = None if entry.finding is None else by_id.get(entry.finding)
    if place is None and entry.identity is not None:
        place = by_id.get(finding_id(entry.identity.anchor, entry.identity.ordinal))
        if place is not None and findings[place].identity.anchor != entry.identity.anchor:
            return None
    if place is None:
        return None
    doubt = doubts.get(findings[place].id)
    return place if doubt is None or (entry.at or "") > doubt else None


def _same_text(entry: TriageEntry, finding: Finding) -> bool:
    if entry.identity is None:
        return True
    return (entry.identity.anchor, entry.identity.context) == (finding.identity.anchor, finding.identity.context)


def _was_followed(finding: Finding) -> bool:
    return finding.id != finding_id(finding.identity.anchor, finding.identity.ordinal)


def _entry_trace(entry: TriageEntry, rules: Mapping[str, str]) -> Trace | None:
    identity = entry.identity
    if identity is None or entry.rule is None or entry.path is None:
        return None
    return Trace(
        rules.get(entry.rule, entry.rule),
        entry.path,
        True,
        identity.scope,
        identity.code,
        identity.context,
        identity.line,
        identity.ordinal,
        (0, 0),
        None,
        "",
        None,
        (),
    )
