"""A whole assessment, held against its slowest tool alone, and against itself when little or nothing changed.

The code base is made here: some 100,000 lines of Python like those of real pipelines, so that nobody needs a download.

    python -m benchmarks.engine [--lines 100000] [FOLDER]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.ratio import Ratio, report

_MODULE = '''"""Stage {number}: cleans what the one before it wrote."""

import csv
import json
import logging
import sqlite3
from pathlib import Path

import pandas as pd

log = logging.getLogger(__name__)
SOURCE = Path("data/stage_{number}.csv")


class Cleaner{number}:
    """Normalizes rows and keeps count of what it refused."""

    def __init__(self, path: Path = SOURCE, limit: int = {limit}) -> None:
        self.path = path
        self.limit = limit
        self.refused = 0
'''
_METHOD = """
    def step_{step}(self, rows: list[dict[str, str]], column: str = "{column}") -> list[dict[str, str]]:
        kept = []
        for index, row in enumerate(rows):
            value = row.get(column, "").strip().lower()
            if not value or len(value) > self.limit:
                self.refused += 1
                log.warning("row %d refused: %s", index, column)
                continue
            row[column] = value.replace("{old}", "{new}")
            kept.append(row)
        frame = pd.DataFrame(kept)
        if frame.empty:
            return []
        summary = {{"rows": len(frame), "columns": list(frame.columns), "step": {step}}}
        Path("out").mkdir(exist_ok=True)
        Path(f"out/{{column}}_{step}.json").write_text(json.dumps(summary, indent=2))
        with sqlite3.connect("warehouse.db") as connection:
            connection.executemany("INSERT INTO clean VALUES (?, ?)", [(column, r[column]) for r in kept])
        return kept
"""
_WEAK = """
    def load_{step}(self, name):
        import pickle
        with sqlite3.connect("warehouse.db") as connection:
            connection.execute(f"DELETE FROM clean WHERE name = '{{name}}'")
        return pickle.load(open(name, "rb"))
"""


def make_code(folder: Path, lines: int) -> int:
    """Write a code base of about so many lines; how many there are."""
    chance = random.Random(11)  # noqa: S311 - the same at every run
    words = ("price", "email", "country", "rating", "comment", "product", "channel", "language")
    written = number = 0
    while written < lines:
        text = _MODULE.format(number=number, limit=chance.randint(100, 900))
        for step in range(chance.randint(4, 22)):
            old, new = chance.sample(words, 2)
            text += _METHOD.format(step=step, column=chance.choice(words), old=old, new=new)
        if number % 10 == 0:
            text += _WEAK.format(step=99)
        path = folder / f"package_{number % 20}" / f"stage_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written += text.count("\n")
        number += 1
    (folder / "requirements.txt").write_text("pandas==1.0.0\nrequests==2.19.1\n")
    return written


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def semgrep_alone(folder: Path, home: Path) -> None:
    """semgrep as a user would run it on the folder, with the same rules, and as many jobs as there are cores."""
    import pipesec_sast

    rules = Path(pipesec_sast.__file__).with_name("rules")
    command = [
        str(Path(sysconfig.get_path("scripts"), "semgrep")), "scan", "--experimental", "--oss-only", "--metrics", "off",
        "--disable-version-check", "--json", "-q", "-j", str(os.cpu_count() or 1), "--max-target-bytes", "0",
        "--config", str(rules), str(folder),
    ]  # fmt: skip
    environment = os.environ | {"SEMGREP_ENABLE_VERSION_CHECK": "0", "SEMGREP_SEND_METRICS": "off", "HOME": str(home)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def assess(folder: Path, home: Path) -> None:
    environment = os.environ | {"PIPESEC_HOME": str(home)}
    command = [sys.executable, "-m", "pipesec_tui.cli.main", "assess", str(folder), "--offline", "--allow-gaps"]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="a code base to use instead of the made one")
    parser.add_argument("--lines", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pipesec-bench-") as scratch:
        place, home = Path(scratch, "code"), Path(scratch, "home")
        if options.folder is not None:
            shutil.copytree(options.folder, place, symlinks=True)
        else:
            print(f"{make_code(place, options.lines):,} lines of Python")
        assess(Path(__file__).parent, Path(scratch, "warm"))  # the plugins are described once for each installation
        shutil.copytree(Path(scratch, "warm"), home)
        alone = timed(lambda: semgrep_alone(place, Path(scratch)))
        cold = timed(lambda: assess(place, home))
        unchanged = min(timed(lambda: assess(place, home)) for _ in range(3))
        for path in sorted(place.rglob("*.py"))[:10]:
            path.write_text(path.read_text() + "\nCHANGED = True\n")
        changed = timed(lambda: assess(place, home))
    return report(
        Ratio("cold assessment, against semgrep alone with the same rules", cold, alone, at_most=1.3),
        Ratio("unchanged assessment, against a cold one", unchanged, cold, at_most=0.1),
        Ratio("ten files changed, against a cold one", changed, cold, at_most=0.2),
    )


if __name__ == "__main__":
    sys.exit(main())
