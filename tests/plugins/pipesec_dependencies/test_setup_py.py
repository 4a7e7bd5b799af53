"""setup.py is read, not run."""

from __future__ import annotations

import pytest
from pipesec_dependencies.manifest.model import MalformedManifest
from pipesec_dependencies.manifest.setup_py import parse


def test_literal_requirements_are_read_with_their_lines() -> None:
    manifest = parse(
        "setup.py",
        "import setuptools\n"
        "raise SystemExit('never run')\n"
        "BASE = ['alpha==1.0']\n"
        "setuptools.setup(\n"
        "    install_requires=BASE,\n"
        "    extras_require={'db': ['beta>=2', '???']},\n"
        "    tests_require=('gamma==3',),\n"
        ")\n",
    )
    assert [(item.key, item.version, item.line, item.groups) for item in manifest.dependencies] == [
        ("alpha", "1.0", 3, ()),
        ("beta", None, 6, ("db",)),
        ("gamma", "3", 7, ("tests_require",)),
    ]
    assert [problem.line for problem in manifest.problems] == [6]


@pytest.mark.parametrize(
    "argument",
    ["install_requires=open('r').readlines()", "install_requires=['a', f()]", "extras_require=f()", "**settings"],
)
def test_what_is_computed_is_a_problem(argument: str) -> None:
    (problem,) = parse("setup.py", f"from setuptools import setup\nsetup({argument})\n").problems
    assert problem.line == 2 and "not run" in problem.what


@pytest.mark.parametrize("text", ["def", "x = " + "(" * 100_000, "\0"])
def test_what_is_no_python_says_so_in_one_line(text: str) -> None:
    with pytest.raises(MalformedManifest) as caught:
        parse("setup.py", text)
    assert "\n" not in str(caught.value)
