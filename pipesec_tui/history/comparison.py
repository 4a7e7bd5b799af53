"""Comparing two assessments from their documents alone, so that it works on a machine that remembers nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipesec_tui.history.covering import Looked
from pipesec_tui.history.matching import match_findings
from pipesec_tui.history.trace import rule_names
from pipesec_tui.model.assessment import Assessment, AssessmentInfo
from pipesec_tui.model.comparison import ComparedFinding, Comparison, Outcome
from pipesec_tui.model.finding import Finding


def compare(base: Assessment, head: Assessment, *, renames: Mapping[str, str] | None = None) -> Comparison:
    """What became of the findings of ``base`` in ``head``.

    ``renames`` maps paths in ``base`` to paths in ``head``, where they are known; others are told from the findings.
    Findings come in the order of ``head``, and those that it lacks in the order of ``base``.
    """
    rules = rule_names(base.assessment, head.assessment)
    known = {finding.id: place for place, finding in enumerate(base.findings)}
    carried = {  # what was carried over is what it was, whatever else looks like it
        place: known[finding.id]
        for place, finding in enumerate(head.findings)
        if finding.not_assessed is not None
        and finding.id in known
        and base.findings[known[finding.id]].identity == finding.identity
    }
    matching = match_findings(base.findings, head.findings, rules=rules, renames=renames, known=carried)
    then, now = both_looked(base, head, matching.renames)
    weigh = Weighing(base.assessment, head.assessment, then, now)
    partner = {pair.head: pair for pair in matching.pairs}
    for index, finding in enumerate(head.findings):
        pair = partner.get(index)
        if pair is None:
            weigh.unmatched(finding)
        else:
            weigh.matched(base.findings[pair.base], finding, pair.match_pass)
    for index in matching.base_rest:
        weigh.gone(base.findings[index])
    return weigh.comparison()


def both_looked(base: Assessment, head: Assessment, renames: Mapping[str, str]) -> tuple[Looked, Looked]:
    """What each of two assessments looked at, where ``base`` is asked about findings of ``head`` and the reverse."""
    rules = rule_names(base.assessment, head.assessment)
    back = {new: old for old, new in renames.items()}
    return (
        Looked(base.assessment, base.coverage, base.lineage.nodes, rules=rules, renames=back),
        Looked(head.assessment, head.coverage, head.lineage.nodes, rules=rules, renames=renames),
    )


class Weighing:
    """Gives every finding its outcome, once matching is done. Used alike on documents and on the stored history."""

    def __init__(self, base: AssessmentInfo, head: AssessmentInfo, then: Looked, now: Looked) -> None:
        self._base, self._head = base, head
        self._then, self._now = then, now
        self._found: dict[Outcome, list[ComparedFinding]] = {outcome: [] for outcome in Outcome}
        self._unchanged = 0

    def matched(self, old: Finding, new: Finding, match_pass: int) -> None:
        if new.not_assessed is not None:
            self._add(Outcome.NOT_ASSESSED, new, match_pass, new.not_assessed)
        elif fields := changed_fields(old, new):
            self._add(Outcome.CHANGED, new, match_pass, ",".join(fields))
        else:
            self._unchanged += 1

    def unmatched(self, new: Finding) -> None:
        if new.not_assessed is not None:
            self._add(Outcome.NOT_ASSESSED, new, None, new.not_assessed)
        elif new.reopened_at is not None and new.reopened_at > self._base.started_at:
            self._add(Outcome.REOPENED, new, None, None)
        else:
            reason = self._then.why_new(new, self._now)
            self._add(Outcome.NEW, new, None, reason.value if reason else None)

    def gone(self, old: Finding) -> None:
        outcome, reason = self._now.why_gone(old, self._then)
        self._add(outcome, old, None, reason.value if reason else None)

    def unchanged(self, count: int) -> None:
        self._unchanged += count

    def comparison(self) -> Comparison:
        found = self._found
        return Comparison(
            base=self._base,
            head=self._head,
            new=tuple(found[Outcome.NEW]),
            fixed=tuple(found[Outcome.FIXED]),
            unchanged_count=self._unchanged,
            changed=tuple(found[Outcome.CHANGED]),
            reopened=tuple(found[Outcome.REOPENED]),
            removed=tuple(found[Outcome.REMOVED]),
            not_assessed=tuple(found[Outcome.NOT_ASSESSED]),
        )

    def _add(self, outcome: Outcome, finding: Finding, match_pass: int | None, reason: str | None) -> None:
        self._found[outcome].append(ComparedFinding.of(finding, match_pass, reason))


_COMPARED: Mapping[str, Callable[[Finding], object]] = {
    "severity": lambda f: f.severity,
    "confidence": lambda f: f.confidence,
    "message": lambda f: f.message,
    "location": lambda f: (f.location.path, f.location.purl),
    "fixed_in": lambda f: f.fixed_in,
    "rule_revision": lambda f: f.rule_revision,
    "status": lambda f: f.status,
}


def changed_fields(old: Finding, new: Finding) -> list[str]:
    """The names of what a reader would call a change. A line that moved is none; a file or a version is."""
    return [name for name, read in _COMPARED.items() if read(old) != read(new)]


def document_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as they stand in a stored assessment: by place, rule and identity."""
    return tuple(sorted(findings, key=_place_in_document))


def _place_in_document(finding: Finding) -> tuple[str, int, int, str, str, int, str]:
    where, identity = finding.location, finding.identity
    return (
        where.path if where.path is not None else finding.asset,
        where.start_line or 0,
        where.start_column or 0,
        finding.rule,
        identity.anchor,
        identity.ordinal,
        finding.id,
    )
