"""The inventory: every file is an entry or a row that says why not, and nothing in a hostile project runs or hides."""

from __future__ import annotations

import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipesec_tui.model.coverage import CoverageStatus
from pipesec_tui.model.files import Inventory
from pipesec_tui.project import walk as walk_module
from pipesec_tui.project.bounded import open_regular
from pipesec_tui.project.installation_key import installation_key
from pipesec_tui.project.inventory import take
from pipesec_tui.project.stat_cache import StatCache
from tests.project.conftest import Git, write


def paths(inventory: Inventory) -> list[str]:
    return [file.path for file in inventory.files]


def said(inventory: Inventory) -> dict[str, tuple[str, str | None]]:
    return {row.asset: (row.status.value, row.reason) for row in inventory.coverage}


def test_no_folder_is_left_out_for_its_name(tmp_path: Path) -> None:
    names = [
        "a.py",
        ".env",
        ".pipesec/models/x.yaml",
        "tests/t.py",
        "build/b",
        "dist/d",
        "vendor/v",
        "node_modules/n/i.js",
    ]
    write(tmp_path, *names)
    found = take(tmp_path)
    assert paths(found) == sorted(names)
    assert said(found)["project:."] == ("ok", None)
    assert found.coverage[0].count == len(names)
    assert all(said(found)[f"file:{name}"] == ("ok", None) for name in names)


def test_what_is_ignored_is_told_with_a_count(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "a.log", "venv/x/1", "venv/2", "sub/keep.log", "sub/other.log")
    (tmp_path / ".gitignore").write_text("*.log\nvenv/\n")
    (tmp_path / "sub/.gitignore").write_text("!keep.log\n")
    found = take(tmp_path)
    assert paths(found) == [".gitignore", "a.py", "sub/.gitignore", "sub/keep.log"]
    assert said(found)["file:a.log"] == ("skipped", "ignored by .gitignore")
    assert said(found)["file:sub/other.log"] == ("skipped", "ignored by .gitignore")
    [row] = [row for row in found.coverage if row.asset == "dir:venv/"]
    assert (row.status, row.reason, row.count) == (CoverageStatus.SKIPPED, "ignored by .gitignore", 2)


def test_counting_what_is_ignored_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_module, "MAX_COUNTED", 3)
    write(tmp_path, *(f"venv/{n}" for n in range(9)))
    (tmp_path / ".gitignore").write_text("venv\n")
    [row] = [row for row in take(tmp_path).coverage if row.asset == "dir:venv/"]
    assert (row.count, row.reason) == (3, "ignored by .gitignore (that many files or more)")


def test_tracked_files_are_in_even_where_they_are_ignored(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "build/kept.py", "build/other.py", "build/deep/x", "secret.env")
    git("add", "-f", "build/kept.py", "secret.env")
    (root / ".gitignore").write_text("build/\n*.env\n")
    found = take(root)
    assert paths(found) == [".gitignore", "build/kept.py", "secret.env"]
    [row] = [row for row in found.coverage if row.asset == "dir:build/"]
    assert (row.reason, row.count) == ("ignored by .gitignore", 2)


