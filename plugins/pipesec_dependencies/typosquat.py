"""Names that look like those of much used packages and are not: a slip of the pen installs whatever was put there."""

from __future__ import annotations

import functools
from importlib import resources

_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "5": "s"})
_SHORTEST = 5
"""Letters of a name; shorter ones are near to too many others."""


@functools.cache
def _names(file: str) -> frozenset[str]:
    text = resources.files("pipesec_dependencies").joinpath(file).read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def looks_like(key: str) -> str | None:
    """The much used package that a normalized name is easily mistaken for, or None: one letter more, less, other or
    swapped; digits for letters; hyphens left out; words in another order."""
    popular = _names("popular.txt")
    if len(key) < _SHORTEST or key in popular or key in _names("popular_neighbors.txt"):
        return None
    plain, words = _plain(key), sorted(key.split("-"))
    for name in sorted(popular):
        if len(name) < _SHORTEST:
            continue
        if plain == _plain(name) or (len(words) > 1 and words == sorted(name.split("-"))) or one_apart(key, name):
            return name
    return None


def _plain(key: str) -> str:
    return key.replace("-", "").translate(_LOOKALIKES).replace("rn", "m").replace("vv", "w")


def one_apart(one: str, other: str) -> bool:
    """Whether one edit turns a text into the other: a letter put in, left out or replaced, or two neighbors swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, tail = one[at:], other[at:]
    return (
        rest[1:] == tail[1:] or rest[1:] == tail or rest == tail[1:]
        or (rest[:2] == tail[1::-1] and len(rest) > 1 and rest[2:] == tail[2:])
    )  # fmt: skip
