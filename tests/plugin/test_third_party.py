"""A plugin's life, and what becomes of those that misbehave: installed, enabled, found, run, removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Site

STALE = {
    "__init__.py": """
        from pipesec_tui import Area, CheckSpec, hookimpl

        @hookimpl
        def pipesec_checks(ctx):
            return [CheckSpec(id="stale-samples", area=Area.SCHEMA, title="Samples older than their source",
                              scope="project", run="pipesec_stale.check:run", rules="pipesec_stale:rules.yaml")]
        """,
    "check.py": """
        def run(request, emit):
            for source in request.project.sources:
                if not source.sample:
                    emit.coverage(source, "skipped", "no sample")
                    continue
                age = request.files.age(source.sample)
                if age.days > request.options.get("days", 30):
                    emit.finding("stale-sample", at=source, subject=("sample",), evidence={"age_days": age.days})
                emit.coverage(source, "ok")
        """,
    "rules.yaml": """
        - id: stale-sample
          title: Sample is old
          severity: low
          why: An old sample says little about the data of today.
          remedy: Take a new sample.
        """,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    import os

    root = tmp_path / "project"
    root.mkdir()
    (root / "sample.csv").write_text("a,b\n1,2\n")
    os.utime(root / "sample.csv", (0, 0))
    (root / "pipesec.toml").write_text(
        '[project]\nname = "p"\n[[source]]\nname = "feed"\nsample = "sample.csv"\n[[source]]\nname = "other"\n'
    )
    return root


def assess(site: Site, project: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    status, document = site.json("assess", str(project), "--offline", *arguments)
    return status, document


def test_a_plugin_is_installed_enabled_found_run_and_removed(site: Site, project: Path) -> None:
    site.install("stale", STALE)
    assert site.states()["stale"][0] == "not enabled"
    _, document = assess(site, project)
    assert not any(run["id"] == "stale-samples" for run in document["assessment"]["checks"])  # type: ignore[index]

    enabled = site.pipesec("plugins", "enable", "stale")
    assert "checks: stale-samples" in enabled.stderr
    _, document = assess(site, project)
    (finding,) = [f for f in document["findings"] if f["rule"] == "stale-sample"]  # type: ignore[attr-defined]
    assert finding["check"] == "stale-samples"
    assert finding["asset"] == "source:feed"
    rows = {r["asset"]: r["status"] for r in document["coverage"] if r["check"] == "stale-samples"}  # type: ignore[attr-defined]
    assert rows == {"source:feed": "ok", "source:other": "skipped"}

    site.uninstall("stale")
    assert site.states()["stale"][0] == "missing"
    status, document = assess(site, project)
    assert status == 3
    assert [f["not_assessed"] for f in document["findings"] if f["rule"] == "stale-sample"] == ["plugin_missing"]  # type: ignore[attr-defined]

    site.pipesec("plugins", "disable", "stale")
    assert site.states() == {}


def test_another_version_or_changed_files_must_be_enabled_again(site: Site, project: Path) -> None:
    site.install("stale", STALE)
    site.pipesec("plugins", "enable", "stale")
    assert site.states()["stale"][0] == "loaded"
    site.install("stale", STALE, version="1.1")
    assert site.states()["stale"] == (
        "changed",
        "version 1.1 is installed, 1.0 was enabled: look at it, then `pipesec plugins enable stale`",
    )
    site.install("stale", STALE | {"check.py": "def run(request, emit): pass\n"})
    state, detail = site.states()["stale"]
    assert state == "changed"
    assert "its files differ" in detail
    status, document = assess(site, project)
    assert status == 3
    gaps = [row for row in document["coverage"] if row["check"] == "stale-samples"]  # type: ignore[attr-defined]
    assert [(row["asset"], row["status"]) for row in gaps] == [("plugin:stale", "failed")]


INIT = """
from pipesec_tui import Area, CheckSpec, PluginInfo, hookimpl
import sys, os, time, signal

@hookimpl
def pipesec_checks(ctx):
    {hook}
    return [CheckSpec(id="bad-check", area=Area.SCHEMA, title="t", run="pipesec_bad:run")]

def run(request, emit):
    pass

