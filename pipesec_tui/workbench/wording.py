"""How things are written on screen. A color never says anything that a word or sign does not say too."""

from __future__ import annotations

import datetime as dt

from pipesec_tui.model.comparison import Outcome
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity
from pipesec_tui.report.escape import terminal_safe

LONGEST = 400
"""Characters of a text that a line of a list looks at; the rest could not be seen."""

SEVERITY_WORDS = {
    Severity.CRITICAL: "C CRIT", Severity.HIGH: "H HIGH", Severity.MEDIUM: "M MED", Severity.LOW: "L LOW",
    Severity.INFO: "I INFO",
}  # fmt: skip

STATUS_WORDS = {
    FindingStatus.OPEN: "open", FindingStatus.ACCEPTED: "accepted", FindingStatus.FALSE_POSITIVE: "false positive",
    FindingStatus.FIXED: "fixed",
}  # fmt: skip

OUTCOME_WORDS = {
    Outcome.NEW: "+ new", Outcome.FIXED: "- fixed", Outcome.CHANGED: "~ changed", Outcome.REOPENED: "! reopened",
    Outcome.REMOVED: "x removed", Outcome.NOT_ASSESSED: "? not assessed", Outcome.UNCHANGED: "= unchanged",
}  # fmt: skip


def line(text: str, longest: int = LONGEST) -> str:
    """Text of a target for a list: on one line, harmless, and not longer than anybody could see."""
    cut = text[:longest]
    return terminal_safe(cut)


def place(finding: Finding) -> str:
    """Where a finding is."""
    at = finding.location
    if at.path is None:
        return line(finding.asset)
    return line(f"{at.path}:{at.start_line}" if at.start_line else at.path)


def ago(moment: str | None, now: dt.datetime | None = None) -> str:
    """``3 h ago`` for a time in ISO 8601; the text as it is where it isn't one."""
    if moment is None:
        return "never"
    then = _time(moment)
    if then is None:
        return line(moment)
    seconds = int(((now or dt.datetime.now(tz=dt.UTC)) - then).total_seconds())
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word} ago"
    return "just now"


def day(moment: str | None) -> str:
    """Date and time to the minute, as they stand in the document (UTC)."""
    then = _time(moment) if moment else None
    return then.strftime("%Y-%m-%d %H:%M") if then else line(moment or "")


def _time(moment: str) -> dt.datetime | None:
    try:
        then = dt.datetime.fromisoformat(moment)
    except ValueError:
        return None
    return then if then.tzinfo else then.replace(tzinfo=dt.UTC)


def short(identifier: str) -> str:
    """The part of an id that tells it apart."""
    return identifier[:14] if identifier.startswith("A-") else identifier[:12]


def bar(share: float, width: int) -> str:
    """A bar of block characters; ``share`` from 0 to 1."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def spark(values: list[int]) -> str:
    """One character a value, from ▁ to █."""
    top = max(values, default=0)
    return "".join("▁▂▃▄▅▆▇█"[min(7, value * 8 // (top + 1))] for value in values) if top else "▁" * len(values)


def number(count: int) -> str:
    """A count in at most four characters: ``9999``, ``20k``, ``3M``; rounded down."""
    if count < 10_000:
        return str(count)
    return f"{count // 1_000}k" if count < 1_000_000 else f"{count // 1_000_000}M"
