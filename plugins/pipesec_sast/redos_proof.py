"""Seeing a pattern slow down: run on texts of growing length in a child process, which has little time and memory.

Only the pattern's text goes there, never code of the target. A slowdown counts as proven where the time of three texts
grows by far more than their length does. The factors leave room for a busy machine, each time is the least of three,
and what was not proven is tried once more, so that one answer is given again and again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache

from msgspec import Struct

from pipesec_sast.redos import Slowdown
from pipesec_sast.redos_pump import pumps

SECONDS = 1.0
"""What the child may take of the processor for one pattern; by the clock it may take three times that."""

_CHILD = r"""
import json, re, resource, sys, time, warnings
warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
asked = json.load(sys.stdin)
pattern = asked["pattern"].encode("latin-1") if asked["bytes"] else asked["pattern"]
run = getattr(re.compile(pattern, asked["flags"]), asked["method"])
for number, (prefix, word, suffix) in enumerate(asked["texts"]):
    spent, rows = time.perf_counter(), []
    for count in asked["counts"]:
        text = prefix + word * count + suffix
        text = text.encode("latin-1", "replace") if asked["bytes"] else text
        best = None
        for _ in range(3):
            began = time.perf_counter()
            run(text)
            took = time.perf_counter() - began
            best = took if best is None else min(best, took)
            if took > 0.02:
                break
        rows.append((number, count, len(text), best))
        if best > asked["enough"] or time.perf_counter() - spent > 0.35:
            break
    print(json.dumps(rows[-3:]), flush=True)
    if best > asked["enough"]:
        break
"""
_EXPONENTIAL_COUNTS = tuple(range(4, 41))
_POLYNOMIAL_COUNTS = tuple(32 << step for step in range(9))
_ENOUGH = 0.05
_FLOOR = 0.0005
"""Seconds: shorter times say more of the clock than of the pattern."""
_SUFFIXES = ("\x01", "\n\x01", "")


class Proof(Struct, frozen=True):
    """What was seen. ``lengths`` in characters and ``seconds`` belong together, in rising order."""

    pump: str
    lengths: tuple[int, ...]
    seconds: tuple[float, ...]


@lru_cache(maxsize=4096)
def prove(
    pattern: str, flags: int, slowdown: Slowdown, *, whole: bool, anywhere: bool, binary: bool = False
) -> Proof | None:
    """The proof that a pattern is slow, or None where it could not be given. Tries twice."""
    try:
        candidates = pumps(pattern, flags, slowdown, whole=whole, anywhere=anywhere)
    except (ValueError, RecursionError, OverflowError):
        return None
    texts = [(pump.prefix, pump.word, suffix) for pump in candidates for suffix in _SUFFIXES]
    if not texts:
        return None
    asked = {
        "pattern": pattern, "flags": flags, "bytes": binary, "texts": texts, "enough": _ENOUGH,
        "method": "fullmatch" if whole else "search" if anywhere else "match",
        "counts": _EXPONENTIAL_COUNTS if slowdown is Slowdown.EXPONENTIAL else _POLYNOMIAL_COUNTS,
    }  # fmt: skip
    for _ in range(2):
        proof = _grown(_measure(asked), texts, slowdown)
        if proof is not None:
            return proof
    return None


def _measure(asked: dict[str, object]) -> list[tuple[int, int, int, float]]:
    """Rows of the child: number of the text, count of words, length, seconds; as far as it got in its time."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD], input=json.dumps(asked).encode(), env={},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=3 * SECONDS, check=False,
        )  # fmt: skip
        said = child.stdout
    except subprocess.TimeoutExpired as stopped:
        said = stopped.stdout or b""
    rows: list[tuple[int, int, int, float]] = []
    for line in said.splitlines():
        try:
            rows.extend((number, count, length, seconds) for number, count, length, seconds in json.loads(line))
        except ValueError:
            break  # the child was stopped in the middle of a line
    return rows


def _grown(
    rows: list[tuple[int, int, int, float]], texts: list[tuple[str, str, str]], slowdown: Slowdown
) -> Proof | None:
    """Whether the last three times of a text grow as they must: by half for each exponential word, and by far more than
    twice where the length is doubled. A linear pattern would stay at 1 and 2."""
    least = 1.4 if slowdown is Slowdown.EXPONENTIAL else 2.8
    for number, (_, word, _) in enumerate(texts):
        mine = [row for row in rows if row[0] == number and row[3] >= _FLOOR][-3:]
        if len(mine) < 3 or mine[-1][3] < _ENOUGH / 5:
            continue
        growth = (mine[2][3] / mine[0][3]) ** 0.5
        if growth >= least and mine[0][3] < mine[1][3] < mine[2][3]:
            prefix, word, suffix = texts[number]
            pump = f"{prefix!a} + {word!a} * {mine[2][1]} + {suffix!a}"
            return Proof(pump, tuple(row[2] for row in mine), tuple(float(f"{row[3]:.1g}") for row in mine))
    return None
