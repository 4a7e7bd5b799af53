"""Revisions, read without git: git itself says what is right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dulwich.objects import Blob, Commit, Tree
from dulwich.repo import Repo

from pipesec_tui.project.git import Repository, RevisionError
from tests.project.conftest import Git, write


@pytest.fixture
def root(git: Git, tmp_path: Path) -> Path:
    """Three commits on main, one of them a merge, with a light and an annotated tag."""
    root = tmp_path / "repo"
    write(root, "a.py", text="".join(f"line {n}\n" for n in range(30)))
    write(root, "etl/b.py", "etl/run.sh")
    (root / "etl/run.sh").chmod(0o755)
    (root / "link").symlink_to("/etc/passwd")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    git("tag", "light")
    git("tag", "-a", "v1.0", "-m", "first")
    git("checkout", "-q", "-b", "side")
    write(root, "side.py")
    git("add", ".")
    git("commit", "-q", "-m", "side")
    git("checkout", "-q", "main")
    (root / "etl/clean").mkdir()
    git("mv", "etl/b.py", "etl/clean/c.py")
    git("mv", "a.py", "z.py")
    with open(root / "z.py", "a", encoding="utf-8") as stream:
        stream.write("one more\n")
    git("add", ".")
    git("commit", "-q", "-m", "two")
    git("merge", "-q", "--no-ff", "-m", "three", "side")
    return root


def open_repository(root: Path) -> Repository:
    found = Repository.find(root)
    assert found is not None
    return found


REVISIONS = [
    "HEAD", "main", "side", "light", "v1.0", "refs/tags/v1.0", "heads/side", "HEAD~1", "HEAD~", "HEAD^", "HEAD^1",
    "HEAD^2",     "HEAD^2~1", "HEAD~2", "v1.0^0", "v1.0^{commit}", "v1.0^{}", "HEAD~0", "HEAD^^",
]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_revisions_lead_to_the_commits_that_git_names(git: Git, root: Path, packed: bool) -> None:
    if packed:
        git("gc", "-q")
    repository = open_repository(root / "etl")
    for revision in REVISIONS:
        assert repository.resolve(revision) == git("rev-parse", f"{revision}^{{commit}}").decode().strip(), revision
    head = repository.head()
    assert head is not None
    assert repository.resolve(head[:10].upper()) == repository.resolve(head) == head


@pytest.mark.parametrize(
    "revision",
    ["", "nope", "..", "config", "../config", "HEAD~99", "HEAD^3", "HEAD~99999", "HEAD^{tree}", "~", "^", "deadbeef",
     "x\x1b[m", "HEAD:a.py", "-h", "main@{1}", "refs/../config", "HEAD~x"],
)  # fmt: skip
def test_a_revision_that_is_not_there_is_one_clear_line(root: Path, revision: str) -> None:
    with pytest.raises(RevisionError) as caught:
        open_repository(root).resolve(revision)
    assert str(caught.value).isprintable()


def test_the_default_branch_is_origin_s_or_main(git: Git, root: Path) -> None:
    repository = open_repository(root)
    assert (repository.branch(), repository.default_branch()) == ("main", "main")
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert repository.default_branch() == "trunk"
    git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    git("branch", "-m", "main", "develop")
    assert open_repository(root).default_branch() == "develop"


def test_files_of_a_revision_are_read(root: Path) -> None:
    repository = open_repository(root)
    assert repository.read("v1.0", "etl/b.py") == b"x\n"
    for missing in ("etl/c.py", "etl", "link", "../etc/passwd", "", "etl/b.py/x", "nope/x"):
        assert repository.read("v1.0", missing) is None


def test_a_revision_is_written_out_without_links_filters_and_hooks(git: Git, root: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    write(root, ".gitattributes", text="*.py filter=evil\n")
    git("add", ".")
    git("commit", "-q", "-m", "attributes")
    git("config", "filter.evil.smudge", f"touch {marker}")
    hook = root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    dest = tmp_path / "out"
    written = open_repository(root).materialize("HEAD", dest)
    assert set(written) == {".gitattributes", "etl/clean/c.py", "etl/run.sh", "side.py", "z.py"}
    assert {path.relative_to(dest).as_posix() for path in dest.rglob("*") if path.is_file()} == set(written)
    assert os.access(dest / "etl/run.sh", os.X_OK)
    assert (dest / "z.py").read_bytes() == (root / "z.py").read_bytes()
    assert not marker.exists()
    with pytest.raises(FileExistsError):
        open_repository(root).materialize("HEAD", dest)


def test_writing_out_is_bounded(root: Path, tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="more than 2 files"):
        open_repository(root).materialize("HEAD", tmp_path / "out", max_files=2)
    with pytest.raises(RevisionError, match="or 0 MB"):
        open_repository(root).materialize("HEAD", tmp_path / "other", max_bytes=3)


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"a/../../x", b"/etc/x"])
def test_a_tree_with_a_name_that_leads_outside_is_refused(root: Path, tmp_path: Path, name: bytes) -> None:
    with Repo(str(root)) as repo:
        blob, tree, commit = Blob.from_string(b"payload"), Tree(), Commit()
        tree.add(name, 0o100644, blob.id)
        commit.tree, commit.message = tree.id, b"evil"
        commit.author = commit.committer = b"A <a@example.org>"
        commit.author_time = commit.commit_time = commit.author_timezone = commit.commit_timezone = 0
        for thing in (blob, tree, commit):
            repo.object_store.add_object(thing)
    with pytest.raises(RevisionError, match="no work tree may have"):
        open_repository(root).materialize(commit.id.decode(), tmp_path / "deep" / "out")
    assert not [path for path in (tmp_path / "deep").rglob("*") if path.is_file()]


def test_renames_are_told_for_equal_and_similar_files(root: Path) -> None:
    assert open_repository(root).renames("v1.0", "HEAD") == {"a.py": "z.py", "etl/b.py": "etl/clean/c.py"}
    assert open_repository(root).renames("HEAD", "HEAD") == {}


def test_missing_and_damaged_objects_are_told_and_not_raised(root: Path, tmp_path: Path) -> None:
    objects = sorted(path for path in (root / ".git/objects").rglob("*") if path.is_file())
    for number, path in enumerate(objects):
        path.chmod(0o644)
        if number % 3 == 0:
            path.unlink()
        elif number % 3 == 1:
            path.write_bytes(path.read_bytes()[: number % 7])
    repository = open_repository(root)
    told = 0
    for number, revision in enumerate(REVISIONS):
        try:
            repository.resolve(revision)
            repository.materialize(revision, tmp_path / str(number))
        except RevisionError as error:
            assert "\n" not in str(error)
            told += 1
    with pytest.raises(RevisionError):
        repository.renames("v1.0", "HEAD")
    assert told


def test_a_fifo_in_an_object_s_place_does_not_block(root: Path) -> None:
    head = open_repository(root).head()
    assert head is not None
    path = root / ".git/objects" / head[:2] / head[2:]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RevisionError, match="is a FIFO"):
        open_repository(root).resolve("HEAD")


def test_a_folder_that_is_under_no_version_control_has_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert Repository.find(tmp_path) is None
    (tmp_path / ".git").rmdir()
    (tmp_path / ".git").write_text("gitdir: /nowhere\0\n")
    assert Repository.find(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["ref: ../../../etc/passwd", "ref: HEAD", "rubbish", "", "ref: refs/heads/" + "x" * 9000]
)
def test_a_head_that_leads_astray_is_none(root: Path, text: str) -> None:
    (root / ".git/HEAD").write_text(text)
    assert open_repository(root).head() is None


@pytest.mark.parametrize("place", ["info/alternates", "pack/pack-1.idx"])
def test_a_fifo_among_the_objects_does_not_block(root: Path, place: str) -> None:
    (root / ".git/objects" / place).parent.mkdir(exist_ok=True)
    os.mkfifo(root / ".git/objects" / place)
    with pytest.raises(RevisionError, match="is a FIFO"):
        open_repository(root).resolve("HEAD")
    with pytest.raises(RevisionError, match="is a FIFO"):
        open_repository(root).resolve("abcdef")


def test_alternates_that_lead_in_a_circle_are_told(root: Path) -> None:
    (root / ".git/objects/info").mkdir(exist_ok=True)
    (root / ".git/objects/info/alternates").write_text(f"{root}/.git/objects\n")
    with pytest.raises(RevisionError, match="in a circle"):
        open_repository(root).resolve("HEAD")


def test_a_clone_that_borrows_objects_is_whole(git: Git, root: Path, tmp_path: Path) -> None:
    git("clone", "-q", "--shared", str(root), str(tmp_path / "clone"))
    repository = open_repository(tmp_path / "clone")
    assert repository.read("HEAD", "side.py") == b"x\n"
    assert repository.default_branch() == "main"
