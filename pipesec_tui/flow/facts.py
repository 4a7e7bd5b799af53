"""What extractors tell of one file, whatever its language: stages, what they read and write, what they call.

An extractor reads text and never runs it. What it can't resolve it names by a typed hole, ``{param:day}``, so that it
is shown and counted instead of lost.
"""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.lineage import Certainty, EdgeKind, NodeKind, Trust, Where


class DatasetId(Struct, frozen=True, order=True):
    """Identity of a dataset after OpenLineage's naming: where it lives, and its name there.

    namespace -- ``s3://bucket``, ``postgres://host:5432``, ``kafka://broker``, ``file``; ``table`` where a SQL name has
                 no known database
    name      -- path or dotted name; unresolved parts are holes in braces: ``{kind:what}``, with kind one of ``param``,
                 ``env``, ``config``, ``call``, ``attr``, ``time``, ``expr``
    """

    namespace: str
    name: str

    @property
    def uri(self) -> str:
        """One text for it: ``s3://bucket/key``, or the bare path of a local file."""
        return self.name if self.namespace == "file" else f"{self.namespace}/{self.name}"

    @property
    def holes(self) -> int:
        """How many parts of the name are unresolved."""
        return self.name.count("{") + self.namespace.count("{")


class StageFact(Struct, frozen=True, kw_only=True):
    """Something that transforms data: a script, a task of an orchestrator, a model, a container's command.

    key     -- what accesses refer to it by: unique in the project, derived from path and name
    code    -- path of the file that holds its code, where that is another than ``where``
    command -- how it is run, as a list of arguments, where that can be told
    """

    key: str
    name: str
    where: Where
    pipeline: str | None = None
    code: str | None = None
    command: tuple[str, ...] = ()
    image: str | None = None
    language: str = "python"


class AccessFact(Struct, frozen=True, kw_only=True):
    """A stage reads or writes a dataset, or calls a service.

    kind  -- of the edge; ``CALLS`` for a service
    node  -- what the other end is: a dataset, or a source, sink or service where the API says so
    trust -- of a source, as the API or a declaration tells; None where unknown
    api   -- symbol that does it, for evidence: ``pandas.read_csv``
    """

    stage: str
    dataset: DatasetId
    kind: EdgeKind
    where: Where
    certainty: Certainty
    node: NodeKind = NodeKind.DATASET
    trust: Trust | None = None
    api: str | None = None


class RunFact(Struct, frozen=True, kw_only=True):
    """A stage runs code: ``path`` of a script or a dotted module, with the arguments that it is given.

    ``arguments`` bind the holes of that code: by position (``"1"``) or name (``"--day"``, ``"op_kwargs.day"``).
    """

    stage: str
    target: str
    arguments: dict[str, str] = {}
    where: Where


class Extraction(Struct, frozen=True, kw_only=True):
    """All that one file tells. ``problems`` are one line each on what in it could not be read."""

    stages: tuple[StageFact, ...] = ()
    accesses: tuple[AccessFact, ...] = ()
    runs: tuple[RunFact, ...] = ()
    problems: tuple[str, ...] = ()
