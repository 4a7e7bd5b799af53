"""pip-audit as a second source, whose silence is not taken for a clean answer.

pip-audit 2.10 ends with status 0 and "No known vulnerabilities found" when the index knows none of the packages, and
with the status of "vulnerabilities found" when it can't reach the index (both seen). So neither its status nor its
text counts: a package is audited if the JSON says ``vulns`` for that very name and version.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from packaging.utils import canonicalize_name

from pipesec_dependencies.advisory.model import canonical_id
from pipesec_dependencies.advisory.sync import LOOPBACK, is_loopback
from pipesec_dependencies.advisory.version import order_key, parse_version, version_key
from pipesec_dependencies.vulnerability import Pin, Vulnerability

SOURCE = "pip-audit"
_SOCKET_TIMEOUT = 15
_MAX_OUTPUT = 64 << 20
_KEPT = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
         "https_proxy", "http_proxy", "no_proxy", "SYSTEMROOT")  # fmt: skip


class _Vulnerability(Struct, frozen=True):
    id: str
    fix_versions: list[str] = []
    aliases: list[str] = []
    description: str | None = None


class _Dependency(Struct, frozen=True):
    name: str
    version: str | None = None
    vulns: list[_Vulnerability] | None = None
    skip_reason: str | None = None


class _Report(Struct, frozen=True):
    dependencies: list[_Dependency]


class Audit(Struct, frozen=True, kw_only=True):
    """``found`` has an entry, maybe empty, for every package that was really audited; ``error`` is one line where
    pip-audit gave no usable answer to a question."""

    found: dict[Pin, tuple[Vulnerability, ...]]
    error: str | None = None


def audit(
    pins: Iterable[Pin], workdir: Path, *, osv_url: str | None = None, timeout: float = 600.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Audit:  # fmt: skip
    """Asks pip-audit about exact versions. It resolves and builds nothing, and runs outside the project.

    pins    -- what may be told to the outside: no private names
    workdir -- an empty folder of our own
    osv_url -- of an OSV query service, instead of PyPI
    """
    found: dict[Pin, tuple[Vulnerability, ...]] = {}
    error: str | None = None
    for number, part in enumerate(_distinct(pins)):
        if cancelled():
            error = "cancelled"
            break
        try:
            found.update(_ask(part, workdir / f"audit-{number}", osv_url, timeout))
        except NoAnswer as problem:
            error = str(problem)
    return Audit(found=found, error=error)


class NoAnswer(Exception):
    """pip-audit said nothing that can be used."""


def _distinct(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Lists in which every name stands once, since pip-audit takes one version of a package."""
    rounds: list[dict[str, str]] = []
    for key, version in sorted(set(pins)):
        if parse_version(version) is None:
            continue
        free = next((part for part in rounds if key not in part), None)
        if free is None:
            rounds.append(free := {})
        free[key] = version
    return [list(part.items()) for part in rounds]


def _ask(
    pins: Sequence[Pin], folder: Path, osv_url: str | None, timeout: float
) -> dict[Pin, tuple[Vulnerability, ...]]:
    folder.mkdir()
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{key}=={version}\n" for key, version in pins), "utf-8")
    command = [
        sys.executable, "-P", "-m", "pip_audit", "-r", str(requirements), "--no-deps", "--disable-pip",
        "-f", "json", "--progress-spinner", "off", "--timeout", str(_SOCKET_TIMEOUT),
        "--cache-dir", str(folder / "cache"),
    ]  # fmt: skip
    if osv_url is not None:
        command += ["-s", "osv", "--osv-url", osv_url]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if osv_url is not None and is_loopback(osv_url):
        environment |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(LOOPBACK))
    environment |= {"HOME": str(folder), "PIP_CONFIG_FILE": os.devnull, "PYTHONNOUSERSITE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"pip-audit gave no answer within {timeout:.0f} s") from None
    except OSError as error:
        raise NoAnswer(f"pip-audit can't be run: {error.strerror or error}") from None
    if not done.stdout.strip() or len(done.stdout) > _MAX_OUTPUT:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoAnswer(f"pip-audit gave no report: {told[-1][:200] if told else f'exit status {done.returncode}'}")
    return read_report(done.stdout, pins)


def read_report(content: bytes, pins: Sequence[Pin]) -> dict[Pin, tuple[Vulnerability, ...]]:
    """What pip-audit's JSON says of the packages that it was asked about; those that it skipped, or tells under another
    version, are left out. Raises NoAnswer where it is no report."""
    try:
        report = msgspec.json.decode(content, type=_Report)
    except msgspec.MsgspecError as error:
        raise NoAnswer(f"pip-audit's report can't be read: {error}") from None
    asked = {(key, version_key(version)): (key, version) for key, version in pins}
    found: dict[Pin, tuple[Vulnerability, ...]] = {}
    for item in report.dependencies:
        pin = asked.get((canonicalize_name(item.name), version_key(item.version or "")))
        if pin is not None and item.vulns is not None and not item.skip_reason:
            found[pin] = tuple(_vulnerability(vulnerability, pin[1]) for vulnerability in item.vulns)
    return found


def _vulnerability(told: _Vulnerability, version: str) -> Vulnerability:
    here = order_key(version) or ""
    fixes = sorted((at, fix) for fix in told.fix_versions if (at := order_key(fix)) is not None and at > here)
    ids = {told.id, *told.aliases}
    return Vulnerability(
        id=canonical_id(ids),
        aliases=tuple(sorted(ids)),
        summary=(told.description or "").split("\n")[0][:300],
        fixed_in=fixes[0][1] if fixes else None,
        sources=(SOURCE,),
    )
