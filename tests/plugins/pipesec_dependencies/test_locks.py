"""Lock files and pyproject.toml: every format with what it says, and with what it should not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipesec_dependencies.manifest import parser_for
from pipesec_dependencies.manifest.model import Dependency, IndexUse, MalformedManifest, Manifest, Origin
from pipesec_dependencies.manifest.toml_source import TomlSource

COMMIT = "0123456789" * 4


def read(path: str, text: str) -> Manifest:
    parse = parser_for(path)
    assert parse is not None
    return parse(path, text)


def by_key(manifest: Manifest) -> dict[str, Dependency]:
    return {item.key: item for item in manifest.dependencies}


def test_uv_lock() -> None:
    text = f"""\
version = 1

[[package]]
name = "member"
version = "0.1"
source = {{ editable = "." }}
dependencies = [{{ name = "A" }}]
[package.dev-dependencies]
dev = [{{ name = "from-git" }}]

[[package]]
name = "a"
version = "1.0"
source = {{ registry = "https://packages.example/simple" }}
dependencies = [{{ name = "b", marker = "os_name == 'nt'" }}]
sdist = {{ url = "https://x/a.tar.gz", hash = "sha256:00" }}

[[package]]
name = "b"
version = "2.0"
source = {{ registry = "https://packages.example/simple" }}
wheels = [{{ url = "https://x/b.whl", hash = "sha256:00" }}]

[[package]]
name = "from-git"
version = "3.0"
source = {{ git = "https://git.example.org/c.git?rev=v1#{COMMIT}" }}

[[package]]
name = "from-url"
version = "3.0"
source = {{ url = "https://x/c.whl" }}

[[package]]
name = "from-path"
version = "3.0"
source = {{ path = "vendor/c.whl" }}

[[package]]
name = "unversioned"
source = {{ registry = "https://packages.example/simple" }}
"""
    manifest = read("uv.lock", text)
    found = by_key(manifest)
    assert list(found) == ["a", "b", "from-git", "from-url", "from-path"]
    assert (found["a"].version, found["a"].direct, found["a"].requires, found["a"].line) == ("1.0", True, ("b",), 11)
    assert (found["b"].direct, found["b"].hashed) == (False, True)
    assert (found["from-git"].origin, found["from-git"].commit, found["from-git"].direct) == (Origin.VCS, True, True)
    assert found["from-url"].origin is Origin.URL
    assert found["from-path"].origin is Origin.LOCAL
    assert [str(problem) for problem in manifest.problems] == ["line 39: package 'unversioned' has no version"]


def test_poetry_lock() -> None:
    text = f"""\
[[package]]
name = "Alpha"
version = "1.0"
groups = ["main", "dev"]
markers = "python_version < '3.12'"
files = [{{file = "a.whl", hash = "sha256:00"}}]

[package.dependencies]
Beta = ">=1"

[[package]]
name = "beta"
version = "2.0"
category = "dev"
[package.source]
type = "git"
url = "https://git.example.org/b.git"
resolved_reference = "{COMMIT}"

[[package]]
name = "gamma"

[metadata]
lock-version = "2.0"
"""
    manifest = read("poetry.lock", text)
    alpha, beta = manifest.dependencies
    assert (alpha.key, alpha.version, alpha.groups, alpha.requires) == ("alpha", "1.0", ("main", "dev"), ("beta",))
    assert (alpha.line, alpha.hashed, alpha.direct) == (1, True, None)
    assert (beta.origin, beta.commit, beta.groups, beta.line) == (Origin.VCS, True, ("dev",), 11)
    assert [problem.line for problem in manifest.problems] == [20]


def test_pdm_lock() -> None:
    text = """\
[metadata]
lock_version = "4.5"

[[package]]
name = "a"
version = "1.0"
groups = ["default"]
dependencies = ["B_b>=1; python_version > '3'", "!!"]
files = [{file = "a.whl", hash = "sha256:00"}]

