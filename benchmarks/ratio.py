"""How benchmarks tell what they measured: a ratio, what it is to, and what it may be at most."""

from __future__ import annotations

from msgspec import Struct


class Ratio(Struct, frozen=True):
    """``ours`` to ``theirs``, in the same unit."""

    what: str
    ours: float
    theirs: float
    at_most: float

    @property
    def value(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.value <= self.at_most


def report(*ratios: Ratio) -> int:
    """Print the ratios; 0 where all hold, 1 where one does not."""
    for ratio in ratios:
        verdict = "holds" if ratio.holds else "FALLS SHORT"
        print(f"{ratio.what}: {ratio.value:.3g} (at most {ratio.at_most:g}): {verdict}")
    return 0 if all(ratio.holds for ratio in ratios) else 1
