"""The worker's side of ``Emit``: turns what a check says into frames, redacted and with identity."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import structs

from pipesec_tui.engine.scope import Scopes
from pipesec_tui.model.assessment import DataVersion
from pipesec_tui.model.asset import file_urn, unversioned
from pipesec_tui.model.component import Component
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.events import ComponentSeen, Covered, DataUsed, Frame, LineageSeen, Observed, Progress, Volatile
from pipesec_tui.model.files import FileEntry
from pipesec_tui.model.finding import Evidence, FlowStep, Identity, Location, Scalar
from pipesec_tui.model.identity import code_identity, subject_identity
from pipesec_tui.model.lineage import Edge, Lineage, Node
from pipesec_tui.model.observation import Observation
from pipesec_tui.model.project import Dataset, Service, Sink, Source, Stage
from pipesec_tui.model.redaction import redact
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.model.severity import Confidence, Severity
from pipesec_tui.plugin.request import Files, Place

_MAX_TEXT = 8_000
_LINE_END = re.compile(r"\r\n|\r|\n")
"""Where parsers see a line end; ``str.splitlines`` also splits at form feeds and Unicode separators."""
_URN_KIND = {Source: "source", Service: "service", Stage: "stage", Dataset: "dataset", Sink: "sink"}


class FrameEmit:
    """Implements ``pipesec_tui.Emit`` on a function that sends frames."""

    def __init__(self, check: str, rules: Mapping[str, RuleSpec], files: Files, send: Callable[[Frame], None]) -> None:
        self._check = check
        self._rules = rules
        self._files = files
        self._send = send
        self._text: dict[str, tuple[list[str], Scopes | None]] = {}

    def finding(
        self,
        rule: str,
        *,
        at: Place,
        subject: Iterable[str] = (),
        message: str | None = None,
        title: str | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        scope: str | None = None,
        asset: str | None = None,
        flow: Sequence[FlowStep] = (),
        cwe: Sequence[int] | None = None,
        aliases: Sequence[str] = (),
        cvss: str | None = None,
        remediation: str | None = None,
        fixed_in: str | None = None,
        evidence: Evidence | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        spec = self._rules.get(rule)
        if spec is None:
            raise ValueError(f"rule {rule!r} is not declared by check {self._check!r}")
        location, place = _location(at)

        def clean(text: str) -> str:
            return redact(text[:_MAX_TEXT], *secrets)

        subjects = tuple(clean(part) for part in subject)
        identity, scope = self._identity(rule, location, asset or place, scope, subjects)
        observation = Observation(
            rule=rule,
            asset=asset or place,
            identity=identity,
            location=location,
            message=clean(message if message is not None else spec.why),
            title=clean(title) if title is not None else None,
            severity=severity,
            confidence=confidence,
            flow=tuple(structs.replace(step, what=clean(step.what)) for step in flow),
            cwe=tuple(cwe) if cwe is not None else None,
            aliases=tuple(aliases),
            cvss=cvss,
            remediation=clean(remediation) if remediation is not None else None,
            fixed_in=fixed_in,
            evidence={key: _clean(value, clean) for key, value in (evidence or {}).items()},
        )
        self._send(Observed(observation))

    def coverage(
        self, asset: Place, status: CoverageStatus | str, reason: str | None = None, count: int | None = None
    ) -> None:
        status = CoverageStatus(status)
        if status is not CoverageStatus.OK and not reason:
            raise ValueError(f"coverage {status.value!r} of {asset!r} needs a reason")
        _, place = _location(asset)
        why = redact(reason[:1_000]) if reason else None
        self._send(Covered(Coverage(check=self._check, asset=place, status=status, reason=why, count=count)))

    def component(self, component: Component) -> None:
        self._send(ComponentSeen(component))

    def lineage(self, nodes: Iterable[Node] = (), edges: Iterable[Edge] = ()) -> None:
        self._send(LineageSeen(Lineage(nodes=tuple(nodes), edges=tuple(edges))))

    def data(self, name: str, date: str) -> None:
        self._send(DataUsed(DataVersion(name, date)))

    def volatile(self) -> None:
        self._send(Volatile())

    def progress(self, done: int, total: int | None = None, what: str = "") -> None:
        self._send(Progress(done, total, what))

    def _identity(
        self, rule: str, location: Location, asset: str, scope: str | None, subject: Sequence[str]
    ) -> tuple[Identity, str | None]:
        path, start = location.path, location.start_line
        if path is not None and start is not None:
            lines, scopes = self._lines(path)
            if scope is None and scopes is not None:
                scope = scopes.at(start)
            if not subject:
                return code_identity(rule, path, scope, lines, start, location.end_line or start), scope
        place = path if path is not None else unversioned(asset)
        return subject_identity(rule, place, scope, subject), scope

    def _lines(self, path: str) -> tuple[list[str], Scopes | None]:
        """A file's lines and scopes; the last few are kept, since findings of a file come together."""
        known = self._text.get(path)
        if known is None:
            try:
                text = self._files.read_bytes(path).decode("utf-8", "replace") if path in self._files else ""
            except OSError:
                text = ""
            known = _LINE_END.split(text), Scopes(text) if path.endswith((".py", ".pyi", ".pyw")) else None
            while len(self._text) > 8:
                del self._text[next(iter(self._text))]
            self._text[path] = known
        return known


def _location(place: Place) -> tuple[Location, str]:
    """A place as a location and as an asset's URN."""
    if isinstance(place, Location):
        if place.path is not None:
            return place, file_urn(place.path)
        for kind, name in (
            ("pkg", place.purl),
            ("image", place.image),
            ("stage", place.stage),
            ("dataset", place.dataset),
        ):
            if name is not None:
                return place, name if name.startswith(f"{kind}:") else f"{kind}:{name}"
        return place, "project:."
    if isinstance(place, FileEntry):
        return Location(path=place.path), file_urn(place.path)
    if isinstance(place, str):
        kind, colon, name = place.partition(":")
        if not colon:
            raise ValueError(f"not an asset's URN: {place!r}")
        match kind:
            case "file":
                return Location(path=name), place
            case "pkg":
                return Location(purl=place), place
            case "stage":
                return Location(stage=name), place
            case "dataset":
                return Location(dataset=name), place
            case "image":
                return Location(image=name), place
            case _:
                return Location(), place
    asset = f"{_URN_KIND[type(place)]}:{place.name}"
    if isinstance(place, Stage):
        return Location(stage=place.name, pipeline=place.pipeline), asset
    return Location(dataset=place.name if isinstance(place, Dataset) else None), asset


def _clean(
    value: Scalar | list[Scalar] | dict[str, Scalar], clean: Callable[[str], str]
) -> Scalar | list[Scalar] | dict[str, Scalar]:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean(item) if isinstance(item, str) else item for item in value]
    if isinstance(value, dict):
        return {key: clean(item) if isinstance(item, str) else item for key, item in value.items()}
    return value
