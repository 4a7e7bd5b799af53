"""``pipesec advisories``: fetch, import and show the data that dependencies are judged by."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import click

from pipesec_tui import data_dir


class _OneLine(click.ClickException):
    """An error in one line, with exit status 2."""

    exit_code = 2


@click.group()
def advisories() -> None:
    """Fetch, import and show advisory data."""


@advisories.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(form: str) -> None:
    """Show what advisory data there is, from where, and how old."""
    import msgspec

    from pipesec_dependencies.advisory.model import AdvisoryDataError
    from pipesec_dependencies.advisory.outlook import EPSS, KEV, outlook_info
    from pipesec_dependencies.advisory.store import data_info

    try:
        info = data_info(_folder())
        outlooks = [found for name in (EPSS, KEV) if (found := outlook_info(_folder(), name)) is not None]
    except AdvisoryDataError as error:
        raise _OneLine(str(error)) from None
    if form == "json":
        held = [] if info is None else [{**msgspec.to_builtins(info), "age_days": _age(info.date)}]
        beside = [{**msgspec.to_builtins(found), "age_days": _age(found.date)} for found in outlooks]
        click.echo(msgspec.json.format(msgspec.json.encode({"advisories": held, "outlook": beside}), indent=2))
        return
    if info is None:
        click.echo("no advisory data: run `pipesec advisories sync` or `pipesec advisories import FILE`")
    else:
        rows = (
            ("ecosystem", info.ecosystem),
            ("source", info.source),
            ("advisories", f"{info.count:,} on {info.packages:,} packages"),
            ("date", f"{info.date} ({_age(info.date)} days old)"),
            ("imported", info.imported),
        )
        for name, value in rows:
            click.echo(f"{name:<12}{value}")
    for found in outlooks:
        click.echo(f"{found.name:<12}{found.count:,} CVEs of {found.date} ({_age(found.date)} days old)")


@advisories.command()
@click.option("--mirror", metavar="URL", help="Base address to fetch from, instead of OSV's or $PIPESEC_OSV_MIRROR.")
def sync(mirror: str | None) -> None:
    """Fetch OSV's dump of the Python ecosystem."""
    from pipesec_dependencies.advisory.model import AdvisoryDataError
    from pipesec_dependencies.advisory.sync import sync as fetch

    try:
        info, changed = fetch(_folder(), mirror=mirror, told=_progress())
    except AdvisoryDataError as error:
        raise _OneLine(str(error)) from None
    state = f"{info.count:,} advisories of {info.date}" if changed else f"unchanged since {info.imported}"
    click.echo(f"{info.ecosystem}: {state}", err=True)


@advisories.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def import_(file: Path) -> None:
    """Import FILE: OSV's all.zip, a folder of OSV JSON or PyPA YAML files, or one JSON file; FIRST's EPSS scores
    (CSV, also gzipped); or CISA's catalog of known exploited vulnerabilities (JSON)."""
    from pipesec_dependencies.advisory.model import AdvisoryDataError
    from pipesec_dependencies.advisory.outlook import import_outlook, recognize
    from pipesec_dependencies.advisory.store import import_dump

    try:
        kind = recognize(file)
        if kind is not None:
            outlook = import_outlook(file, _folder(), kind)
            click.echo(f"{kind.upper()}: {outlook.count:,} CVEs of {outlook.date}", err=True)
            return
        info = import_dump(file, _folder(), told=_progress())
    except AdvisoryDataError as error:
        raise _OneLine(str(error)) from None
    click.echo(f"{info.ecosystem}: {info.count:,} advisories of {info.date}", err=True)


def _folder() -> Path:
    return data_dir("advisories")


def _age(date: str) -> int:
    return (dt.datetime.now(tz=dt.UTC) - dt.datetime.fromisoformat(date)).days


def _progress() -> Callable[[int, str], None] | None:
    """Tells progress on one line of standard error, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    def told(done: int, what: str) -> None:
        click.echo(f"\r{done:,} {what}  ", nl=False, err=True)

    return told
