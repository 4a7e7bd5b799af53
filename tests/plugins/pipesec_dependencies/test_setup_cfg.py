"""setup.cfg and Pipfile, read where they lie."""

from __future__ import annotations

import pytest
from pipesec_dependencies.manifest import parser_for
from pipesec_dependencies.manifest.model import IndexUse, MalformedManifest, Manifest, Origin


def _parse(path: str, text: str) -> Manifest:
    parse = parser_for(path)
    assert parse is not None
    return parse(path, text)


def test_requirements_in_setup_cfg_are_read_with_their_lines() -> None:
    manifest = _parse(
        "setup.cfg",
        "[metadata]\nname = etl\n[options]\ninstall_requires =\n    pandas>=2\n    # old\n"
        "    pyyaml==5.1; python_version<'3.12'\n"
        "[options.extras_require]\ntest = pytest\n",
    )
    assert [(d.key, d.version, d.line, d.groups) for d in manifest.dependencies] == [
        ("pandas", None, 5, ()),
        ("pyyaml", "5.1", 7, ()),
        ("pytest", None, 9, ("test",)),
    ]


def test_what_setup_cfg_leaves_to_another_file_is_a_problem() -> None:
    manifest = _parse("setup.cfg", "[options]\ninstall_requires = file: deps.txt\n")
    assert [str(problem) for problem in manifest.problems] == ["line 2: install_requires is taken from deps.txt"]
    with pytest.raises(MalformedManifest):
        _parse("setup.cfg", "no section\n")


def test_a_pipfile_is_read_without_its_lock() -> None:
    manifest = _parse(
        "Pipfile",
        '[[source]]\nurl = "https://pypi.example.org/simple"\nverify_ssl = false\n'
        '[packages]\npandas = "*"\npyyaml = "==5.1"\nrequests = {version = "==2.19", extras = ["security"]}\n'
        f'cleaner = {{git = "https://git.example.org/c.git", ref = "{"a" * 40}"}}\n'
        '[dev-packages]\npytest = ">=7"\n[requires]\npython_version = "3.11"\n',
    )
    assert [(d.key, d.version, d.groups) for d in manifest.dependencies] == [
        ("pandas", None, ()), ("pyyaml", "5.1", ()), ("requests", "2.19", ()), ("cleaner", None, ()),
        ("pytest", None, ("dev-packages",)),
    ]  # fmt: skip
    assert [d.line for d in manifest.dependencies] == [5, 6, 7, 8, 10]
    assert manifest.dependencies[3].origin is Origin.VCS and manifest.dependencies[3].commit
    assert [index.use for index in manifest.indexes] == [IndexUse.MAIN, IndexUse.TRUSTED_HOST]
