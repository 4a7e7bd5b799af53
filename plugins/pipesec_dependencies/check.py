"""The check: reads manifests, holds every pinned package against advisories, and says what it could not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct
from packaging.utils import canonicalize_name

from pipesec_dependencies import hygiene
from pipesec_dependencies.advisory.matcher import match, smallest_upgrade
from pipesec_dependencies.advisory.model import Advisory, AdvisoryDataError
from pipesec_dependencies.advisory.outlook import Outlook, load_outlook
from pipesec_dependencies.advisory.store import data_info, load
from pipesec_dependencies.advisory.version import parse_version
from pipesec_dependencies.foreign import foreign_packages
from pipesec_dependencies.graph import introductions
from pipesec_dependencies.importing import Use, uses
from pipesec_dependencies.installed import read_environment
from pipesec_dependencies.ledger import Ledger
from pipesec_dependencies.manifest.model import Dependency, MalformedManifest, Manifest, ManifestKind, Origin
from pipesec_dependencies.reading import Pins, Reading, read_manifests
from pipesec_dependencies.vulnerability import Pin, Vulnerability, merged, of_match, purl
from pipesec_tui import CheckRequest, Component, ComponentKind, Emit, Location, file_urn

DATA_NAME = "OSV PyPI"
NO_DATA = "no advisory data: run `pipesec advisories sync`"
_PROJECT = "project:."


class _Known(Struct, frozen=True, kw_only=True):
    """What is known of pinned packages; ``date`` of our own data, None where there is none. ``upgrades`` are the
    smallest ones that end all that is known of a pin."""

    vulnerabilities: dict[Pin, list[Vulnerability]]
    date: str | None
    upgrades: dict[Pin, str]
    uses: dict[str, Use] = {}
    outlook: Outlook = Outlook()


def run(request: CheckRequest, emit: Emit) -> None:
    """Called in a worker; see ``pipesec_tui.CheckSpec``."""
    ledger = Ledger()
    reading = _read(request, ledger)
    pins = Pins(reading.manifests)
    pinned = {
        (item.key, item.version) for manifest in reading.manifests for item in manifest.dependencies
        if item.version and item.key
    }  # fmt: skip
    known = _known(request, emit, ledger, pinned)
    if request.online or "venv" in request.options or (known.date is None and not request.offline):
        emit.volatile()  # answered by the network, or by files that aren't in the inventory
    for manifest in reading.manifests:
        if request.cancelled:
            break
        hygiene.judge(manifest, pins, emit)
        _report(manifest, pins, known, emit, ledger)
    _foreign(request, emit, ledger)
    if ledger.is_empty:
        ledger.skipped(_PROJECT, "no file here names what is installed")
    ledger.emit(emit)


def _foreign(request: CheckRequest, emit: Emit, ledger: Ledger) -> None:
    packages, failed = foreign_packages(request.files)
    for path, reason in failed.items():
        ledger.partial(file_urn(path), reason)
    for package in packages:
        emit.component(
            Component(
                purl=package.purl,
                kind=ComponentKind.LIBRARY,
                direct=True,
                found_in=package.path,
                name=package.name,
                version=package.version,
            )
        )
        ledger.skipped(package.purl, package.reason)


def _read(request: CheckRequest, ledger: Ledger) -> Reading:
    reading = read_manifests(request.files)
    for path, reason in reading.failed.items():
        ledger.failed(file_urn(path), reason)
    venv = request.options.get("venv")
    if isinstance(venv, str):
        try:
            installed = read_environment(request.root, venv)
        except MalformedManifest as error:
            ledger.failed(_PROJECT, str(error))
        else:
            return Reading(manifests=(*reading.manifests, installed), failed=reading.failed)
    return reading


def _known(request: CheckRequest, emit: Emit, ledger: Ledger, pinned: set[Pin]) -> _Known:
    """Asks our own data, and pip-audit where queries are allowed; says for every pinned package who has answered."""
    date = _own_data(request, emit, ledger) if pinned else None
    advisories: dict[str, tuple[Advisory, ...]] = {}
    if date is not None:
        try:
            advisories = load(request.data_dir, (key for key, _ in pinned))
        except AdvisoryDataError as error:
            ledger.failed(_PROJECT, f"no advisory data: {error}")
            date = None
    vulnerabilities: dict[Pin, list[Vulnerability]] = {}
    upgrades: dict[Pin, str] = {}
    if date is not None:
        for key, version in sorted(pinned):
            answer = match(version, advisories.get(key, ()))
            vulnerabilities[key, version] = [of_match(found) for found in answer.matches]
            if answer.matches and (upgrade := smallest_upgrade(version, advisories.get(key, ()))):
                upgrades[key, version] = upgrade
            asset = purl(key, version)
            if parse_version(version) is None:
                ledger.partial(asset, f"{version!r} is no version after PEP 440: compared by text only")
            elif answer.undecided:
                ledger.partial(asset, f"can't be held against {', '.join(answer.undecided)}, which names no versions")
            else:
                ledger.ok(asset)
    if request.online and pinned:
        _second_source(request, ledger, pinned, vulnerabilities, own=date is not None)
    if date is None and pinned:
        for key, version in pinned:
            if (key, version) not in vulnerabilities:
                ledger.skipped(purl(key, version), NO_DATA)
    vulnerable = {key for (key, _), found in vulnerabilities.items() if found}
    return _Known(
        vulnerabilities=vulnerabilities, date=date, upgrades=upgrades, uses=uses(vulnerable, request.files),
        outlook=_outlook(request, ledger, vulnerabilities),
    )  # fmt: skip


def _outlook(request: CheckRequest, ledger: Ledger, known: dict[Pin, list[Vulnerability]]) -> Outlook:
    """What EPSS and KEV say of all that was found; nothing where they weren't imported."""
    ids = {
        id for found in known.values() for vulnerability in found for id in (vulnerability.id, *vulnerability.aliases)
    }
    try:
        return load_outlook(request.data_dir, ids)
    except AdvisoryDataError as error:
        ledger.failed(_PROJECT, f"EPSS or KEV: {error}")
        return Outlook()