def test_a_clone_s_own_settings_hide_nothing_and_run_nothing(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    marker = tmp_path / "ran"
    script = tmp_path / "planted.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    write(root, "payload.py", "a.py", "b.py")
    git("add", "a.py", "b.py")
    git("commit", "-q", "-m", "one")
    (root / ".git/info/exclude").write_text("payload.py\n")
    (tmp_path / "excludes").write_text("*.py\n")
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git("config", "core.fsmonitor", str(script))
    git("config", "core.excludesFile", str(tmp_path / "excludes"))
    git("config", "core.worktree", "/")
    git("config", "core.hooksPath", str(tmp_path))
    git("config", "filter.evil.clean", str(script))
    git("config", "filter.evil.smudge", str(script))
    for name in ("post-checkout", "pre-commit", "post-index-change"):
        (root / ".git/hooks").mkdir(exist_ok=True)
        (root / ".git/hooks" / name).write_text(script.read_text())
        (root / ".git/hooks" / name).chmod(0o755)
    (root / "b.py").write_text("changed, so that git would run its filter\n")
    found = take(root)
    assert paths(found) == [".gitattributes", "a.py", "b.py", "payload.py"]
    assert not marker.exists()
    git("config", "--unset", "core.worktree")
    git("status")
    assert marker.exists(), "what was planted does run when git is used, or this test would show nothing"


def test_a_flag_in_the_index_hides_nothing(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "a.py", "b.py", "c.py")
    git("add", ".")
    git("update-index", "--skip-worktree", "a.py", "b.py")
    git("update-index", "--assume-unchanged", "c.py")
    (root / "b.py").unlink()
    (root / "c.py").unlink()
    found = take(root)
    assert paths(found) == ["a.py"]
    assert said(found)["file:b.py"] == ("skipped", "tracked, but left out of the working tree by a sparse checkout")
    assert said(found)["file:c.py"] == ("skipped", "tracked, but missing from the working tree")


def test_commit_and_branch_are_told(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    assert (take(root).commit, take(root).branch) == (None, "main")
    write(root, "a.py")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "HEAD").decode().strip()
    assert (take(root).commit, take(root).branch) == (head, "main")
    git("pack-refs", "--all")
    git("checkout", "-q", "-b", "feature/x")
    assert (take(root).commit, take(root).branch) == (head, "feature/x")
    git("checkout", "-q", "--detach")
    assert (take(root).commit, take(root).branch) == (head, None)


def test_a_worktree_and_a_folder_inside_a_repository_know_what_is_tracked(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "etl/build/x.py", "etl/a.py", "other/y.py")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (root / ".gitignore").write_text("build/\n/etl/b.py\n")
    write(root, "etl/b.py", "etl/build/z.py")
    found = take(root / "etl")
    assert paths(found) == ["a.py", "build/x.py"]
    assert said(found)["file:b.py"] == ("skipped", "ignored by .gitignore")
    git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "tree")
    found = take(tmp_path / "tree")
    assert found.branch == "tree"
    assert "etl/build/x.py" in paths(found)


def test_a_folder_that_is_ignored_from_above_can_still_be_asked_for(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / ".gitignore").write_text("generated/\n")
    write(root, "generated/a.py")
    assert paths(take(root / "generated")) == ["a.py"]


@pytest.mark.parametrize("damage", [b"", b"DIRC", b"rubbish" * 50, None])
def test_a_damaged_index_is_a_gap_and_the_walk_goes_on(git: Git, tmp_path: Path, damage: bytes | None) -> None:
    root = tmp_path / "repo"
    write(root, "a.py", "b.py")
    git("add", ".")
    index = root / ".git/index"
    content = index.read_bytes()
    index.write_bytes(content[:100] + b"\xff" + content[101:] if damage is None else damage)
    found = take(root)
    assert paths(found) == ["a.py", "b.py"]
    status, reason = said(found)["project:."]
    assert status == "partial"
    assert reason is not None
    assert "git's index is damaged" in reason


def test_missing_objects_are_no_matter(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "a.py")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    shutil.rmtree(root / ".git/objects")
    found = take(root)
    assert paths(found) == ["a.py"]
    assert said(found)["project:."] == ("ok", None)


def test_a_split_index_is_a_gap(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "a.py")
    git("add", ".")
    git("update-index", "--split-index")
    assert "split" in (said(take(root))["project:."][1] or "")


def test_submodules_and_repositories_inside_are_walked(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "a.py", "inner/.git/HEAD", "inner/x.py", "odd/.git/payload.py")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},gone")
    found = take(root)
    assert paths(found) == ["a.py", "inner/x.py", "odd/.git/payload.py"]
    assert said(found)["dir:inner/"] == ("ok", "a repository of its own, walked as a plain folder")
    assert said(found)["dir:gone/"] == ("skipped", "submodule that is not checked out")


