"""What was and wasn't looked at, kept until the end: of several words on one asset the worst is told."""

from __future__ import annotations

from pipesec_tui import CoverageStatus, Emit

_ORDER = (CoverageStatus.OK, CoverageStatus.SKIPPED, CoverageStatus.PARTIAL, CoverageStatus.FAILED)


class Ledger:
    """Coverage by asset."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[CoverageStatus, str | None]] = {}

    @property
    def is_empty(self) -> bool:
        """Nothing was said of any asset."""
        return not self._rows

    def ok(self, asset: str, reason: str | None = None) -> None:
        self._say(asset, CoverageStatus.OK, reason)

    def skipped(self, asset: str, reason: str) -> None:
        self._say(asset, CoverageStatus.SKIPPED, reason)

    def partial(self, asset: str, reason: str) -> None:
        self._say(asset, CoverageStatus.PARTIAL, reason)

    def failed(self, asset: str, reason: str) -> None:
        self._say(asset, CoverageStatus.FAILED, reason)

    def emit(self, emit: Emit) -> None:
        """Tells all rows, in the order of their assets."""
        for asset, (status, reason) in sorted(self._rows.items(), key=lambda row: row[0]):
            emit.coverage(asset, status, reason)

    def _say(self, asset: str, status: CoverageStatus, reason: str | None) -> None:
        known = self._rows.get(asset)
        if known is None or _ORDER.index(status) > _ORDER.index(known[0]):
            self._rows[asset] = (status, reason)
