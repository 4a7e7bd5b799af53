"""Every hook is declared by a plugin somewhere here, and what it returns arrives."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import reference
from pipesec_tui import Area, RuleSpec, Severity
from pipesec_tui.plugin import hookspecs, spec
from pipesec_tui.plugin.describe import describe

SPECS = {
    "pipesec_checks": spec.CheckSpec(id="c", area=Area.SCHEMA, title="t", run="m:f"),
    "pipesec_rules": RuleSpec(id="r", title="t", severity=Severity.LOW, why="w", remedy="m"),
    "pipesec_models": spec.ModelSpec(rows="m:rows.yaml"),
    "pipesec_attacks": spec.AttackSpec(id="a", title="t", run="m:f"),
    "pipesec_canary_judges": spec.JudgeSpec(id="j", title="t", run="m:f"),
    "pipesec_exporters": spec.ExporterSpec(id="e", title="t", run="m:f", extension="x", media_type="text/x"),
    "pipesec_importers": spec.ImporterSpec(id="i", title="t", run="m:f"),
    "pipesec_enrichers": spec.EnricherSpec(id="n", title="t", run="m:f"),
    "pipesec_notifiers": spec.NotifierSpec(id="o", title="t", run="m:f"),
    "pipesec_views": spec.ViewSpec(id="v", title="t", screen="m:S"),
    "pipesec_commands": spec.CommandSpec(name="x", title="t", command="m:c"),
}
FIELD = {"pipesec_canary_judges": "judges"}
HOOKS = [name for name, _ in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("pipesec_")]


def test_every_hook_has_a_test_here_and_a_section_in_the_reference() -> None:
    assert {*SPECS, "pipesec_plugin_info"} == set(HOOKS)
    text = reference.TARGET.read_text("utf-8")
    for name in HOOKS:
        assert f"### `{name}(ctx" in text
        assert inspect.getdoc(getattr(hookspecs, name))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module to be described here, in this process, since it is ours."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "hooked.py"
    sys.modules.pop("hooked", None)


@pytest.mark.parametrize("hook", SPECS)
def test_what_a_hook_returns_arrives(package: Path, hook: str) -> None:
    package.write_text(
        f"from tests.plugin.test_hooks import SPECS\nfrom pipesec_tui import hookimpl\n"
        f"@hookimpl\ndef {hook}(ctx):\n    assert ctx.api == '1.0'\n    return [SPECS[{hook!r}]]\n"
    )
    specs = describe("hooked", "hooked", "1.2")
    field = FIELD.get(hook, hook.removeprefix("pipesec_"))
    arrived = getattr(specs, field)
    assert arrived == ((("", SPECS[hook]),) if hook == "pipesec_rules" else (SPECS[hook],))
    assert (specs.info.name, specs.info.version) == ("hooked", "1.2")


def test_a_plugin_says_who_it_is(package: Path) -> None:
    package.write_text(
        "from pipesec_tui import PluginInfo, hookimpl\n"
        "@hookimpl\ndef pipesec_plugin_info(ctx):\n    return PluginInfo(name='other', version='9', docs='https://x')\n"
    )
    assert describe("hooked", "hooked", "1.2").info == spec.PluginInfo(name="other", version="9", docs="https://x")


def test_a_hook_that_asks_for_more_than_a_context_is_refused(package: Path) -> None:
    package.write_text("from pipesec_tui import hookimpl\n@hookimpl\ndef pipesec_checks(ctx, more): return []\n")
    with pytest.raises(Exception, match="more"):
        describe("hooked", "hooked", "1")


def test_public_names_are_what_the_api_says() -> None:
    import pipesec_tui

    for name in pipesec_tui.__all__:
        assert getattr(pipesec_tui, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        pipesec_tui.nothing  # noqa: B018 - looking is what is tested