def _own_data(request: CheckRequest, emit: Emit, ledger: Ledger) -> str | None:
    """The date of our advisory data, which is fetched where there is none and that is allowed."""
    try:
        info = data_info(request.data_dir)
        if info is None and not request.offline:
            from pipesec_dependencies.advisory.sync import sync

            info, _ = sync(request.data_dir, told=lambda done, what: emit.progress(done, None, what))
    except AdvisoryDataError as error:
        ledger.failed(_PROJECT, f"no advisory data: {error}")
        return None
    if info is None:
        ledger.failed(_PROJECT, NO_DATA)
        return None
    emit.data(DATA_NAME, info.date)
    return info.date


def _second_source(
    request: CheckRequest, ledger: Ledger, pinned: set[Pin], known: dict[Pin, list[Vulnerability]], *, own: bool
) -> None:
    from pipesec_dependencies.advisory.sync import is_loopback
    from pipesec_dependencies.audit import SOURCE, audit

    told = {pin for pin in pinned if not is_private(pin[0], request.project.info.private)}
    url = request.options.get("osv_url")
    if url is not None and not (isinstance(url, str) and is_loopback(url)):
        ledger.failed(_PROJECT, "osv_url: a project may name a service on this machine only; nothing was asked")
        told, url = set(), None
    result = audit(told, Path(request.workdir), osv_url=url, cancelled=lambda: request.cancelled)
    if result.error is not None:
        ledger.failed(_PROJECT, result.error)
    for pin in sorted(told):
        if pin in result.found:
            known[pin] = merged(known.get(pin, []), result.found[pin])
            if not own:
                ledger.ok(purl(*pin))
        else:
            ledger.partial(purl(*pin), f"{SOURCE} could not audit it")


def is_private(key: str, patterns: Iterable[str]) -> bool:
    """Whether a package's normalized name matches one of the patterns of ``[project] private``."""
    return any(fnmatchcase(key, canonicalize_name(pattern)) for pattern in patterns)


def _report(manifest: Manifest, pins: Pins, known: _Known, emit: Emit, ledger: Ledger) -> None:
    ways = introductions(manifest)
    versions = {item.key: item.version for item in manifest.dependencies}
    answered: Counter[str] = Counter()
    seen: set[tuple[str, str, int]] = set()
    for dependency in manifest.dependencies:
        way = tuple(purl(key, versions.get(key)) for key in ways.get(dependency.key, ()))
        if dependency.version is None and dependency.key and (path := pins.answer(manifest, dependency.key)):
            answered[path] += 1
            continue
        _component(manifest, dependency, way, emit)
        if dependency.version is None or not dependency.key:
            ledger.skipped(*_unknown(manifest, dependency))
            continue
        for found in known.vulnerabilities.get((dependency.key, dependency.version), ()):
            if (found.id, dependency.key, dependency.line) not in seen or manifest.kind is ManifestKind.INSTALLED:
                seen.add((found.id, dependency.key, dependency.line))
                _finding(manifest, dependency, found, way, known, emit)
    _cover(manifest, answered, ledger)