def test_links_are_rows_and_never_followed(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    write(project, "a.py", "pkg/b.py", "hidden/c.py")
    write(outside, "secret")
    (project / ".gitignore").write_text("hidden/\n")
    for name, target in {
        "to_file": "a.py", "to_folder": "pkg", "out": "../outside", "out_file": "/etc/passwd", "self": "self",
        "gone": "nothing", "to_hidden": "hidden/c.py", "pkg/up": "..",
    }.items():  # fmt: skip
        (project / name).symlink_to(target)
    found = take(project)
    assert paths(found) == [".gitignore", "a.py", "pkg/b.py"]
    rows = said(found)
    assert rows["file:to_file"] == ("skipped", "link to a.py, which is assessed itself")
    assert rows["file:to_folder"] == ("skipped", "link to pkg, which is assessed itself")
    assert rows["file:pkg/up"] == ("skipped", "link to ., which is assessed itself")
    assert rows["file:out"] == rows["file:out_file"] == ("skipped", "link out of the project")
    assert rows["file:self"] == rows["file:gone"] == ("skipped", "link to nothing, or to itself")
    assert rows["file:to_hidden"] == ("skipped", "link to hidden/c.py, which is not among the assessed files")


def test_what_is_not_a_file_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / ".gitignore")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
        found = take(tmp_path)
    assert paths(found) == []
    assert said(found)["file:pipe"] == ("skipped", "a FIFO, which is never opened")
    assert said(found)["file:.gitignore"] == ("skipped", "a FIFO, which is never opened")
    assert said(found)["file:sock"] == ("skipped", "a socket, which is never opened")


def test_a_fifo_that_takes_a_file_s_place_does_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")

    def swapped(path: str) -> tuple[int, os.stat_result]:
        os.unlink(path)
        os.mkfifo(path)
        return open_regular(path)

    monkeypatch.setattr("pipesec_tui.project.inventory.open_regular", swapped)
    assert said(take(tmp_path))["file:a.py"] == ("failed", "can't be read: is a FIFO, not a file")


def test_names_of_any_bytes_are_kept_apart(tmp_path: Path) -> None:
    names = [b"new\nline", b"\x1b[31m", b"bad\xff", b"bad\\xff", b"back\\slash", "ä".encode(), b"\xff/in.py"]
    for name in names:
        path = os.path.join(os.fsencode(tmp_path), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(name)
    found = take(tmp_path)
    by_path = {file.path: file.raw for file in found.files}
    assert by_path == {
        "new\nline": None, "\x1b[31m": None, "bad\\xff": b"bad\xff", "bad\\x5cxff": b"bad\\xff", "back\\slash": None,
        "ä": None, "\\xff/in.py": b"\xff/in.py",
    }  # fmt: skip
    assert len({file.digest for file in found.files}) == len(names)
    assert {f"file:{path}" for path in by_path} < set(said(found))


def test_a_file_that_is_too_large_is_told_and_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "big.csv", "wb") as stream:
        stream.truncate(1 << 30)
    write(tmp_path, "a.py")
    found = take(tmp_path)
    assert paths(found) == ["a.py"]
    assert said(found)["file:big.csv"] == ("skipped", "larger than 64 MB")
    assert said(found)["project:."] == ("partial", "1 files are too large")


def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "locked.py", "closed/x.py")
    real_open, real_scandir = os.open, os.scandir

    def refuse_open(path: str, *arguments: int, **options: int) -> int:
        if str(path).endswith("locked.py"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *arguments, **options)

    def refuse_scandir(path: str) -> object:
        if path.rstrip("/").endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(os, "open", refuse_open)
    monkeypatch.setattr(os, "scandir", refuse_scandir)
    found = take(tmp_path)
    assert paths(found) == ["a.py"]
    assert said(found)["file:locked.py"] == ("failed", "can't be read: Permission denied")
    assert said(found)["dir:closed/"] == ("failed", "can't be listed: Permission denied")
    assert said(found)["project:."] == ("partial", "2 files or folders can't be read")


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    write(tmp_path, *(f"{n}.py" for n in range(20)))
    found = take(tmp_path, max_files=5)
    assert len(found.files) == 5
    assert said(found)["project:."][0] == "partial"


def test_a_pattern_that_would_take_ages_to_match_hides_nothing(tmp_path: Path) -> None:
    name = "a" * 200
    write(tmp_path, name)
    (tmp_path / ".gitignore").write_text("*a" * 40 + "b\n" + "*a" * 40 + "\n")
    found = take(tmp_path)
    assert paths(found) == [".gitignore", name]
    assert (said(found)["file:.gitignore"][1] or "").startswith("2 of its patterns are not honored")


