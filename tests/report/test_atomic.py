"""A report is written whole, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from pipesec_tui.report.atomic import ReportError, write_atomic


def writing(text: str) -> Callable[[TextIO], None]:
    def render(stream: TextIO) -> None:
        stream.write(text)

    return render


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    write_atomic(target, writing("nëw\r\n"))
    assert target.read_bytes() == "nëw\r\n".encode()
    assert os.listdir(tmp_path) == ["report.json"]


def test_the_file_has_the_rights_that_the_user_gives_new_files(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    write_atomic(tmp_path / "report", lambda stream: None)
    assert (tmp_path / "report").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_a_failure_on_the_way_leaves_the_old_report_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")

    def fail(stream: TextIO) -> None:
        stream.write("half")
        raise error

    with pytest.raises(type(error)):
        write_atomic(target, fail)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    def full(stream: TextIO) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ReportError, match=r"^cannot write .*report\.json: No space left on device$"):
        write_atomic(tmp_path / "report.json", full)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_device_that_is_full_is_one_clear_line_too() -> None:
    with pytest.raises(ReportError, match="No space left"):
        write_atomic(Path("/dev/full"), writing("x" * 10))


def test_a_device_is_written_to_as_it_is() -> None:
    write_atomic(Path("/dev/null"), writing("gone"))
    assert Path("/dev/null").is_char_device()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"cannot write .*none/report: No such file or directory"):
        write_atomic(tmp_path / "none" / "report", lambda stream: None)


def test_a_folder_in_the_place_of_the_file_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    with pytest.raises(ReportError, match="cannot write"):
        write_atomic(tmp_path / "report", lambda stream: None)
    assert os.listdir(tmp_path) == ["report"]


def test_a_link_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    (tmp_path / "report").symlink_to(tmp_path / "precious")
    write_atomic(tmp_path / "report", writing("new"))
    assert (tmp_path / "precious").read_text() == "keep"
    assert (tmp_path / "report").read_text() == "new"
    assert not (tmp_path / "report").is_symlink()
