"""What is planted in a demo, and holding findings against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct, toml

from pipesec_tui.demo import TRUTH
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding

ANYWHERE = "**"


class Planted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weakness to be found, where its area is built and ``active`` is set.

    ``advisory`` is an alias that the finding carries; ``line_contains`` is text on the weak line, None for the file.
    """

    area: Area
    path: str
    active: bool
    line_contains: str | None = None
    cwe: tuple[int, ...] = ()
    rule: str | None = None
    advisory: str | None = None
    note: str | None = None


class Clean(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place where no finding may be: a line, a file, or with the path ``**`` the whole pipeline."""

    path: str
    note: str
    area: Area | None = None
    line_contains: str | None = None


class Truth(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a ``truth.toml``."""

    planted: tuple[Planted, ...] = ()
    clean: tuple[Clean, ...] = ()


class Verdict(Struct, frozen=True):
    """How findings compare with the truth.

    missed   -- planted and active, and not found
    invented -- found where nothing is planted
    """

    missed: tuple[Planted, ...]
    invented: tuple[Finding, ...]


def read_truth(root: Path) -> Truth:
    """The truth of a demo's folder. Raises OSError or msgspec.DecodeError where it can't be read."""
    return toml.decode((root / TRUTH).read_bytes(), type=Truth)


def judge(truth: Truth, root: Path, findings: Iterable[Finding], areas: Collection[Area]) -> Verdict:
    """Hold the findings of some areas against what is planted in the demo at ``root``.

    A finding at a planted line counts as that weakness whichever of its rules fired; one at a planted line of
    another area isn't invented either, since checks may overlap there.
    """
    found = [finding for finding in findings if finding.area in areas]
    missed = tuple(
        planted
        for planted in truth.planted
        if planted.active and planted.area in areas and not any(_is(planted, finding, root) for finding in found)
    )
    places = [Clean(path=p.path, note="", line_contains=p.line_contains) for p in truth.planted]
    invented = tuple(finding for finding in found if not any(_at(place, finding, root) for place in places))
    return Verdict(missed, invented)


def unclean(truth: Truth, root: Path, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings at places that the truth calls clean."""
    return tuple(
        finding
        for finding in findings
        if any(_at(place, finding, root) for place in truth.clean if place.area in (None, finding.area))
    )


def _is(planted: Planted, finding: Finding, root: Path) -> bool:
    place = Clean(path=planted.path, note="", line_contains=planted.line_contains)
    return (
        finding.area is planted.area
        and planted.rule in (None, finding.rule)
        and (planted.advisory is None or planted.advisory in finding.aliases)
        and _at(place, finding, root)
    )


def _at(place: Clean, finding: Finding, root: Path) -> bool:
    if place.path == ANYWHERE:
        return True
    if finding.location.path != place.path:
        return False
    if place.line_contains is None:
        return True
    start = finding.location.start_line
    if start is None:
        return False
    lines = (
        (root / place.path).read_text("utf-8", "replace").splitlines()[start - 1 : finding.location.end_line or start]
    )
    return any(place.line_contains in line for line in lines)