def _unknown(manifest: Manifest, dependency: Dependency) -> tuple[str, str]:
    """The asset and the reason for a dependency whose version nobody tells."""
    if not dependency.key:
        return file_urn(manifest.path), f"line {dependency.line}: from {dependency.origin.value}, without a name"
    if dependency.origin is Origin.INDEX:
        return purl(dependency.key), "no pinned version"
    return purl(dependency.key), f"no version: it comes from {dependency.origin.value}"


def _cover(manifest: Manifest, answered: Counter[str], ledger: Ledger) -> None:
    installed = manifest.kind is ManifestKind.INSTALLED
    asset = f"dir:{manifest.path}/" if installed else file_urn(manifest.path)
    if manifest.problems:
        more = len(manifest.problems) - 1
        first = manifest.problems[0].what if installed else str(manifest.problems[0])
        ledger.partial(asset, f"{first}{f' (and {more} more)' if more else ''}")
    else:
        told = [f"{count} without a pinned version: {path} has it" for path, count in sorted(answered.items())]
        ledger.ok(asset, "; ".join(told) or None)


def _component(manifest: Manifest, dependency: Dependency, way: tuple[str, ...], emit: Emit) -> None:
    if dependency.key:
        emit.component(
            Component(
                purl=purl(dependency.key, dependency.version),
                kind=ComponentKind.LIBRARY,
                direct=dependency.direct,
                introduced_by=way,
                found_in=manifest.path,
                name=dependency.key,
                version=dependency.version,
            )
        )


def _finding(
    manifest: Manifest,
    dependency: Dependency,
    found: Vulnerability,
    way: tuple[str, ...],
    known: _Known,
    emit: Emit,
) -> None:
    name, version, bare = dependency.name, dependency.version, purl(dependency.key)
    place = purl(dependency.key, version)
    installed = manifest.kind is ManifestKind.INSTALLED
    upgrade = known.upgrades.get((dependency.key, version)) if version else None
    use = known.uses.get(dependency.key)
    ids = (found.id, *found.aliases)
    score, exploited = known.outlook.score(ids), known.outlook.exploited_since(ids)
    brought = f" It comes in through {way[0].removeprefix('pkg:pypi/')}." if way else ""
    if found.fixed_in is None:
        remedy = f"No fixed version of {name} is known: replace it, or keep untrusted data away from it.{brought}"
    else:
        remedy = f"Upgrade {name} to {found.fixed_in} or newer.{brought}"
        if upgrade is not None and upgrade != found.fixed_in:
            remedy += f" {upgrade} ends all that is known of it."
    emit.finding(
        "vulnerable-dependency",
        at=Location(purl=place) if installed else Location(path=manifest.path, start_line=dependency.line, purl=place),
        subject=(found.id, bare),
        asset=bare,
        title=f"{name} {version}: {found.id}",
        message=f"{name} {version} is affected by {found.id}{f': {found.summary}' if found.summary else ''}"
        + (f"; exploited since {exploited}" if exploited else "")
        + (f"; {use.where} imports it" if use and use.where else ""),
        severity=found.severity,
        cvss=found.cvss,
        aliases=found.aliases,
        fixed_in=found.fixed_in,
        remediation=remedy,
        evidence={
            "version": version,
            "advisory": found.id,
            "severity": found.basis,
            "sources": list(found.sources),
            "data_date": known.date,
            "upgrade_to": upgrade,
            "imported": use.imported if use else None,
            "imported_in": use.where if use else None,
            "import_names": list(use.names) if use else [],
            "epss": score.probability if score else None,
            "epss_percentile": score.percentile if score else None,
            "epss_date": known.outlook.epss_date,
            "kev": exploited,
            "kev_date": known.outlook.kev_date,
            "introduced_by": list(way),
            "manifest": manifest.path,
        },
    )
