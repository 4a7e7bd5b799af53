"""Reports: one file a format. Each is imported when it is used, and each tells gaps as plainly as findings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol, TextIO, cast

from msgspec import Struct

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.report.context import GateOutcome, GateText, ReportContext

__all__ = ["FORMATS", "Format", "GateOutcome", "GateText", "ReportContext"]


class Writer(Protocol):
    """What a format's module must do. The stream takes text and does not translate line ends; nothing is read from
    the clock, so that equal documents and contexts give equal bytes."""

    def write_assessment(self, assessment: Assessment, stream: TextIO, context: ReportContext) -> None: ...
    def write_comparison(self, comparison: Comparison, stream: TextIO, context: ReportContext) -> None: ...


class Format(Struct, frozen=True, kw_only=True):
    """A format that pipesec writes. ``compares``: it can tell a comparison too."""

    name: str
    title: str
    extension: str
    media_type: str
    module: str
    compares: bool = True

    def assessment(self, assessment: Assessment, stream: TextIO, *, context: ReportContext) -> None:
        """Write an assessment. Raises what the stream raises."""
        self._writer().write_assessment(assessment, stream, context)

    def comparison(self, comparison: Comparison, stream: TextIO, *, context: ReportContext) -> None:
        """Write a comparison. Raises what the stream raises; ValueError where the format can't."""
        if not self.compares:
            raise ValueError(f"{self.name} can't tell a comparison")
        self._writer().write_comparison(comparison, stream, context)

    def _writer(self) -> Writer:
        return cast(Writer, import_module(self.module))


def _format(name: str, title: str, extension: str, media_type: str, module: str, *, compares: bool = True) -> Format:
    return Format(
        name=name, title=title, extension=extension, media_type=media_type, module=f"{__name__}.{module}",
        compares=compares,
    )  # fmt: skip


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            _format("table", "A summary for the terminal", "txt", "text/plain", "table"),
            _format("json", "pipesec's own document, whole", "json", "application/json", "document"),
            _format("markdown", "A comment on a pull request", "md", "text/markdown", "markdown"),
            _format("sarif", "SARIF 2.1.0, for code scanning", "sarif", "application/sarif+json", "sarif"),
            _format("csv", "A spreadsheet", "csv", "text/csv", "spreadsheet"),
            _format(
                "cyclonedx",
                "A bill of materials, CycloneDX 1.6",
                "cdx.json",
                "application/vnd.cyclonedx+json",
                "cyclonedx",
                compares=False,
            ),
            _format("html", "One page that works offline", "html", "text/html", "page"),
        )
    }
)
