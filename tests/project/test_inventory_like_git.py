"""In a repository, the inventory holds what git would list: tracked files, and untracked ones that aren't ignored."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipesec_tui.project.inventory import take
from tests.project.conftest import git_in

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed; it is what we compare with")

NAMES = st.sampled_from(["a", "b", "ab", "build", "a.py", "b.log", "c d", "ä", "#x", "!x", "a[b]", "\xe0", ".env"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.sampled_from(
    [
        "a", "b/", "/a", "*.py", "*.log", "!a.py", "!b.log", "a/b", "a/*", "!a/b", "!a/b/", "**/b", "a/**", "a/**/b",
        "build/", "!build/", "/build/*", "!/build/a", "*", "!*/", "!*.py", "?", "[ab]", "[!a]", "a*", r"\#x", r"\!x",
        r"a\[b\]", "c d", "c d ", r"c\ d", "# comment", "", " ", "/", "ä", "*/a", "/*/a", "**", ".*", "!.env", "a//b",
        "**/", "a/**/", "[", "a\r", "a\t", "\xe0", "a\\", "[a-", "**a", "a**", "a/b/**",
    ]
)  # fmt: skip
IGNORE_FILES = st.dictionaries(
    st.sampled_from(["", "a/", "b/", "build/", "a/b/"]), st.lists(PATTERNS, max_size=5), max_size=3
)


def make(root: Path, paths: list[str], ignores: dict[str, list[str]]) -> None:
    for path in paths:
        target = root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"x")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
    for folder, lines in ignores.items():
        if (root / folder).is_dir():
            (root / folder / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PATHS, max_size=14), IGNORE_FILES, st.lists(st.integers(0, 13), max_size=4))
@example(["foo/bar/x", "foo/y"], {"": ["foo/*", "!foo/bar/"]}, [])
@example(["build/a/b", "build/b"], {"": ["build/"], "build/": ["!a"]}, [0])
def test_the_inventory_lists_what_git_lists(
    paths: list[str], ignores: dict[str, list[str]], tracked: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        git_in(root, "init", "-q")
        make(root, paths, ignores)
        for index in tracked:
            if index < len(paths) and (root / paths[index]).is_file():
                git_in(root, "add", "-f", "--", f":(literal){paths[index]}")
        listed = git_in(root, "ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore")
        expected = {os.fsdecode(name) for name in listed.split(b"\0") if name}
        inventory = take(root)
        assert {file.path for file in inventory.files} == expected
        everything = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        everything = {path for path in everything if not path.startswith(".git/")}
        accounted = {row.asset.partition(":")[2] for row in inventory.coverage}
        for path in everything:
            assert path in accounted or any(path.startswith(row) for row in accounted if row.endswith("/"))