[[package]]
name = "b-b"
version = "2"
path = "./vendor/b"
"""
    a, b = read("pdm.lock", text).dependencies
    assert (a.requires, a.hashed, a.groups, a.line) == (("b-b",), True, ("default",), 4)
    assert b.origin is Origin.LOCAL


def test_pylock_toml() -> None:
    text = f"""\
lock-version = "1.0"
created-by = "us"

[[packages]]
name = "a"
version = "1.0"
dependencies = [{{name = "b"}}]
[[packages.wheels]]
url = "https://x/a.whl"
hashes = {{sha256 = "00"}}

[[packages]]
name = "b"
[packages.vcs]
type = "git"
url = "https://git.example.org/b.git"
commit-id = "{COMMIT}"

[[packages]]
name = "c"
"""
    manifest = read("pylock.dev.toml", text)
    a, b = manifest.dependencies
    assert (a.version, a.requires, a.hashed, a.line) == ("1.0", ("b",), True, 4)
    assert (b.version, b.origin, b.commit, b.line) == (None, Origin.VCS, True, 12)
    assert [problem.line for problem in manifest.problems] == [19]


def test_pipfile_lock() -> None:
    text = """\
{
    "_meta": {
        "sources": [
            {"name": "pypi", "url": "https://packages.example/simple", "verify_ssl": true},
            {"name": "own", "url": "https://own.example.org/simple", "verify_ssl": false}
        ]
    },
    "default": {
        "alpha": {"hashes": ["sha256:00"], "version": "==1.0", "markers": "python_version >= '3'"},
        "beta": {"git": "https://git.example.org/b.git", "ref": "0a"},
        "bad": 7
    },
    "develop": {
        "alpha": {"version": "==1.1"}
    }
}
"""
    manifest = read("Pipfile.lock", text)
    first, beta, second = manifest.dependencies
    assert (first.version, first.line, first.hashed, first.groups) == ("1.0", 9, True, ("default",))
    assert (beta.origin, beta.line) == (Origin.VCS, 10)
    assert (second.version, second.line, second.groups) == ("1.1", 14, ("develop",))
    assert [problem.line for problem in manifest.problems] == [11]
    assert [index.use for index in manifest.indexes] == [IndexUse.MAIN, IndexUse.EXTRA, IndexUse.TRUSTED_HOST]


def test_pyproject_toml() -> None:
    text = """\
[build-system]
requires = ["hatchling>=1"]

[project]
name = "etl"
description = '''
dependencies = ["decoy==1"]
'''
dependencies = [
    "alpha[x]==1.0",  # "beta==9"
    "beta>=2 ; os_name == 'nt'",
    "not a requirement",
]

[project.optional-dependencies]
db = ["gamma==3"]

[dependency-groups]
test = ["delta==4", {include-group = "lint"}]
lint = ["epsilon==5"]

[tool.poetry.dependencies]
python = "^3.11"
zeta = "1.2.3"
eta = "^2"
theta = {git = "https://git.example.org/t.git", branch = "main"}
[tool.poetry.group.dev.dependencies]
iota = {version = "==7", extras = ["y"]}

