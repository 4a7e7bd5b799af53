"""Durations as pipesec.toml writes them."""

from __future__ import annotations

import datetime as dt
import re

_DURATION = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_UNIT = {
    "s": dt.timedelta(seconds=1),
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": dt.timedelta(days=1),
    "w": dt.timedelta(weeks=1),
}


def parse_duration(text: str) -> dt.timedelta:
    """``7d``, ``12h``, ``30m``, ``45s`` or ``2w`` as a time span longer than nothing. Raises ValueError for others."""
    match = _DURATION.fullmatch(text.strip())
    span = int(match[1]) * _UNIT[match[2]] if match else dt.timedelta()
    if not span:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 7d, 12h, 30m or 45s")
    return span
