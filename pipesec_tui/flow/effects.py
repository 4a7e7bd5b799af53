"""What code was seen to do: accesses of datasets and runs of other code, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipesec_tui.flow.facts import DatasetId, StageFact
from pipesec_tui.model.lineage import EdgeKind, NodeKind, Trust, Where


@dataclass(frozen=True, slots=True)
class Effect:
    """An access. ``stage`` is set where code declares a stage of its own for it. ``rank``: see ``values.LITERAL``."""

    dataset: DatasetId
    kind: EdgeKind
    where: Where
    rank: int
    node: NodeKind = NodeKind.DATASET
    trust: Trust | None = None
    api: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class RunEffect:
    """A run of a script with arguments, by position (``"1"``) or name."""

    target: str
    arguments: tuple[tuple[str, str], ...]
    where: Where
    stage: str | None = None


class Effects:
    """Effects in the order in which they were seen, without repeats."""

    __slots__ = ("accesses", "runs", "stages", "unread")

    def __init__(self) -> None:
        self.accesses: dict[Effect, None] = {}
        self.runs: dict[RunEffect, None] = {}
        self.stages: dict[str, StageFact] = {}
        self.unread: dict[Where, None] = {}
        """Where SQL or a shell line is that could not be told at all."""

    def extend(self, other: Effects) -> None:
        self.accesses.update(other.accesses)
        self.runs.update(other.runs)
        self.stages.update(other.stages)
        self.unread.update(other.unread)

    def moved(self, stage: StageFact) -> Effects:
        """The same, as done by a stage; what belongs to a stage of its own keeps it."""
        result = Effects()
        result.stages = {stage.key: stage, **self.stages}
        result.unread = dict(self.unread)
        for access in self.accesses:
            result.accesses[access if access.stage else _of(access, stage.key)] = None
        for run in self.runs:
            result.runs[run if run.stage else RunEffect(run.target, run.arguments, run.where, stage.key)] = None
        return result

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.accesses)

    def __bool__(self) -> bool:
        return bool(self.accesses or self.runs or self.stages)


def _of(access: Effect, stage: str) -> Effect:
    return Effect(access.dataset, access.kind, access.where, access.rank, access.node, access.trust, access.api, stage)
