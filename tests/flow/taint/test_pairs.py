"""Pairs of programs: in the first one untrusted data reaches a sink, in the second it does not. Both are analyzed.

A case is a name, a family, the bad and the good program; files are parted by lines ``# file: name.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipesec_tui.flow.taint.analysis import analyze

CASES = Path(__file__).parent / "pairs.txt"


def cases() -> list[tuple[str, str, str, str]]:
    found = []
    for block in CASES.read_text().split("\n=== ")[1:]:
        head, _, body = block.partition("\n")
        name, _, family = head.rpartition(" -> ")
        bad, _, good = body.partition("\n--- good\n")
        found.append((name, family.strip(), bad, good))
    return found


def families(program: str) -> set[str]:
    files: dict[str, list[str]] = {}
    name = "main.py"
    for line in program.splitlines():
        if line.startswith("# file: "):
            name = line.removeprefix("# file: ")
        files.setdefault(name, []).append(line)
    analysis = analyze({path: "\n".join(lines) + "\n" for path, lines in files.items()})
    assert analysis.problems == {}
    return {found.sink.family for found in analysis.flows}


def _short(text: str) -> str:
    return text if "\n" not in text else ""


@pytest.mark.parametrize(("name", "family", "bad", "good"), cases(), ids=_short)
def test_the_bad_program_is_found_and_its_safe_sibling_is_not(name: str, family: str, bad: str, good: str) -> None:
    assert family in families(bad), f"{name}: missed"
    assert family not in families(good), f"{name}: found in the safe program"


def test_there_are_many_pairs() -> None:
    assert len(cases()) >= 60
