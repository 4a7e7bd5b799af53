"""Broken and hostile projects: one clear line for each problem, the rest goes on, nothing of the target runs."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import WEAK, Pipesec, git


def rows(document: dict[str, object], check: str) -> dict[str, tuple[str, str]]:
    found = document["coverage"]
    assert isinstance(found, list)
    return {row["asset"]: (row["status"], row["reason"] or "") for row in found if row["check"] == check}


@pytest.fixture
def broken(project: Path) -> Path:
    """A project with one of everything that a parser can trip over, beside one weak file."""
    (project / "requirements.txt").write_text("requests==2.19.1\n=== what\n-r ../../etc/passwd\nflask=>1\n")
    (project / "poetry.lock").write_text("[[package]\nname = ")
    (project / "Pipfile.lock").write_text('{"default": ')
    (project / "uv.lock").write_bytes(b"\xff\xfe\x00garbage")
    (project / "note.ipynb").write_text('{"cells": [{"cell_type": "code", "source": 5}]}')
    (project / "cut.ipynb").write_text('{"cells": [')
    (project / "latin.py").write_bytes(b"# caf\xe9\nx = 1\n")
    (project / "syntax.py").write_text("def f(:\n")
    (project / "nul.py").write_bytes(b"x = 1\0\n")
    (project / "deep.json").write_text("[" * 100_000)
    (project / "new\nline.py").write_text(WEAK)
    (project / "-rf.py").write_text(WEAK)
    name = os.fsencode(project) + b"/bad\xff.py"
    with open(name, "w") as stream:
        stream.write(WEAK)
    with open(project / "huge.py", "wb") as stream:
        stream.truncate(1 << 30)
    os.mkfifo(project / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        place = os.getcwd()
        os.chdir(project)
        try:
            server.bind("socket.py")
        finally:
            os.chdir(place)
    (project / "loop").mkdir()
    (project / "loop" / "again").symlink_to(project / "loop")
    (project / "outside.py").symlink_to("/etc/hosts")
    return project


def test_one_of_everything_broken_costs_nothing_but_itself(pipesec: Pipesec, broken: Path) -> None:
    said = pipesec("assess", broken, "--offline", "--format", "json")
    assert said.status == 3, said.err
    assert "Traceback" not in said.err
    document = said.document
    seen = rows(document, "inventory")
    for name, reason in {
        "pipe.py": "FIFO", "socket.py": "socket", "outside.py": "link", "loop/again": "link", "huge.py": "larger than",
    }.items():  # fmt: skip
        status, why = seen[f"file:{name}"]
        assert status == "skipped", name
        assert reason.lower() in why.lower(), (name, why)
    code = rows(document, "sast")
    for name in ("syntax.py", "cut.ipynb"):
        assert code[f"file:{name}"][0] in ("partial", "failed"), name
    manifests = rows(document, "dependencies")
    for name in ("requirements.txt", "poetry.lock", "Pipfile.lock", "uv.lock"):
        assert manifests[f"file:{name}"][0] in ("partial", "failed"), name
    weak = {finding["location"]["path"] for finding in document["findings"] if finding["area"] == "secrets"}
    assert {"settings.py", "new\nline.py", "-rf.py", "bad\\xff.py"} <= weak
    accounted = {asset for check in ("inventory",) for asset in rows(document, check)}
    on_disk = {f"file:{path.relative_to(broken).as_posix()}" for path in broken.rglob("*") if path.is_file()}
    assert len(on_disk - {a for a in on_disk if "\udcff" in a} - accounted) == 0


def test_nothing_of_a_hostile_repository_runs_and_nothing_is_hidden(pipesec: Pipesec, project: Path) -> None:
    marker = project.parent / "ran"
    payload = f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n"
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    hook = project / "run.sh"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(hook.stat().st_mode | stat.S_IEXEC)
    git(project, "config", "core.fsmonitor", str(hook))
    git(project, "config", "core.excludesFile", str(project / "hide"))
    git(project, "config", "filter.x.clean", str(hook))
    git(project, "config", "diff.external", str(hook))
    (project / ".gitattributes").write_text("* filter=x\n")
    (project / "hide").write_text("*\n")
    (project / ".git" / "info" / "exclude").write_text("*\n")
    for name in ("setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "semgrep.py", "pipesec_tui.py",
                 "detect_secrets.py", "msgspec.py"):  # fmt: skip
        (project / name).write_text(payload + WEAK)
    info = project / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pipesec]\nevil = setup\n")
    (project / ".semgrepignore").write_text("*\n")
    (project / ".semgrep.yml").write_text("rules: []\n")
    (project / ".secrets.baseline").write_text("{}")
    (project / "build").mkdir()
    (project / "build" / "weak.py").write_text("import pickle\npickle.load(open('x', 'rb'))  # nosemgrep  # nosec\n")
    (project / "listed.py").write_text(WEAK.rstrip() + "  # pragma: allowlist secret\n")
    said = pipesec("assess", project, "--offline", "--format", "json")
    assert not marker.exists()
    assert said.status in (0, 3), said.err
    places = {(finding["area"], finding["location"]["path"]) for finding in said.document["findings"]}
    assert ("sast", "build/weak.py") in places
    for name in ("setup.py", "listed.py", "settings.py", "semgrep.py"):
        assert ("secrets", name) in places, name
    assert pipesec("diff", "--project", project).status in (0, 2)
    assert not marker.exists()


def test_a_repository_with_half_its_objects_is_assessed(pipesec: Pipesec, project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    objects = sorted((project / ".git" / "objects").rglob("*"))
    for path in [path for path in objects if path.is_file()][::2]:
        path.unlink()
    assert pipesec("assess", project, "--only", "secrets", "--offline").status == 0
    said = pipesec("assess", project, "--only", "secrets", "--offline", "--baseline", "main")
    assert said.status in (0, 2)
    assert "Traceback" not in said.err


@pytest.mark.parametrize("kind", ["bomb", "cut", "text", "empty"])
def test_a_bad_dump_is_one_line_and_leaves_the_old_data(pipesec: Pipesec, tmp_path: Path, kind: str) -> None:
    from pipesec_tui.demo import advisories

    assert pipesec("advisories", "import", advisories()).status == 0
    before = pipesec("advisories", "status").out
    dump = tmp_path / "all.zip"
    if kind == "bomb":
        with zipfile.ZipFile(dump, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("A.json", b" " * (64 << 20))
    elif kind == "cut":
        with zipfile.ZipFile(dump, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in advisories().iterdir():
                archive.write(path, path.name)
        dump.write_bytes(dump.read_bytes()[:-200])
    else:
        dump.write_text("no zip" if kind == "text" else "")
    said = pipesec("advisories", "import", dump)
    assert said.status == 2
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert pipesec("advisories", "status").out == before


@pytest.mark.parametrize("damage", ["garbage", "cut", "newer", "foreign"])
def test_a_history_that_cannot_be_used_is_refused_and_left_alone(
    pipesec: Pipesec, project: Path, pipesec_home: Path, damage: str
) -> None:
    pipesec("assess", project, "--only", "secrets", "--offline")
    path = pipesec_home / "history.sqlite"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if damage == "garbage":
        path.write_bytes(os.urandom(8192))
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        import sqlite3

        with sqlite3.connect(path) as connection:
            pragma = "user_version = 9999" if damage == "newer" else "application_id = 7"
            connection.execute(f"PRAGMA {pragma}")
        connection.close()
    before = path.read_bytes()
    said = pipesec("assess", project, "--only", "secrets", "--offline")
    assert said.status == 2
    assert str(path) in said.err
    assert "Traceback" not in said.err
    assert path.read_bytes() == before


def test_a_state_directory_that_may_not_be_written_is_one_line(
    pipesec: Pipesec, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PIPESEC_HOME", str(tmp_path / "file" / "home"))
    said = pipesec("assess", project, "--only", "secrets", "--offline")
    assert said.status == 2
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) <= 2


def test_a_full_disk_ends_with_one_line_and_an_intact_history(project: Path, pipesec_home: Path) -> None:
    command = [sys.executable, "-m", "pipesec_tui.cli.main"]
    environment = os.environ | {"PIPESEC_HOME": str(pipesec_home)}
    assess = [*command, "assess", str(project), "--only", "secrets", "--offline", "--format", "json"]
    first = subprocess.run(assess, env=environment, capture_output=True, text=True, check=True)
    for number in range(300):
        (project / f"f{number}.py").write_text(WEAK)
    # A file that may not grow is what a full disk looks like to whoever writes it.
    limited = f"ulimit -f 200; exec {' '.join(assess)}"
    full = subprocess.run(["bash", "-c", limited], env=environment, capture_output=True, text=True, check=False)
    assert full.returncode == 2, full.stderr
    assert "Traceback" not in full.stderr
    checked = subprocess.run([*command, "db", "check"], env=environment, capture_output=True, text=True, check=False)
    assert "no damage" in checked.stdout
    shown = subprocess.run([*command, "show", "--project", str(project), "--format", "json"], env=environment,
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert json.loads(shown.stdout)["assessment"]["id"] == json.loads(first.stdout)["assessment"]["id"]
    assert subprocess.run(assess, env=environment, capture_output=True, check=False).returncode == 0
