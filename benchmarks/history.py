"""How the history holds up: ratios against a named alternative in the same run, never bare times.

    python benchmarks/history.py [--quick|--full]

stores     storing 100,000 findings against raw `executemany` of the very same rows into the same tables: at most 2.5
records    recording 100,000 against the assessment before with 1 % replaced, matching included, against storing: 5
compares   comparing two adjacent assessments against reading one back: at most 0.2
grows      100 assessments, 1 % of findings replaced in each, against one, on disk: at most 2.5.
           Of 20,000 findings each, since the ratio does not depend on it; --full takes 100,000 and minutes
"""

from __future__ import annotations

import argparse
import gc
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from pipesec_tui.history.connection import connect
from pipesec_tui.history.store import History
from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import Assessment, AssessmentInfo, AssessmentStatus, CheckRun
from pipesec_tui.model.asset import file_urn
from pipesec_tui.model.coverage import INVENTORY, Coverage, CoverageStatus
from pipesec_tui.model.finding import Finding, Identity, Location
from pipesec_tui.model.identity import anchor, digest, finding_id
from pipesec_tui.model.severity import Confidence, Severity

T = TypeVar("T")

GOALS = {"stores": 2.5, "records": 5.0, "compares": 0.2, "grows": 2.5}
RULES = 40
PER_FILE = 20
WORDS = ("the", "value", "comes", "from", "an", "untrusted", "source", "reaches", "call", "command", "without", "check")


class Generator:
    """Makes findings as alike as those of a real code base: some 400 bytes of text each, 20 to a file."""

    def __init__(self, count: int) -> None:
        self._random = random.Random(7)  # noqa: S311  made-up words
        self._made = 0
        self.files = [f"services/{n % 50:02d}/pipeline/module_{n:05d}.py" for n in range(max(1, count // PER_FILE))]

    def finding(self, path: str) -> Finding:
        number = self._made
        self._made += 1
        rule = f"rule-{number % RULES:02d}"
        scope, code = f"Loader.step_{number % 7}", digest(str(number))
        place = anchor(rule, path, scope, code)
        words = " ".join(self._random.choices(WORDS, k=40))
        line = self._random.randrange(1, 900)
        return Finding(
            id=finding_id(place, 0), rule=rule, check="sast", asset=file_urn(path), area=Area.SAST,
            identity=Identity(
                anchor=place, scope=scope, context=digest("c", str(number)), code=code, line=digest("l", str(number))
            ),
            severity=list(Severity)[number % 5], confidence=Confidence.HIGH, title=f"Weakness {number}",
            message=f"{words} {number}", cwe=(78,), remediation="Pass a list of arguments and no shell.",
            location=Location(path=path, start_line=line, end_line=line + 1, start_column=5, end_column=60),
            evidence={"call": f"subprocess.run(query_{number}, shell=True)", "sink": "subprocess.run"},
            priority=number % 100 / 10, exposed_to=("source:feedback",),
        )  # fmt: skip

    def first(self, count: int) -> Assessment:
        findings = [self.finding(self.files[n % len(self.files)]) for n in range(count)]
        coverage = [
            Coverage(check=check, asset=file_urn(path), status=CoverageStatus.OK)
            for check in (INVENTORY, "sast", "secrets")
            for path in self.files
        ]
        return self._assessment(tuple(findings), tuple(coverage), 0)

    def following(self, assessment: Assessment, step: int) -> Assessment:
        """1 % of the findings gone and as many new."""
        findings = list(assessment.findings)
        for place in self._random.sample(range(len(findings)), len(findings) // 100):
            findings[place] = self.finding(findings[place].location.path or "")
        return self._assessment(tuple(findings), assessment.coverage, step)

    def _assessment(self, findings: tuple[Finding, ...], coverage: tuple[Coverage, ...], step: int) -> Assessment:
        rules = {f"rule-{n:02d}": 1 for n in range(RULES)}
        at = f"2026-01-01T{step // 60:02d}:{step % 60:02d}:00Z"
        info = AssessmentInfo(
            id="", project="bench", branch="main", status=AssessmentStatus.COMPLETE, started_at=at, finished_at=at,
            commit=None, pipesec="bench",
            checks=tuple(CheckRun(id=c, plugin=c, version="1", rules=rules) for c in ("sast", "secrets")),
        )  # fmt: skip
        return Assessment(assessment=info, findings=findings, coverage=coverage)


def record(history: History, assessment: Assessment) -> tuple[Assessment, float]:
    recording = history.begin(
        "bench", "main", default_branch=None, commit=None, started_at=assessment.assessment.started_at, pipesec="bench"
    )
    return timed(lambda: recording.finish(assessment))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def raw(source: Path, folder: Path, name: str) -> float:
    """Put the rows of a history into an empty one with `executemany`; the same settings, tables and indexes."""
    origin = sqlite3.connect(source)
    tables = [
        table
        for (table,) in origin.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rootpage")
        if not table.startswith(("sqlite_", "_sqlite"))
    ]
    rows = {table: origin.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    origin.close()
    connection = connect(folder / name)

    def store() -> None:
        connection.execute("BEGIN IMMEDIATE")
        for table, content in rows.items():
            if content:
                marks = ",".join("?" * len(content[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", content)  # noqa: S608
        connection.execute("COMMIT")

    _, seconds = timed(store)
    connection.close()
    return seconds


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*") if file.is_file())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2,000 findings and 10 assessments: only whether it runs")
    parser.add_argument("--full", action="store_true", help="let the history of 100,000 findings grow, too")
    arguments = parser.parse_args()
    quick: bool = arguments.quick
    count, steps, tries = (2_000, 10, 1) if quick else (100_000, 100, 3)
    growing = count if quick or arguments.full else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratios = measure(folder, count, tries)
        ratios["grows"] = measure_growth(folder, growing, steps)
    failed = False
    for what, ratio in ratios.items():
        held = ratio <= GOALS[what]
        failed |= not held
        print(f"history {what:9} {ratio:6.2f}  (at most {GOALS[what]}){'' if held else '  MISSED'}")
    return int(failed and not quick)


def measure(folder: Path, count: int, tries: int) -> dict[str, float]:
    generator = Generator(count)
    first = generator.first(count)
    second = generator.following(first, 1)
    stored, recorded, raws, loads, compares = [], [], [], [], []
    for n in range(tries):
        path = folder / f"{n}.sqlite"
        with History.open(path) as history:
            a, seconds = record(history, first)
            stored.append(seconds)
            closed_size(history)
            raws.append(raw(path, folder, f"raw{n}.sqlite"))
            b, seconds = record(history, second)
            recorded.append(seconds)
            base, head = a.assessment.id, b.assessment.id
            loads.append(timed(partial(history.load, head))[1])
            compares.append(timed(partial(history.compare, base, head))[1])
    return {
        "stores": min(stored) / min(raws),
        "records": min(recorded) / min(stored),
        "compares": min(compares) / min(loads),
    }


def measure_growth(folder: Path, count: int, steps: int) -> float:
    generator = Generator(count)
    with History.open(folder / "growing.sqlite") as history:
        current = generator.first(count)
        record(history, current)
        size_of_one = closed_size(history)
        for step in range(1, steps):
            current = generator.following(current, step)
            record(history, current)
        if wrong := history.check():
            raise SystemExit(f"the history is not sound: {wrong}")
        return closed_size(history) / size_of_one


def closed_size(history: History) -> int:
    """Bytes on disk, with the write-ahead log folded in."""
    connection = sqlite3.connect(history.path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return size(history.path)


if __name__ == "__main__":
    sys.exit(main())
