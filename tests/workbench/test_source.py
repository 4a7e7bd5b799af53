"""Code beside a finding: bounded, inside of the project, and without secrets."""

from __future__ import annotations

from pathlib import Path

from pipesec_tui.workbench.source import excerpt


def test_the_lines_are_marked_with_some_around(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("".join(f"line {n}\n" for n in range(1, 30)))
    lines = excerpt(tmp_path, "a.py", 10, 11).lines
    assert [each.number for each in lines] == list(range(6, 16))
    assert [each.text for each in lines if each.marked] == ["line 10", "line 11"]


def test_what_leads_out_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("outside\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "link.py").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path)
    (root / "near.py").symlink_to(root / "pipe")
    for path in ("../secret.txt", "link.py", "folder/secret.txt", "near.py", "/etc/passwd", "\0"):
        found = excerpt(root, path, 1, 1)
        assert found.lines == ()
        assert found.problem


def test_a_file_that_is_gone_shrunk_or_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("one\n")
    (tmp_path / "bin").write_bytes(b"\0\1")
    assert "No such file" in (excerpt(tmp_path, "gone.py", 1, 1).problem or "")
    assert "changed since" in (excerpt(tmp_path, "short.py", 9, 9).problem or "")
    assert excerpt(tmp_path, "bin", 1, 1).problem == "not a text file"


def test_secrets_and_control_sequences_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('password = "Winter-Garden-88"\nx = "\x1b[31m"\n')
    shown = " ".join(each.text for each in excerpt(tmp_path, "a.py", 1, 2).lines)
    assert "Winter" not in shown
    assert "\x1b" not in shown
    assert "password" in shown
