"""What a reader of a format has found so far."""

from __future__ import annotations

from pathlib import PurePosixPath

from pipesec_tui.flow.facts import AccessFact, DatasetId, Extraction, RunFact, StageFact
from pipesec_tui.flow.formats.place import location, without_credentials
from pipesec_tui.model.lineage import Certainty, EdgeKind, NodeKind, Trust, Where

MAX_FACTS = 20_000
"""Facts that are kept of one file; a file with more is told as a problem."""


class Draft:
    """Collects facts of the file at ``path``; each access and run once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stages: dict[str, StageFact] = {}
        self._accesses: dict[AccessFact, None] = {}
        self._runs: list[RunFact] = []
        self._problems: dict[str, None] = {}
        self._full = False

    @property
    def folder(self) -> str:
        """Folder of the file, ``""`` at the project's root."""
        parent = str(PurePosixPath(self.path).parent)
        return "" if parent == "." else parent

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    def stage(
        self,
        name: str | None = None,
        line: int = 1,
        *,
        key: str | None = None,
        language: str = "yaml",
        pipeline: str | None = None,
        code: str | None = None,
        command: tuple[str, ...] = (),
        image: str | None = None,
    ) -> str:
        """Adds a stage and gives its key: the path for the file as a whole, ``path#name`` for one of many in it."""
        key = key or (f"{self.path}#{name}" if name else self.path)
        if len(self._stages) < MAX_FACTS:
            self._stages.setdefault(
                key,
                StageFact(
                    key=key,
                    name=name or self.stem,
                    where=Where(self.path, line),
                    pipeline=pipeline,
                    code=code,
                    command=tuple(without_credentials(word) for word in command),
                    image=image,
                    language=language,
                ),
            )
        else:
            self._full = True
        return key

    def access(
        self,
        stage: str,
        dataset: DatasetId | str,
        kind: EdgeKind,
        line: int,
        certainty: Certainty = Certainty.DECLARED,
        *,
        node: NodeKind = NodeKind.DATASET,
        trust: Trust | None = None,
        api: str | None = None,
    ) -> None:
        """Adds an access; a text is a path or URI as it stands."""
        if isinstance(dataset, str):
            if not dataset.strip():
                return
            dataset = location(dataset)
        if len(self._accesses) >= MAX_FACTS:
            self._full = True
            return
        fact = AccessFact(
            stage=stage,
            dataset=dataset,
            kind=kind,
            where=Where(self.path, line),
            certainty=certainty,
            node=node,
            trust=trust,
            api=api,
        )
        self._accesses[fact] = None

    def run(self, stage: str, target: str, line: int, arguments: dict[str, str] | None = None) -> None:
        """Adds that a stage runs a script or module."""
        if len(self._runs) < MAX_FACTS:
            bound = {name: without_credentials(value)[:2000] for name, value in (arguments or {}).items()}
            self._runs.append(RunFact(stage=stage, target=target, arguments=bound, where=Where(self.path, line)))
        else:
            self._full = True

    def problem(self, text: str) -> None:
        if len(self._problems) < 20:
            self._problems[text] = None

    @property
    def flows(self) -> int:
        """How many accesses and runs there are."""
        return len(self._accesses) + len(self._runs)

    def done(self) -> Extraction:
        if self._full:
            self.problem(f"more than {MAX_FACTS} facts in one file: the rest was left out")
        return Extraction(
            stages=tuple(self._stages.values()),
            accesses=tuple(self._accesses),
            runs=tuple(self._runs),
            problems=tuple(self._problems),
        )