[[tool.poetry.source]]
name = "own"
url = "http://own.example.org/simple"
"""
    manifest = read("pyproject.toml", text)
    assert {key: (item.version, item.line, item.groups) for key, item in by_key(manifest).items()} == {
        "alpha": ("1.0", 10, ()),
        "beta": (None, 11, ()),
        "gamma": ("3", 16, ("db",)),
        "delta": ("4", 19, ("test",)),
        "epsilon": ("5", 20, ("lint",)),
        "hatchling": (None, 2, ("build-system",)),
        "zeta": ("1.2.3", 24, ()),
        "eta": (None, 25, ()),
        "theta": (None, 26, ()),
        "iota": ("7", 28, ("dev",)),
    }
    assert [problem.line for problem in manifest.problems] == [12]
    assert [(index.url, index.line) for index in manifest.indexes] == [("http://own.example.org/simple", 30)]


def test_dependencies_that_only_a_build_can_tell_are_a_problem() -> None:
    text = '[project]\nname = "a"\ndynamic = ["version", "dependencies"]\n'
    assert [problem.line for problem in read("pyproject.toml", text).problems] == [3]
    from_file = text + '[tool.setuptools.dynamic]\ndependencies = {file = ["requirements.txt"]}\n'
    manifest = read("pyproject.toml", from_file)
    assert manifest.problems == ()
    assert [include.path for include in manifest.includes] == ["requirements.txt"]


def test_conda_environment() -> None:
    text = "name: x\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - alpha==1.0\n    - -r requirements.txt\n"
    manifest = read("environment.yml", text)
    (alpha,) = manifest.dependencies
    assert (alpha.key, alpha.version, alpha.line) == ("alpha", "1.0", 6)
    assert [include.path for include in manifest.includes] == ["requirements.txt"]
    assert manifest.problems == ()
    assert "conda's own" in str(read("environment.yml", text.replace("  - pip\n", "  - numpy=1.26\n")).problems[0])


TOML_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
MALFORMED: dict[str, Callable[[str], bool]] = {
    "[[package]\n": lambda name: not name.startswith(("Pip", "env")),
    "a = " + "[" * 100_000: lambda name: not name.startswith(("Pip", "env")),
    "package = 7\npackages = 7\n": lambda name: name in TOML_LOCKS,
    '{"default": ': lambda name: name == "Pipfile.lock",
    "[1]": lambda name: name == "Pipfile.lock",
    '{"default": ' + "[" * 100_000: lambda name: name.startswith(("Pip", "env")),
    "a: &a [*a]": lambda name: name.startswith("env"),
    "a: b: c": lambda name: name.startswith("env"),
    "[" * 200_000 + "]" * 200_000: lambda name: name.startswith("env"),
}


@pytest.mark.parametrize("name", [*TOML_LOCKS, "pyproject.toml", "Pipfile.lock", "environment.yml"])
@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_a_file_that_can_not_be_read_says_so_in_one_line(name: str, number: int) -> None:
    text, applies = list(MALFORMED.items())[number]
    if not applies(name):
        return
    with pytest.raises(MalformedManifest) as caught:
        read(name, text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("name", TOML_LOCKS)
def test_packages_of_odd_types_are_problems(name: str) -> None:
    table = "packages" if name.startswith("pylock") else "package"
    manifest = read(name, f'{table} = [7, {{name = 1}}, {{name = "a", version = 2}}, {{name = "b", version = "1"}}]\n')
    assert [item.key for item in manifest.dependencies] == ["b"]
    assert len(manifest.problems) == 3


def test_a_large_lock_is_read_in_reasonable_time() -> None:
    import time

    package = '[[package]]\nname = "p{}"\nversion = "1"\nfiles = [{}]\n'
    files = ", ".join('{file = "x", hash = "sha256:' + "0" * 64 + '"}' for _ in range(10))
    text = "".join(package.format(number, files) for number in range(2_000))
    start = time.process_time()
    assert len(read("poetry.lock", text).dependencies) == 2_000
    assert time.process_time() - start < 10


KEYS = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
STRINGS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(st.lists(st.tuples(STRINGS, st.sampled_from(["basic", "literal", "multi", "comment"])), max_size=6), KEYS)
def test_headers_in_strings_and_comments_are_not_taken_for_headers(items: list[tuple[str, str]], key: str) -> None:
    lines: list[str] = []
    headers: list[int] = []
    for position, (text, kind) in enumerate(items):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        match kind:
            case "basic":
                lines.append(f'{key}{position} = "[[package]] {escaped}"')
            case "literal":
                lines.append(f"{key}{position} = '[[package]] {text.replace(chr(39), '')}'")
            case "multi":
                lines += [f'{key}{position} = """', "[[package]]", f'{escaped}"""']
            case _:
                lines.append(f"# [[package]] {text}")
        lines.append("[[package]]")
        headers.append(len(lines))
    source = TomlSource("\n".join(lines) + "\n")
    assert source.table_lines("package") == headers
