"""What the check says of files that are odd, broken or hostile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipesec_sast import SAST, semgrep
from pipesec_sast.semgrep import Answer, Problem, Scan, SemgrepFailed

WEAK = "import pickle\nrows = pickle.load(stream)\n"

Run = Callable[..., Any]


def notebook(*cells: object, language: str = "python") -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "metadata": {"language_info": {"name": language}},
            "cells": [{"cell_type": "code", "id": f"c{n}", "source": source} for n, source in enumerate(cells)],
        },
        indent=1,
    )


def test_odd_and_broken_files_are_each_told(run_check: Run, tmp_path: Path) -> None:
    """One run over all of them, since each run of semgrep takes a moment."""
    (tmp_path / "tests").mkdir()
    files: dict[str, str | bytes] = {
        "fine.py": WEAK,
        "tests/vendored.py": WEAK,
        "suppressed.py": "import pickle\nrows = pickle.load(stream)  # nosemgrep\n",
        ".semgrepignore": "*.py\n",
        "broken.py": WEAK + "def f(:\n",
        "quietly_broken.py": "x = = 1\n",
        "python2.py": WEAK + "print 'x'\n",
        "latin.py": "# coding: latin-1\nimport pickle\nx = 'ä'; pickle.load(f)\n".encode("latin-1"),
        "undecodable.py": b"x = '\xff\xfe'\n",
        "escaped.py": "# coding: unicode_escape\n\\u0065val(x)\n",
        "null.py": b"x = 1\0\n",
        "-q.py": WEAK,
        "line\nbreak.py": WEAK,
        "bell\x07.py": WEAK,
        "umlaut.py": "import pickle\nx = 'äöü'; pickle.load(f)\n",
        "deep.py": "x = " + "(" * 300 + ")" * 300 + "\n",
        "empty.py": "",
        "good.sh": "#!/bin/sh\necho ok\n",
        "broken.sh": "if true; then\necho $(\n",
        "analysis.ipynb": notebook(
            ["%matplotlib inline\n", "import pickle\n"], "!ls\nx = !pwd\nrows = pickle.load(f)\n", "%%bash\nif\n"
        ),
        "half.ipynb": notebook("import pickle\npickle.load(f)", "def f(:"),
        "other.ipynb": notebook("x <- 1", language="R"),
        "malformed.ipynb": '{"cells": [',
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run_check(SAST, tmp_path)
    coverage = {row.asset.removeprefix("file:"): row for row in result.coverage}
    status = {path: row.status.value for path, row in coverage.items()}
    assert status == {
        **{path: "ok" for path in files if path != ".semgrepignore"},
        **dict.fromkeys(
            ["broken.py", "quietly_broken.py", "python2.py", "deep.py", "broken.sh", "half.ipynb"], "partial"
        ),
        **dict.fromkeys(["undecodable.py", "escaped.py", "null.py", "malformed.ipynb"], "failed"),
        "other.ipynb": "skipped",
    }
    assert "line 3" in coverage["broken.py"].reason
    assert "line 1" in coverage["quietly_broken.py"].reason
    assert "cell 2" in coverage["half.ipynb"].reason
    found = {o.location.path: o for o in result.observations if o.rule == "unsafe-pickle"}
    assert set(found) == {
        "fine.py", "tests/vendored.py", "suppressed.py", "broken.py", "python2.py", "latin.py", "-q.py",
        "line\nbreak.py", "bell\x07.py", "umlaut.py", "analysis.ipynb", "half.ipynb",
    }  # fmt: skip
    umlaut = found["umlaut.py"].location
    assert (umlaut.start_line, umlaut.start_column, umlaut.end_column) == (2, 12, 26)
    cell = found["analysis.ipynb"]
    assert cell.identity.scope == "cell:c1"
    assert "pickle.load" in (tmp_path / "analysis.ipynb").read_text().splitlines()[cell.location.start_line - 1]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses such names")
def test_a_name_that_is_not_utf8_is_read_and_told(tmp_path: Path, run_check: Run) -> None:
    raw = os.fsencode(tmp_path) + b"/na\xffme.py"
    Path(os.fsdecode(raw)).write_text(WEAK)
    from pipesec_sast.targets import Target, prepare

    from pipesec_tui import FileEntry, Files

    entry = FileEntry(path="na\\xffme.py", raw=b"na\xffme.py", size=1, mtime_ns=0, digest="")
    target = prepare(entry, Files(str(tmp_path), [entry]), tmp_path / "copies")
    assert isinstance(target, Target) and target.scanned is not None
    assert target.scanned.isprintable()
    assert Path(target.scanned).read_text() == WEAK


def test_a_file_that_semgrep_fails_on_costs_itself_alone(
    run_check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "poison", "z"):
        (tmp_path / f"{name}.py").write_text(WEAK)
    answer = Scan.answer
    init = Scan.__init__

    def remember(self: Any, targets: list[str], *rest: Any) -> None:
        self.names = targets
        init(self, targets, *rest)

    def fail(self: Any) -> Answer:
        if any("poison" in name for name in self.names):
            raise SemgrepFailed("semgrep ended with status -11 and no result")
        return answer(self)

    monkeypatch.setattr(Scan, "__init__", remember)
    monkeypatch.setattr(Scan, "answer", fail)
    result = run_check(SAST, tmp_path)
    assert result.covered("file:poison.py") == "partial"
    assert result.covered("file:a.py") == result.covered("file:z.py") == "ok"
    assert len(result.observations) == 2


def test_a_rule_that_cannot_be_read_leaves_no_file_ok(
    run_check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "broken.yaml").write_text(
        "rules:\n- {id: code-eval, languages: [python], severity: ERROR, message: m, pattern-not: eval(...)}\n"
    )
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(semgrep, "PACK", pack)
    result = run_check(SAST, project)
    assert result.covered("file:a.py") != "ok"


def test_a_timeout_is_told_with_its_rule() -> None:
    from pipesec_sast.check import _reason

    assert _reason(Problem(type="Timeout", path="/x/a.py", rule_id="code-eval")) == (
        "semgrep took more than 10 s in rule code-eval"
    )


def test_declaring_the_check_imports_nothing_heavy() -> None:
    code = "import sys, pipesec_sast, pipesec_secrets; print({'yaml', 'semgrep', 'detect_secrets'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert seen.strip() == "set()"
