"""Driving semgrep: offline, on files that are named one by one, with nothing taken from the target.

osemgrep (``--experimental``) starts in 0.14 s where the Python front end needs some 3 s, and finds the same. A target's
``.semgrepignore``, ``nosemgrep`` comments, size and directory names hide nothing, since paths are explicit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

RULE_SECONDS = 10
"""What one rule may take on one file."""

PACK = Path(__file__).parent / "rules"

_BATCH_SECONDS = 60.0
_FILE_SECONDS = 2.0
_FLAGS = (
    "--oss-only", "--metrics", "off", "--disable-version-check", "--json", "-q", "--no-rewrite-rule-ids",
    "--disable-nosem", "--max-target-bytes", "0", "--timeout", str(RULE_SECONDS),
)  # fmt: skip


class SemgrepMissing(Exception):
    """semgrep is not installed beside this Python."""


class SemgrepFailed(Exception):
    """semgrep ended without a readable answer. The text says how, in one line.

    ``refused`` -- it does not know the option for its quicker front end
    """

    def __init__(self, said: str, refused: bool = False) -> None:
        super().__init__(said)
        self.refused = refused


class Point(Struct, frozen=True):
    """A place in a file: line and column count from 1, the column in bytes."""

    line: int
    col: int


class Match(Struct, frozen=True):
    """One match of a rule."""

    check_id: str
    path: str
    start: Point
    end: Point


class Problem(Struct, frozen=True):
    """What semgrep could not do: with a file, with a rule, or at all."""

    type: str | list[object] = ""
    message: str = ""
    path: str | None = None
    rule_id: str | None = None

    @property
    def kind(self) -> str:
        """``type`` as one word; osemgrep writes some as a list whose head is the word."""
        return self.type if isinstance(self.type, str) else str(self.type[0]) if self.type else ""


class Paths(Struct, frozen=True):
    scanned: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """semgrep's JSON, as far as it is used."""

    results: tuple[Match, ...] = ()
    errors: tuple[Problem, ...] = ()
    paths: Paths = Paths()


class Scan:
    """One run of semgrep on some files, started at once so that the caller can work beside it."""

    def __init__(self, targets: Sequence[str], workdir: Path, jobs: int, experimental: bool = True) -> None:
        """``targets``: absolute paths. Raises SemgrepMissing."""
        self._deadline = time.monotonic() + _BATCH_SECONDS + _FILE_SECONDS * len(targets)
        self._answer = workdir / "semgrep.json"
        self._complaints = workdir / "semgrep.err"
        mode = ["--experimental"] if experimental else []
        command = [*_program(experimental), "scan", *mode, *_FLAGS, "-j", str(jobs), "--config", str(PACK), *targets]
        with open(self._answer, "wb") as out, open(self._complaints, "wb") as err:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=workdir, env=_environment(workdir)
            )

    def wait(self, seconds: float) -> bool:
        """Whether the run has ended within some seconds. Raises SemgrepFailed where it has had more than its time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            if time.monotonic() > self._deadline:
                self.stop()
                raise SemgrepFailed("semgrep did not end in time") from None
            return False
        return True

    def stop(self) -> None:
        """Ends the run."""
        self._process.kill()
        self._process.wait()

    def answer(self) -> Answer:
        """What semgrep found. Raises SemgrepFailed where it has no answer."""
        try:
            return msgspec.json.decode(self._answer.read_bytes(), type=Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            status = self._process.returncode
            lines = self._complaints.read_text("utf-8", "replace").strip().splitlines()
            said = f": {lines[-1][:300]}" if lines else ""
            refused = any("--experimental" in line for line in lines)
            raise SemgrepFailed(f"semgrep ended with status {status} and no result{said}", refused) from None


def _program(experimental: bool) -> list[str]:
    """The semgrep that is installed with pipesec, never one of the PATH or of the target. ``-I`` keeps Python from
    reading modules and settings elsewhere."""
    script = Path(sysconfig.get_path("scripts")) / ("semgrep" if experimental else "pysemgrep")
    if not script.is_file():
        raise SemgrepMissing(f"semgrep is not installed in {sys.prefix}: reinstall pipesec")
    return [sys.executable, "-I", str(script)]


def _environment(workdir: Path) -> dict[str, str]:
    (workdir / "home").mkdir(exist_ok=True)
    home = str(workdir / "home")
    return {
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "XDG_CACHE_HOME": home,
        "TMPDIR": str(workdir),
        "LC_ALL": "C.UTF-8",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SEND_METRICS": "off",
    }
