"""The filter's small language: ``severity>=high area:sast path:etl/ status:open new word``.

Words are separated by spaces; quotes keep one together. ``field:value`` narrows, several values with commas
between widen; ``severity`` also takes ``>= > <= <``. ``new``, ``changed``, ``reopened`` and ``unseen`` (carried
over, since the check did not look again) stand by themselves; put quotes around them to search for the word.
Anything else is looked for in rule, path, id, title and message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from msgspec import structs

from pipesec_tui.history.store import FindingFilter
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.severity import Severity

MEMBER = TypeVar("MEMBER", bound=Enum)

_WORD = re.compile(r'\s*(?P<name>[a-z_]+)(?P<sign>>=|<=|[:=><])|\s*(?P<quote>")(?P<quoted>[^"]*)"?|\s*(?P<word>\S+)')
_VALUE = re.compile(r'"([^"]*)"?|(\S*)')
_FLAGS = ("new", "changed", "reopened")
FIELDS = ("severity", "area", "status", "rule", "path", "is")


class QueryError(ValueError):
    """A filter that can't be understood; the message is one line for the user."""


def parse(text: str) -> FindingFilter:
    """A filter out of what the user wrote. Raises QueryError."""
    found = FindingFilter()
    place = 0
    text = text.strip()
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            break
        place = match.end()
        if match["name"] is not None:
            value = _VALUE.match(text, place)
            assert value is not None
            place = value.end()
            found = _field(found, match["name"], match["sign"], value[1] if value[1] is not None else value[2])
        elif match["quote"]:
            if match["quoted"]:
                found = structs.replace(found, words=(*found.words, match["quoted"]))
        else:
            found = _bare(found, match["word"])
    return found


def _bare(found: FindingFilter, word: str) -> FindingFilter:
    if word in _FLAGS:
        return structs.replace(found, began=(*found.began, word))
    if word == "unseen":
        return structs.replace(found, not_assessed=True)
    return structs.replace(found, words=(*found.words, word))


def _field(found: FindingFilter, name: str, sign: str, value: str) -> FindingFilter:
    if name not in FIELDS:
        raise QueryError(f"there is no {name!r} to filter by; there are {', '.join(FIELDS)}")
    if sign in (">=", "<=", ">", "<") and name != "severity":
        raise QueryError(f"{name} has no order: write {name}:{value or 'VALUE'}")
    if not value:
        raise QueryError(f"{name}{sign} wants a value behind it")
    if name == "severity":
        return structs.replace(found, severities=_severities(sign, value))
    if name == "area":
        return structs.replace(found, areas=_members(Area, name, value))
    if name == "status":
        return structs.replace(found, statuses=_members(FindingStatus, name, value))
    if name == "is":
        for word in value.split(","):
            if word not in (*_FLAGS, "unseen"):
                raise QueryError(f"is: {word!r} is none of {', '.join((*_FLAGS, 'unseen'))}")
            found = _bare(found, word)
        return found
    parts = tuple(part for part in value.split(",") if part)
    return structs.replace(found, rules=parts) if name == "rule" else structs.replace(found, paths=parts)


def _severities(sign: str, value: str) -> tuple[Severity, ...]:
    holds: dict[str, Callable[[Severity, Severity], bool]] = {
        ">=": lambda a, b: a >= b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, "<": lambda a, b: a < b,
    }  # fmt: skip
    if sign not in holds:
        return _members(Severity, "severity", value)
    bound = _members(Severity, "severity", value)
    if len(bound) != 1:
        raise QueryError(f"severity{sign} takes one severity, not {value}")
    chosen = tuple(severity for severity in Severity if holds[sign](severity, bound[0]))
    if not chosen:
        raise QueryError(f"no severity is {sign} {bound[0].value}")
    return chosen


def _members(kind: type[MEMBER], name: str, value: str) -> tuple[MEMBER, ...]:
    """Members by name; the beginning of a name will do where it means only one."""
    chosen: list[MEMBER] = []
    for part in value.split(","):
        if not part:
            continue
        wanted = part.lower().replace("-", "_")
        fits = [member for member in kind if member.value == wanted]
        fits = fits or [member for member in kind if str(member.value).startswith(wanted)]
        if len(fits) != 1:
            names = ", ".join(str(member.value) for member in kind)
            raise QueryError(f"{name}: {part!r} is {'none' if not fits else 'more than one'} of {names}")
        chosen += fits
    if not chosen:
        raise QueryError(f"{name}: wants a value")
    return tuple(chosen)
