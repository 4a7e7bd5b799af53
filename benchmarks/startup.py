"""`pipesec --version` against `python -c pass`: what every call costs before it does anything."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from benchmarks.ratio import Ratio, report

_REPEATS = 15


def quickest(command: list[str]) -> float:
    """Seconds of the quickest of several runs: what else the machine does can only add."""
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> int:
    script = str(Path(sysconfig.get_path("scripts"), "pipesec"))
    ours, theirs = quickest([script, "--version"]), quickest([sys.executable, "-c", "pass"])
    return report(Ratio("pipesec --version, against python -c pass", ours, theirs, at_most=8))


if __name__ == "__main__":
    sys.exit(main())
