"""From what extractors tell of single files to one graph of the project."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipesec_tui.flow import naming
from pipesec_tui.flow.facts import AccessFact, DatasetId, Extraction, RunFact, StageFact
from pipesec_tui.flow.unify import canonical, unify
from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind, Trust, Where
from pipesec_tui.model.project import Project, Stage

PROJECT_FILE = "pipesec.toml"
_ORDER = list(Certainty)
MAX_WHERE = 20
"""Lines of evidence that one node or edge keeps."""


@dataclass(slots=True)
class _Place:
    """A node while it is put together."""

    id: str
    kind: NodeKind
    name: str
    pipeline: str | None = None
    trust: Trust | None = None
    where: dict[Where, None] = field(default_factory=dict)
    declared: bool = False


def declared_runs(project: Project) -> list[RunFact]:
    """How pipesec.toml says that scripts are run, with datasets for the placeholders in their arguments."""
    from pipesec_tui.flow.resolve_tasks import numbered

    places = _places(project)
    runs = []
    for stage in project.stages:
        words = [_filled(word, places) for word in stage.run]
        script = next((index for index, word in enumerate(words) if word.endswith(".py")), None)
        if script is None:
            continue
        target = posixpath.normpath(posixpath.join(stage.cwd, words[script]))
        arguments = {**dict(numbered(words[script + 1 :])), **{f"env.{k}": v for k, v in stage.env.items()}}
        runs.append(RunFact(stage=f"stage:{stage.name}", target=target, arguments=arguments, where=Where(PROJECT_FILE)))
    return runs


def _places(project: Project) -> dict[str, str]:
    """Where declared sources and datasets lie, by name."""
    places = {source.name: source.uri or source.sample or source.name for source in project.sources}
    places.update({dataset.name: dataset.path or dataset.name for dataset in project.datasets})
    return places


def _filled(word: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        word = word.replace(f"{{{name}}}", place)
    return word


def build(project: Project, extractions: Iterable[Extraction]) -> Lineage:
    """The lineage of a project: what pipesec.toml declares, and what code and declarations were seen to do."""
    return _Builder(project).build(list(extractions))


class _Builder:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._places: dict[str, _Place] = {}
        self._edges: dict[tuple[str, str, EdgeKind], tuple[dict[Where, None], Certainty]] = {}
        self._at: dict[DatasetId, str] = {}
        self._files: dict[str, str] = {}

    def build(self, extractions: Sequence[Extraction]) -> Lineage:
        self._declare()
        stages = {stage.key: stage for extraction in extractions for stage in extraction.stages}
        accesses = [access for extraction in extractions for access in extraction.accesses]
        mapping = unify((access.dataset for access in accesses), tuple(self._at))
        ids = self._stage_ids(stages, accesses)
        for access in sorted(accesses, key=_order):
            self._access(access, mapping[access.dataset], ids)
        self._infer_ends()
        return self._lineage()

    # pipesec.toml

    def _declare(self) -> None:
        project = self._project
        for source in project.sources:
            node = self._declared("source", NodeKind.SOURCE, source.name)
            node.trust = source.trust
            for place in (source.uri, source.sample):
                if place is not None:
                    self._at.setdefault(canonical(naming.from_uri(place)), node.id)
        for dataset in project.datasets:
            node = self._declared("dataset", NodeKind.DATASET, dataset.name)
            if dataset.path is not None:
                found = canonical(naming.from_uri(dataset.path))
                self._at.setdefault(found, node.id)
                self._files[found.name] = node.id
        for service in project.services:
            self._declared("service", NodeKind.SERVICE, service.name)
        for stage in project.stages:
            self._declare_stage(stage)
        for sink in project.sinks:
            node = self._declared("sink", NodeKind.SINK, sink.name)
            for name in sink.reads:
                self._edge(self._named(name), node.id, EdgeKind.READS, [Where(PROJECT_FILE)], Certainty.DECLARED)

    def _declare_stage(self, stage: Stage) -> None:
        node = self._declared("stage", NodeKind.STAGE, stage.name)
        node.pipeline = stage.pipeline
        where = [Where(PROJECT_FILE)]
        for name in stage.reads:
            self._edge(self._named(name), node.id, EdgeKind.READS, where, Certainty.DECLARED)
        for name in stage.writes:
            self._edge(node.id, self._named(name), EdgeKind.WRITES, where, Certainty.DECLARED)
        for name in stage.uses:
            self._edge(node.id, f"service:{name}", EdgeKind.CALLS, where, Certainty.DECLARED)

    def _declared(self, prefix: str, kind: NodeKind, name: str) -> _Place:
        place = self._places.setdefault(f"{prefix}:{name}", _Place(f"{prefix}:{name}", kind, name, declared=True))
        place.where[Where(PROJECT_FILE)] = None
        return place

    def _named(self, name: str) -> str:
        """The node that a stage of pipesec.toml means by a name: a source, a dataset, or one known by name alone."""
        for prefix in ("source", "dataset", "sink"):
            if f"{prefix}:{name}" in self._places:
                return f"{prefix}:{name}"
        return self._declared("dataset", NodeKind.DATASET, name).id

    # what was extracted

    def _stage_ids(self, stages: dict[str, StageFact], accesses: Sequence[AccessFact]) -> dict[str, str]:
        used = {access.stage for access in accesses}
        names: dict[str, int] = {}
        for key in sorted(stages):
            if key in used:
                names[stages[key].name] = names.get(stages[key].name, 0) + 1
        declared = self._declared_scripts()
        ids: dict[str, str] = {}
        for key in sorted(used):
            stage = stages.get(key)
            if stage is None:
                # pipesec.toml's own stages are known by their id already; of others the key is all that there is
                ids[key] = key if key in self._places else f"stage:{key}"
                self._places.setdefault(ids[key], _Place(ids[key], NodeKind.STAGE, key))
                continue
            same = declared.get(stage.code or "") if stage.key == stage.code else None
            if same is not None:
                ids[key] = same
                self._places[same].where[stage.where] = None
                continue
            plain = f"stage:{stage.name}"
            unique = names[stage.name] == 1 and plain not in self._places
            ids[key] = plain if unique else f"stage:{key}"
            place = self._places.setdefault(ids[key], _Place(ids[key], NodeKind.STAGE, stage.name))
            place.pipeline = place.pipeline or stage.pipeline or _pipeline_of(stage)
            place.where[stage.where] = None
        return ids

    def _declared_scripts(self) -> dict[str, str]:
        """Stages of pipesec.toml by the script that they run, where only one runs it."""
        found: dict[str, list[str]] = {}
        for run in declared_runs(self._project):
            found.setdefault(run.target, []).append(run.stage)
        return {target: stages[0] for target, stages in found.items() if len(stages) == 1}

    def _access(self, access: AccessFact, dataset: DatasetId, ids: dict[str, str]) -> None:
        stage = ids[access.stage]
        node = self._dataset(access, dataset)
        node.where[access.where] = None
        reads = access.kind is EdgeKind.READS
        source, target = (node.id, stage) if reads else (stage, node.id)
        self._edge(source, target, access.kind, [access.where], access.certainty)

    def _dataset(self, access: AccessFact, dataset: DatasetId) -> _Place:
        known = self._at.get(dataset)
        if known is None and dataset.namespace.startswith(("sqlite://", "duckdb://")):
            # A table in a database file that is declared: the file stands for it.
            known = self._files.get(dataset.namespace.partition("://")[2])
        if known is not None:
            return self._places[known]
        if access.kind is EdgeKind.CALLS or access.node is NodeKind.SERVICE:
            id, kind = f"service:{dataset.namespace}", NodeKind.SERVICE
            name = dataset.namespace
        else:
            id, kind, name = f"dataset:{dataset.uri}", NodeKind.DATASET, dataset.uri
        place = self._places.get(id)
        if place is None:
            place = self._places[id] = _Place(id, kind, name)
        if access.trust is not None and (place.trust is None or _RISK[access.trust] > _RISK[place.trust]):
            place.trust = access.trust
        return place

    def _edge(self, source: str, target: str, kind: EdgeKind, where: Iterable[Where], certainty: Certainty) -> None:
        lines, known = self._edges.get((source, target, kind), ({}, certainty))
        lines.update(dict.fromkeys(where))
        best = min(certainty, known, key=_ORDER.index)
        self._edges[(source, target, kind)] = (lines, best)

    # what follows from the whole

    def _infer_ends(self) -> None:
        """What is read and never written is a source; what is written and never read is a sink."""
        written = {target for _, target, kind in self._edges if kind is EdgeKind.WRITES}
        read = {source for source, _, kind in self._edges if kind is EdgeKind.READS}
        for place in self._places.values():
            if place.declared or place.kind is not NodeKind.DATASET:
                continue
            if place.id in read and place.id not in written:
                place.kind = NodeKind.SOURCE
                place.trust = place.trust or _trust_of(place.name)
            else:
                # Trust is a source's: what the pipeline writes itself has that of what it was made from.
                place.trust = None
                if place.id in written and place.id not in read:
                    place.kind = NodeKind.SINK
        self._pipelines()

    def _pipelines(self) -> None:
        """A dataset belongs to the pipeline of its stages where they agree."""
        seen: dict[str, set[str | None]] = {}
        for source, target, _ in self._edges:
            for here, there in ((source, target), (target, source)):
                if here in self._places and self._places[there].kind is NodeKind.STAGE:
                    seen.setdefault(here, set()).add(self._places[there].pipeline)
        for id, pipelines in seen.items():
            place = self._places[id]
            if place.kind is not NodeKind.STAGE and place.pipeline is None and len(pipelines) == 1:
                place.pipeline = next(iter(pipelines))

    def _lineage(self) -> Lineage:
        nodes = tuple(
            Node(
                id=place.id, kind=place.kind, name=place.name, pipeline=place.pipeline, trust=place.trust,
                where=tuple(sorted(place.where, key=_line)[:MAX_WHERE]),
            )
            for place in sorted(self._places.values(), key=lambda each: each.id)
        )  # fmt: skip
        edges = tuple(
            Edge(
                source=source, target=target, kind=kind, certainty=certainty,
                where=tuple(sorted(lines, key=_line)[:MAX_WHERE]),
            )
            for (source, target, kind), (lines, certainty) in sorted(
                self._edges.items(), key=lambda each: (each[0][0], each[0][1], each[0][2].value)
            )
        )  # fmt: skip
        return Lineage(nodes=nodes, edges=edges)


_RISK = {Trust.INTERNAL: 0, Trust.PARTNER: 1, Trust.UNTRUSTED: 2}
_OUTSIDE = (
    "http:",
    "https:",
    "s3:",
    "gs:",
    "ftp:",
    "sftp",
    "kafka",
    "pubsub",
    "sqs",
    "sns",
    "kinesis",
    "wasbs:",
    "abfss:",
)
_UPLOADS = ("upload", "incoming", "inbox", "landing", "dropzone", "external", "inbound")


def _trust_of(name: str) -> Trust | None:
    """Trust of a source by where it lies; None where that tells nothing."""
    lowered = name.lower()
    if lowered.startswith(_OUTSIDE) or any(word in lowered for word in _UPLOADS):
        return Trust.UNTRUSTED
    return None


def _pipeline_of(stage: StageFact) -> str | None:
    """The pipeline of a stage that names none: its folder."""
    return posixpath.dirname(stage.where.path) or None


def _line(where: Where) -> tuple[str, int]:
    return where.path, where.line or 0


def _order(access: AccessFact) -> tuple[str, str, str, int, str]:
    return access.stage, access.dataset.uri, access.where.path, access.where.line or 0, access.kind.value
