"""`make bench`: all benchmarks, one after the other. Exit status 1 where a ratio falls short."""

from __future__ import annotations

import subprocess
import sys

SUITES = ("startup", "dependencies", "history", "engine", "workbench")


def main() -> int:
    worst = 0
    for suite in SUITES:
        print(f"== {suite}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{suite}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
