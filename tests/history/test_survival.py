"""Whatever happens to a process, a disk or a file: the history stays whole, and says in one line what to do."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipesec_tui.history.process import ProcessMark, is_dead, this_process
from pipesec_tui.history.schema import SCHEMA_VERSION
from pipesec_tui.history.store import History, HistoryError, State
from tests.history.crashing import big
from tests.history.made import of_files, open_history, record

ROOT = Path(__file__).parents[2]


def start(folder: Path, mode: str) -> subprocess.Popen[str]:
    """A recording process that has opened the history."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.history.crashing", str(folder), mode],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def one_line(error: pytest.ExceptionInfo[HistoryError]) -> str:
    text = str(error.value)
    assert "\n" not in text and len(text) > 20
    return text


def test_a_process_killed_at_any_moment_leaves_a_sound_history(tmp_path: Path) -> None:
    moments = random.Random(11)
    with open_history(tmp_path) as history:
        record(history, of_files(big(1)))
    for _ in range(5):
        process = start(tmp_path, "record")
        time.sleep(moments.uniform(0.0, 0.9))
        process.kill()
        process.communicate()
        with open_history(tmp_path) as history:
            assert history.check() == []
            records = history.assessments()
            assert State.RUNNING not in {found.state for found in records}
            assert {found.findings for found in records} <= {None, 1200}
            assert len(history.load("latest").findings) == 1200
    with open_history(tmp_path) as history:
        record(history, of_files(big(28), day=28))
        assert history.assessments()[0].findings == 1200


def test_a_full_disk_is_one_clear_line_and_the_history_is_as_it_was(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        stored = record(history, of_files(big(1)))
    process = start(tmp_path, "full")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3 and not err
    refusals = [line for line in out.splitlines() if line.startswith("refused")]
    assert len(refusals) == 1 and ("room" in refusals[0] or "disk" in refusals[0])
    with open_history(tmp_path) as history:
        assert history.check() == []
        assert history.load(stored.assessment.id) == stored
        assert history.assessments()[0].state is State.INTERRUPTED


def test_a_database_that_may_not_grow_is_told_as_full_and_finishing_can_be_tried_again(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        recording = history.begin(
            "shop", "main", default_branch="main", commit=None, started_at="2026-01-02T00:00:00Z", pipesec="0.1"
        )
        connection = history._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        with pytest.raises(HistoryError, match="no room left") as error:
            recording.finish(of_files(big(2)))
        one_line(error)
        assert history.check() == [] and history.latest("shop", "main") is None
        connection.execute("PRAGMA max_page_count = 1000000")
        assert len(recording.finish(of_files(big(2))).findings) == 1200


def test_two_writers_at_once_both_get_through(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        processes = [start(tmp_path, "record") for _ in range(2)]
        deadline = time.monotonic() + 30
        while len([r for r in history.assessments() if r.findings is not None]) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in processes:
            process.kill()
            process.communicate()
        assert len([r for r in history.assessments() if r.findings is not None]) >= 4
        assert history.check() == []


def test_two_that_open_a_new_history_at_once_both_can(tmp_path: Path) -> None:
    processes = [start(tmp_path / "deep" / "home", "record") for _ in range(2)]
    for process in processes:
        process.kill()
        process.communicate()


def test_an_assessment_whose_process_died_is_interrupted_and_one_that_lives_is_not(tmp_path: Path) -> None:
    here = this_process()
    assert not is_dead(here)
    assert is_dead(ProcessMark(here.host, here.boot, here.pid, "long ago"))
    assert not is_dead(ProcessMark("another host", None, 1, None))
    with open_history(tmp_path) as history:
        recording = history.begin(
            "shop", None, default_branch=None, commit=None, started_at="2026-01-01T00:00:00Z", pipesec="0"
        )
        with open_history(tmp_path) as other:
            assert other.assessments()[0].state is State.RUNNING
        history._connection.execute("UPDATE assessment SET pid_started = 'before'")
        with open_history(tmp_path) as other:
            assert other.assessments()[0].state is State.INTERRUPTED
        with pytest.raises(HistoryError, match="ended already"):
            recording.finish(of_files({}))
        recording.interrupt()


def test_a_history_of_a_newer_pipesec_is_refused_and_not_touched(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files({"a.py": "weak a"}))
        history._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(HistoryError, match="newer pipesec") as error:
        open_history(tmp_path)
    one_line(error)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE precious(x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(HistoryError, match="another program"):
        History.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database at all, but some text of a fair length" * 40, b"SQLite format 3\0cut"]
)
def test_what_is_no_database_is_named_as_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="damaged") as error:
        History.open(path)
    one_line(error)
    assert path.read_bytes() == content


def test_damage_inside_is_found_by_check_or_told_in_one_line(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files(big(1)))
        history._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "history.sqlite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :: 97] = bytes(len(range(len(content) // 2, len(content), 97)))
    path.write_bytes(content)
    try:
        with open_history(tmp_path) as history:
            assert history.check()
    except HistoryError as error:
        assert "damaged" in str(error)


def test_rows_that_contradict_each_other_are_found_by_check(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        record(history, of_files({"a.py": "weak a"}))
        history._connection.execute("UPDATE assessment SET findings = 2")
        assert history.check() == ["an assessment's count of findings is not that of its versions"]
        history._connection.execute("PRAGMA foreign_keys = OFF")
        history._connection.execute("DELETE FROM text")
        assert any("isn't there" in line for line in history.check())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(HistoryError, match="writable"):
        History.open(tmp_path / "closed" / "history.sqlite")


def test_a_folder_where_a_file_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="file"):
        History.open(tmp_path / "file" / "history.sqlite")


def test_a_history_that_is_locked_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipesec_tui.history.connection.BUSY_SECONDS", 0.05)
    with open_history(tmp_path) as one, open_history(tmp_path) as other:
        one._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="in use by another pipesec") as error:
            record(other, of_files({}))
        one_line(error)
        assert other.assessments() == ()
        one._connection.execute("ROLLBACK")


def test_the_files_are_for_the_user_alone(tmp_path: Path) -> None:
    with History.open(tmp_path / "new" / "history.sqlite") as history:
        assert history.path.stat().st_mode & 0o077 == 0
        assert history.path.parent.stat().st_mode & 0o077 == 0