{top}
"""


@pytest.mark.parametrize(
    ("top", "hook", "state", "said"),
    [
        ("raise RuntimeError('no\\nluck')", "", "failed", "RuntimeError: no luck"),
        ("import nowhere_to_be_found", "", "failed", "ModuleNotFoundError"),
        ("sys.exit(0)", "", "failed", "sys.exit(0)"),
        ("os._exit(0)", "", "failed", "died while it was loaded"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "", "failed", "SIGSEGV"),
        ("kept = [bytearray(1 << 28) for _ in range(64)]", "", "failed", "MemoryError"),
        ("", "raise KeyError('x')", "failed", "KeyError"),
        ("", "return 5", "failed", "pipesec_checks returned int, not a list of specs"),
        ("", "return ['x']", "failed", "pipesec_checks returned str, not CheckSpec"),
        ("@hookimpl\ndef pipesec_chekcs(ctx): pass", "", "failed", "pipesec_chekcs"),
        (
            "@hookimpl\ndef pipesec_plugin_info(ctx): return PluginInfo(name='bad', version='1', api='>=9')",
            "",
            "incompatible",
            "needs plugin API >=9; this pipesec has 1.0",
        ),
        ("print('\\x1b[2Jrubbish' * 1000)", "", "loaded", ""),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_row_and_a_gap(
    site: Site, project: Path, top: str, hook: str, state: str, said: str
) -> None:
    site.place("bad", {"__init__.py": INIT.format(top=top, hook=hook or "pass")})
    site.pipesec("plugins", "enable", "bad")
    found, detail = site.states()["bad"]
    assert found == state
    assert said in detail
    status, document = assess(site, project, "--skip", "sast", "--skip", "dependencies")
    assert status == 3, "a check that reports nothing is a gap too"
    assert document["assessment"]["status"] == "incomplete"  # type: ignore[index]
    others = [run["status"] for run in document["assessment"]["checks"] if run["id"] == "secrets"]  # type: ignore[index]
    assert others == ["ok"]


def test_a_plugin_that_hangs_while_it_is_loaded_is_given_up(site: Site) -> None:
    site.place("bad", {"__init__.py": INIT.format(top="time.sleep(600)", hook="pass")})
    said = site.pipesec("plugins", "enable", "bad").stderr
    assert "hung while it was loaded" in said
    assert site.states()["bad"][0] == "failed", "the answer is kept, so that nobody waits twice"


def test_ids_that_another_plugin_owns_are_refused(site: Site) -> None:
    files = {"__init__.py": INIT.format(top="", hook="pass").replace("bad-check", "secrets")}
    site.place("bad", files)
    site.pipesec("plugins", "enable", "bad")
    assert site.states()["bad"] == ("failed", "its id collides with check 'secrets' of secrets")


def test_commands_that_run_no_check_import_no_third_party_plugin(site: Site, project: Path) -> None:
    marker = site.root / "imported"
    site.place("spy", {"__init__.py": f"open({str(marker)!r}, 'a').write('x')\n"})
    site.pipesec("plugins", "enable", "spy")
    marker.unlink()
    (site.home / "cache" / "plugins.msgpack").unlink()
    for arguments in (["--version"], ["--help"], ["history", str(project)], ["show"], ["diff"], ["config", "schema"],
                      ["plugins", "list"], ["explain", "hardcoded-secret"], ["plugins", "disable", "spy"]):  # fmt: skip
        site.pipesec(*arguments, cwd=project)
        assert not marker.exists(), arguments


def test_a_plugin_brings_a_command(site: Site) -> None:
    files = {
        "__init__.py": """
            from pipesec_tui import CommandSpec, hookimpl

            @hookimpl
            def pipesec_commands(ctx):
                return [CommandSpec(name="greet", title="Greet", command="pipesec_greeter.command:greet")]
            """,
        "command.py": """
            import click

            @click.command()
            @click.argument("name")
            def greet(name):
                click.echo(f"hello {name}")
            """,
    }
    site.place("greeter", files)
    assert site.pipesec("greet", "you").returncode == 2
    site.pipesec("plugins", "enable", "greeter")
    ran = site.pipesec("greet", "you")
    assert (ran.returncode, ran.stdout) == (0, "hello you\n")
