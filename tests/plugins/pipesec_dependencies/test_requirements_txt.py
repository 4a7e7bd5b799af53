"""Reading requirements files as pip does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipesec_dependencies.manifest.model import IndexUse, ManifestKind, Origin
from pipesec_dependencies.manifest.requirements_txt import parse


def test_names_pins_extras_markers_and_lines() -> None:
    manifest = parse(
        "requirements.txt",
        "# comment\n\nDjango[argon2]==4.2.1 ; python_version >= '3.8'  # why\n"
        "requests >= 2, <3\nexact===1.0\nwild==1.*\n",
    )
    assert manifest.problems == ()
    django, requests, exact, wild = manifest.dependencies
    assert (django.name, django.key, django.version, django.extras, django.line) == (
        "Django",
        "django",
        "4.2.1",
        ("argon2",),
        3,
    )
    assert django.marker == 'python_version >= "3.8"'
    assert (requests.version, requests.specifier) == (None, "<3,>=2")
    assert exact.version == "1.0"
    assert wild.version is None, "a wildcard allows several versions"


def test_continued_lines_carry_hashes_and_count_from_their_first() -> None:
    manifest = parse("requirements.txt", "a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nb==2\n")
    a, b = manifest.dependencies
    assert (a.line, a.hashed) == (1, True)
    assert (b.line, b.hashed) == (4, False)


def test_parents_in_comments_make_the_graph() -> None:
    text = """\
click==8.1 \\
    --hash=sha256:00
    # via
    #   flask
    #   -r requirements.in
flask==3.0
    # via -r requirements.in
markupsafe==2.1
    # via jinja2, werkzeug
jinja2==3.1  # via flask
"""
    found = {item.key: item for item in parse("requirements.txt", text).dependencies}
    assert found["flask"].requires == ("click", "jinja2")
    assert found["jinja2"].requires == ("markupsafe",)
    assert {key: item.direct for key, item in found.items()} == {
        "click": True,
        "flask": True,
        "markupsafe": False,
        "jinja2": False,
    }


@pytest.mark.parametrize(
    ("line", "origin", "commit"),
    [
        ("-e git+https://git.example.org/a.git@main#egg=a", Origin.VCS, False),
        ("git+ssh://git@git.example.org/a.git@" + "0a" * 20, Origin.VCS, True),
        ("a @ git+https://git.example.org/a.git@v1", Origin.VCS, False),
        ("https://example.org/a-1.0.tar.gz", Origin.URL, False),
        ("a @ https://example.org/a-1.0-py3-none-any.whl#sha256=00", Origin.URL, False),
        ("-e .", Origin.LOCAL, False),
        ("./vendor/a", Origin.LOCAL, False),
        ("a @ file:///srv/a", Origin.LOCAL, False),
        ("dist/a-1.0-py3-none-any.whl", Origin.LOCAL, False),
    ],
)
def test_where_a_requirement_comes_from(line: str, origin: Origin, commit: bool) -> None:
    (dependency,) = parse("requirements.txt", line).dependencies
    assert (dependency.origin, dependency.commit, dependency.version) == (origin, commit, None)


def test_options_in_all_their_spellings() -> None:
    text = """\
-i https://a.example.org/simple
--extra-index-url=https://b.example.org/simple
--trusted-host c.example.org
--find-links ./wheels
--pre
--no-binary :all:
--require-hashes
-rbase.txt
--constraint constraints.txt
"""
    manifest = parse("requirements.txt", text)
    assert manifest.problems == ()
    assert [(index.use, index.line) for index in manifest.indexes] == [
        (IndexUse.MAIN, 1),
        (IndexUse.EXTRA, 2),
        (IndexUse.TRUSTED_HOST, 3),
        (IndexUse.EXTRA, 4),
    ]
    assert [(i.path, i.line, i.constraint) for i in manifest.includes] == [
        ("base.txt", 8, False),
        ("constraints.txt", 9, True),
    ]


@pytest.mark.parametrize(
    "line",
    ["???", "a==", "a b", "a; python_version", "--unknown 1", "-r", "a --hash='", "a" * 5_000, "a @ ", "_a==2"],
)
def test_a_bad_line_is_a_problem_of_its_own(line: str) -> None:
    manifest = parse("requirements.txt", f"good==1\n{line}\nalso==2\n")
    assert [item.key for item in manifest.dependencies] == ["good", "also"]
    (problem,) = manifest.problems
    assert problem.line == 2
    assert "\n" not in str(problem) and len(str(problem)) < 300


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requirements.txt", ManifestKind.REQUIREMENTS),
        ("etl/dev-requirements.in", ManifestKind.INPUT),
        ("constraints-3.11.txt", ManifestKind.CONSTRAINTS),
    ],
)
def test_the_name_says_what_a_file_is_for(path: str, kind: ManifestKind) -> None:
    assert parse(path, "a==1").kind is kind


def test_a_nested_marker_ends_in_a_problem() -> None:
    assert parse("requirements.txt", "a; " + "(" * 2_000 + "os_name=='x'" + ")" * 2_000).problems


@given(st.text(alphabet=st.sampled_from(list("a=<>;[](){}@#\\- \n\t'\"$:/.1,\x0c\u2028é"))))
def test_no_text_makes_it_fail(text: str) -> None:
    manifest = parse("requirements.txt", text)
    lines = max(1, len(text.splitlines()))
    told = [item.line for item in manifest.dependencies] + [item.line for item in manifest.problems]
    assert all(1 <= line <= lines for line in told)


@given(
    st.lists(
        st.tuples(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True), st.integers(0, 99), st.booleans()),
        max_size=8,
    )
)
def test_pins_survive_comments_blank_lines_and_continuations(pins: list[tuple[str, int, bool]]) -> None:
    text = "".join(
        f"\n# c\n{name}=={version} {chr(92) + chr(10) if split else ''} # x\n" for name, version, split in pins
    )
    found = [(item.name, item.version) for item in parse("requirements.txt", text).dependencies]
    assert found == [(name, str(version)) for name, version, _ in pins]