def test_other_roots_of_the_project_join_under_their_relative_path(tmp_path: Path) -> None:
    write(tmp_path / "app", "a.py")
    write(tmp_path / "infra", "main.tf", "x/y.tf")
    found = take(tmp_path / "app", extra_roots=["../infra", "../none", ".", "sub"])
    assert paths(found) == ["../infra/main.tf", "../infra/x/y.tf", "a.py"]
    assert said(found)["dir:../none/"] == ("failed", "a root of the project, but no such folder")


@pytest.mark.parametrize("root", ["/etc", "..", "../..", "/", "\0"])
def test_a_project_cannot_ask_for_the_rest_of_the_disk(tmp_path: Path, root: str) -> None:
    write(tmp_path / "app", "a.py")
    write(tmp_path, "outside")
    found = take(tmp_path / "app", extra_roots=[root])
    assert paths(found) == ["a.py"]
    assert "was not looked at" in (said(found)["project:."][1] or "")


def test_digests_follow_content_and_say_nothing_elsewhere(
    tmp_path: Path, pipesec_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a", "b", text="same")
    first = {file.path: file.digest for file in take(tmp_path).files}
    assert first["a"] == first["b"]
    assert (pipesec_home / "install.key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("PIPESEC_HOME", str(pipesec_home / "another"))
    assert take(tmp_path).files[0].digest != first["a"]


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []

    def counted(path: str) -> tuple[int, os.stat_result]:
        read.append(os.path.basename(path))
        return open_regular(path)

    monkeypatch.setattr("pipesec_tui.project.inventory.open_regular", counted)
    return read


def test_a_file_at_rest_is_read_once_and_one_just_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.py")
    read = count_reads(monkeypatch)
    take(tmp_path, cache=StatCache.of(tmp_path))
    take(tmp_path, cache=StatCache.of(tmp_path))
    assert read == ["a.py", "a.py"]
    now = os.stat(tmp_path / "a.py").st_mtime_ns
    monkeypatch.setattr("pipesec_tui.project.inventory.time.time_ns", lambda: now + 3 * 10**9)
    take(tmp_path, cache=StatCache.of(tmp_path))
    digest = take(tmp_path, cache=StatCache.of(tmp_path)).files[0].digest
    assert read == ["a.py"] * 3
    status = (tmp_path / "a.py").stat()
    (tmp_path / "a.py").write_text("y\n")
    os.utime(tmp_path / "a.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert take(tmp_path, cache=StatCache.of(tmp_path)).files[0].digest != digest


@pytest.mark.parametrize("rubbish", [b"", b"\x00", b"\x93\x01\x02\x03", b"x" * 1000])
def test_a_broken_cache_costs_time_only(tmp_path: Path, pipesec_home: Path, rubbish: bytes) -> None:
    write(tmp_path, "a.py")
    first = take(tmp_path, cache=StatCache.of(tmp_path))
    for path in (pipesec_home / "cache").rglob("*.msgpack"):
        path.write_bytes(rubbish)
    assert take(tmp_path, cache=StatCache.of(tmp_path)) == first


def test_what_is_not_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        take(tmp_path / "nothing")


def test_a_submodule_is_walked_though_a_pattern_above_matches_it(git: Git, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    write(root, "vendor/lib/x.py", "vendor/lib/.git/HEAD", "vendor/other.py")
    (root / ".gitignore").write_text("vendor/\n")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    assert paths(take(root)) == [".gitignore", "vendor/lib/x.py"]


def test_processes_that_start_at_once_agree_on_the_key(pipesec_home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: installation_key(), range(32)))
    assert len(keys) == 1
    assert [path.name for path in pipesec_home.iterdir()] == ["install.key"]


def test_a_key_that_was_cut_short_is_told(tmp_path: Path, pipesec_home: Path) -> None:
    (pipesec_home / "install.key").write_bytes(b"short")
    with pytest.raises(OSError, match="is not a key of 32 bytes; remove it"):
        take(tmp_path)
