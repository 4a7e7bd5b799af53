"""What an assessment looked at, asked about one finding: was it fixed, removed, or not looked at; is it new?

Absence says nothing by itself. Only a check that ran, by the same revision of the rule, with data no older, and that
claims the asset as ``ok``, says that a weakness is gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pipesec_tui.model.assessment import AssessmentInfo, CheckRun, CheckStatus
from pipesec_tui.model.asset import file_urn, split_urn, unversioned
from pipesec_tui.model.comparison import Outcome, Reason
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Node

_RAN = frozenset({CheckStatus.OK, CheckStatus.PARTIAL})
_LOOKED = _RAN | {CheckStatus.NOT_APPLICABLE}
_WORST = (CoverageStatus.FAILED, CoverageStatus.SKIPPED, CoverageStatus.PARTIAL)
_IGNORED = ("ignored", "excluded")
"""How the inventory begins its reason for a file that the project itself ignores."""


class Looked:
    """The coverage of one assessment, by check and asset.

    rules   -- retired rule ids and their newest names
    renames -- paths as the asker knows them, and what they are called in this assessment
    """

    def __init__(
        self,
        info: AssessmentInfo,
        coverage: Iterable[Coverage],
        nodes: Iterable[Node],
        *,
        rules: Mapping[str, str],
        renames: Mapping[str, str],
    ) -> None:
        self._names = rules
        self._renames = renames
        self._runs = {run.id: run for run in info.checks}
        self._rows: defaultdict[str, dict[str, Coverage]] = defaultdict(dict)
        self._packages: defaultdict[tuple[str, str], list[Coverage]] = defaultdict(list)
        for row in coverage:
            rows = self._rows[row.check]
            known = rows.get(row.asset)
            if known is None or known.status is CoverageStatus.OK:  # two rows on one asset: the worse one counts
                rows[row.asset] = row
            if row.asset.startswith("pkg:"):
                self._packages[row.check, unversioned(row.asset)].append(row)
        self._nodes = {node.id for node in nodes}
        self._revisions: dict[str, dict[str, int]] = {}

    def run(self, check: str) -> CheckRun | None:
        return self._runs.get(check)

    def why_gone(self, finding: Finding, base: Looked) -> tuple[Outcome, Reason | None]:
        """What it means that this assessment lacks a finding of ``base``: fixed, removed or not assessed."""
        run = self._runs.get(finding.check)
        if run is None:
            return Outcome.NOT_ASSESSED, Reason.PLUGIN_MISSING
        if run.status not in _LOOKED:
            return Outcome.NOT_ASSESSED, _why_not_run(run)
        deleted = self._deleted(finding, base)
        if deleted is not None:
            return deleted
        if run.status is CheckStatus.NOT_APPLICABLE:
            return Outcome.NOT_ASSESSED, Reason.CHECK_NOT_RUN
        revision = self._revision(run, finding.rule)
        if revision is None:
            if not run.rules:  # an importer, say, that does not tell by which rules it judged
                return Outcome.NOT_ASSESSED, Reason.RULE_CHANGED
            return Outcome.REMOVED, Reason.RULE_RETIRED
        if revision != finding.rule_revision:
            return Outcome.NOT_ASSESSED, Reason.RULE_CHANGED
        earlier = base.run(finding.check)
        if earlier is not None and earlier.data is not None and (run.data is None or run.data.date < earlier.data.date):
            return Outcome.NOT_ASSESSED, Reason.DATA_OLDER
        return self._by_coverage(finding)

    def why_new(self, finding: Finding, head: Looked) -> Reason | None:
        """Why ``head`` has a finding that this, earlier, assessment lacks; None where it looked there and saw none."""
        run = self._runs.get(finding.check)
        if run is None or run.status not in _LOOKED:
            return Reason.NEW_COVERAGE
        if run.status is not CheckStatus.NOT_APPLICABLE and self._revision(run, finding.rule) != finding.rule_revision:
            return Reason.NEW_RULE
        if finding.asset.startswith("pkg:") and (purl := finding.location.purl or finding.asset) != unversioned(purl):
            seen = self._rows[finding.check].get(purl)
            if seen is not None:
                if seen.status is not CoverageStatus.OK:
                    return Reason.NEW_COVERAGE
                return Reason.NEW_ADVISORY if _newer_data(run, head.run(finding.check)) else None
        row = self._row(finding.check, finding.asset)
        path = finding.location.path
        if row is None and path is not None:
            row = self._row(finding.check, file_urn(path))
            if row is None and self._absent(self._file(path)):
                return None  # the file came later, so there was nothing to look at
        if row is None and self._node_known(finding.asset, head):
            return None
        return None if row is not None and row.status is CoverageStatus.OK else Reason.NEW_COVERAGE

    def _deleted(self, finding: Finding, base: Looked) -> tuple[Outcome, Reason | None] | None:
        """Whether the asset itself is gone, as far as the inventory or the data flow can tell."""
        path = _path(finding)
        if path is None:
            gone = base._node_known(finding.asset, self)
            return (Outcome.REMOVED, Reason.ASSET_DELETED) if gone else None
        asset = self._file(path)
        if self._absent(asset):
            return Outcome.REMOVED, Reason.ASSET_DELETED
        row = self._row_as_named(INVENTORY, asset)
        if row is None or row.status is CoverageStatus.OK:
            return None
        if row.status is CoverageStatus.SKIPPED and (row.reason or "").startswith(_IGNORED):
            return Outcome.REMOVED, Reason.EXCLUDED
        return Outcome.NOT_ASSESSED, _why_row(row)

    def _by_coverage(self, finding: Finding) -> tuple[Outcome, Reason | None]:
        path = finding.location.path
        in_file = None if path is None else self._row(finding.check, file_urn(path))
        if not finding.asset.startswith("pkg:"):
            return _judged([row] if (row := self._row(finding.check, finding.asset)) is not None else [])
        packages = self._packages.get((finding.check, unversioned(finding.asset)), [])
        if packages:
            # A file that could not be read may hold the package still, whatever others say of it.
            return _judged(packages if in_file is None else [*packages, in_file])
        if in_file is None:
            return Outcome.NOT_ASSESSED, Reason.NOT_REPORTED
        outcome, reason = _judged([in_file])
        return (Outcome.REMOVED, Reason.ASSET_DELETED) if outcome is Outcome.FIXED else (outcome, reason)

    def _file(self, path: str) -> str:
        return file_urn(self._renames.get(path, path))

    def _row(self, check: str, asset: str) -> Coverage | None:
        """A check's word on an asset, or on the nearest folder around it."""
        return self._row_as_named(check, self._file(asset[5:]) if asset.startswith("file:") else asset)

    def _row_as_named(self, check: str, asset: str) -> Coverage | None:
        rows = self._rows.get(check)
        if not rows:
            return None
        row = rows.get(asset)
        if row is not None or not asset.startswith("file:"):
            return row
        folder = asset[5:]
        while folder:
            folder = folder.rpartition("/")[0]
            for name in (f"dir:{folder}/", f"dir:{folder}") if folder else ("dir:.", "dir:./", "dir:"):
                if (row := rows.get(name)) is not None:
                    return row
        return None

    def _absent(self, asset: str) -> bool:
        """Whether there is an inventory, and it knows nothing of the file."""
        return bool(self._rows.get(INVENTORY)) and self._row_as_named(INVENTORY, asset) is None

    def _node_known(self, asset: str, other: Looked) -> bool:
        """Whether a node of the data flow is here and not in the other one, whose data flow was looked at too."""
        lineage = other.run("lineage")
        if asset in self._nodes:
            return lineage is not None and lineage.status in _RAN and asset not in other._nodes
        return False

    def _revision(self, run: CheckRun, rule: str) -> int | None:
        """The revision of a rule in a check that ran, whatever the rule was called there."""
        known = self._revisions.get(run.id)
        if known is None:
            known = {self._names.get(name, name): revision for name, revision in run.rules.items()}
            self._revisions[run.id] = known
        return known.get(self._names.get(rule, rule))


