"""Making findings of observations, and an assessment of results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.identity import finding_id
from pipesec_tui.model.lineage import Edge, Lineage, Node
from pipesec_tui.model.observation import Observation
from pipesec_tui.model.rule import RuleSpec


class Findings:
    """Turns one check's observations into findings, and counts those with equal anchors."""

    def __init__(self, check: str, area: Area, rules: Mapping[str, RuleSpec], seen_at: str) -> None:
        self._check = check
        self._area = area
        self._rules = rules
        self._seen_at = seen_at
        self._ordinals: Counter[str] = Counter()

    def make(self, seen: Observation) -> Finding:
        """The finding of an observation. Raises KeyError for a rule that the check does not declare."""
        rule = self._rules[seen.rule]
        anchor = seen.identity.anchor
        ordinal = self._ordinals[anchor]
        self._ordinals[anchor] += 1
        return Finding(
            id=finding_id(anchor, ordinal),
            identity=structs.replace(seen.identity, ordinal=ordinal),
            rule=rule.id,
            rule_revision=rule.revision,
            check=self._check,
            asset=seen.asset,
            area=self._area,
            severity=seen.severity or rule.severity,
            confidence=seen.confidence or rule.confidence,
            title=seen.title or rule.title,
            message=seen.message,
            location=seen.location,
            flow=seen.flow,
            cwe=seen.cwe if seen.cwe is not None else rule.cwe,
            aliases=seen.aliases or rule.aliases,
            cvss=seen.cvss,
            remediation=seen.remediation or rule.remedy,
            fixed_in=seen.fixed_in,
            evidence=seen.evidence,
            first_seen=self._seen_at,
        )

    def make_all(self, seen: Iterable[Observation]) -> list[Finding]:
        """The findings of all observations, in file order, so that ordinals do not depend on the order of arrival."""
        return [self.make(observation) for observation in sorted(seen, key=_place)]


def _place(seen: Observation) -> tuple[str, int, int, int, str, str, str]:
    at = seen.location
    return (
        at.path or "", at.start_line or 0, at.start_column or 0, at.end_line or 0, seen.rule, seen.identity.anchor,
        seen.message,
    )  # fmt: skip


def order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of documents: by path, place, rule and id."""

    def key(finding: Finding) -> tuple[str, int, int, str, str]:
        at = finding.location
        return at.path or "", at.start_line or 0, at.start_column or 0, finding.rule, finding.id

    return tuple(sorted(findings, key=key))


def merge_lineage(parts: Sequence[Lineage]) -> Lineage:
    """Lineage of several checks as one: a node once, with all evidence for it."""
    nodes: dict[str, Node] = {}
    for part in parts:
        for node in part.nodes:
            known = nodes.get(node.id)
            if known is not None:
                node = structs.replace(known, where=tuple(dict.fromkeys((*known.where, *node.where))))
            nodes[node.id] = node
    edges = {(e.source, e.target, e.kind, e.where, e.certainty): e for part in parts for e in part.edges}

    def key(edge: Edge) -> tuple[str, str, str, list[tuple[str, int]]]:
        return edge.source, edge.target, edge.kind.value, [(where.path, where.line or 0) for where in edge.where]

    ordered = sorted(edges.values(), key=key)
    return Lineage(nodes=tuple(nodes[name] for name in sorted(nodes)), edges=tuple(ordered))
