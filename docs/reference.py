"""Writes docs/reference.md from the code: `make docs`. A test fails where the file and the code differ."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from pipesec_tui.cli.group import COMMANDS, cli
from pipesec_tui.plugin import hookspecs
from pipesec_tui.plugin.registry import Registry, discover
from pipesec_tui.report import FORMATS

TARGET = Path(__file__).with_name("reference.md")


def render() -> str:
    """The whole reference."""
    registry = discover(run_third_party=False)
    parts = [
        "# Reference",
        "Written from the code by `make docs`.",
        "## Commands",
        *_commands(),
        "## Formats",
        *(f"- `{name}`: {form.title} (`.{form.extension}`)" for name, form in FORMATS.items()),
        "## Hooks",
        *_hooks(),
        *_rules(registry),
    ]
    return "\n\n".join(parts).replace("\n\n- `", "\n- `") + "\n"


def _commands() -> Iterator[str]:
    context = click.Context(cli, info_name="pipesec")
    for name in [*COMMANDS, *(n for n in cli.list_commands(context) if n not in COMMANDS)]:
        command = cli.get_command(context, name)
        assert command is not None
        yield from _command(command, f"pipesec {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"### `{path}`"
    yield f"    {path} {usage}"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "")
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden and p.help]
    if options:
        yield "\n".join(f"- `{' '.join(option.opts)}`: {option.help}" for option in options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, f"{path} {name}")


def _hooks() -> Iterator[str]:
    for name, hook in inspect.getmembers(hookspecs, inspect.isfunction):
        if name.startswith("pipesec_"):
            yield f"### `{name}{inspect.signature(hook)}`".replace("'", "")
            yield inspect.getdoc(hook) or ""


def _rules(registry: Registry) -> Iterator[str]:
    for _, specs in registry.loaded():
        for check in specs.checks:
            yield f"## Rules of `{check.id}`"
            for owner, rule in specs.rules:
                if owner != check.id:
                    continue
                cwe = ", ".join(f"CWE-{number}" for number in rule.cwe)
                yield f"### `{rule.id}`"
                facts = [f"Severity {rule.severity.value}", f"confidence {rule.confidence.value}", cwe]
                yield f"**{rule.title}.** {', '.join(fact for fact in facts if fact)}."
                yield rule.why.strip()
                yield f"*Remedy:* {rule.remedy.strip()}"
                for example in rule.examples:
                    yield f"Weak (`{example.path}`):\n\n{_indented(example.bad)}"
                    yield f"Safe:\n\n{_indented(example.good)}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