def _path(finding: Finding) -> str | None:
    if finding.location.path is not None:
        return finding.location.path
    kind, name = split_urn(finding.asset) if ":" in finding.asset else ("", "")
    return name if kind == "file" else None


def _judged(rows: Iterable[Coverage]) -> tuple[Outcome, Reason | None]:
    """Fixed where there are rows and all are ``ok``; otherwise not assessed, for the gravest reason."""
    found = {row.status: row for row in rows}
    for status in _WORST:
        if status in found:
            return Outcome.NOT_ASSESSED, _why_row(found[status])
    return (Outcome.FIXED, None) if found else (Outcome.NOT_ASSESSED, Reason.NOT_REPORTED)


def _why_row(row: Coverage) -> Reason:
    if _timed_out(row.reason):
        return Reason.TIMEOUT
    match row.status:
        case CoverageStatus.PARTIAL:
            return Reason.PARTIAL
        case CoverageStatus.SKIPPED:
            return Reason.SKIPPED
        case _:
            return Reason.CHECK_FAILED


def _why_not_run(run: CheckRun) -> Reason:
    if _timed_out(run.reason):
        return Reason.TIMEOUT
    if run.status is CheckStatus.MISSING:
        return Reason.PLUGIN_MISSING
    return Reason.CHECK_FAILED if run.status is CheckStatus.FAILED else Reason.CHECK_NOT_RUN


def _timed_out(reason: str | None) -> bool:
    """Reasons are prose; those words are what the engine and the checks use."""
    text = (reason or "").lower()
    return any(word in text for word in ("timeout", "timed out", "deadline"))


def _newer_data(base: CheckRun, head: CheckRun | None) -> bool:
    if base.data is None or head is None or head.data is None:
        return False
    return head.data.date > base.data.date
