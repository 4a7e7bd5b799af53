"""The project under assessment, as `pipesec.toml` describes it."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from msgspec import Struct, field

from pipesec_tui.model.finding import Scalar
from pipesec_tui.model.lineage import Trust
from pipesec_tui.model.severity import Severity

Options = dict[str, Scalar | list[Scalar] | dict[str, Scalar]]
"""A check's options, from ``[check.ID]``."""


class ProjectInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[project]``. ``private``: patterns of package names that no query may carry outside."""

    name: str | None = None
    private: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[source]]``: where data comes in. ``sample`` and ``schema`` are paths in the project."""

    name: str
    uri: str | None = None
    trust: Trust | None = None
    sample: str | None = None
    schema: str | None = None


class ServiceKind(Enum):
    S3 = "s3"
    POSTGRES = "postgres"
    HTTP = "http"


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[service]]``: what stages talk to; ``seed`` is a path to what its stand-in starts from."""

    name: str
    kind: ServiceKind
    seed: str | None = None


class Stage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[stage]]``: what transforms data. ``run`` is a list of arguments, never a shell line."""

    name: str
    pipeline: str | None = None
    run: tuple[str, ...] = ()
    cwd: str = "."
    env: dict[str, str] = {}
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    image: str | None = None
    quarantine: str | None = None
    alerts: tuple[str, ...] = ()
    timeout: str | None = None


class Dataset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[dataset]]``: what lies between stages."""

    name: str
    path: str | None = None
    unique_key: tuple[str, ...] = ()
    schema: str | None = None


class Sink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[sink]]``: where data ends; ``exposures`` are the models and reports that depend on it."""

    name: str
    reads: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    owner: str | None = None


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[policy]``. Durations are written as ``7d``, ``12h``, ``30m`` or ``45s``.

    every    -- assessed at least this often
    fail_on  -- open findings at or above this severity fail the gate
    sla      -- time to fix, by severity
    data_age -- advisory data older than this makes an assessment incomplete
    """

    every: str | None = None
    fail_on: Severity | None = None
    sla: dict[Severity, str] = {}
    data_age: str = "14d"


class ExpectedChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[canary.expect]]``: a declared change of a column, with why and until when."""

    column: str
    reason: str
    until: dt.date


class CanarySample(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rows: int = 50_000
    seed: int = 7


class CanarySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[canary]``: images or git revisions to compare, and what to run on the verdict."""

    baseline: str | None = None
    candidate: str | None = None
    sample: CanarySample = CanarySample()
    on_promote: tuple[str, ...] = ()
    on_rollback: tuple[str, ...] = ()
    expect: tuple[ExpectedChange, ...] = ()


class Project(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `pipesec.toml`. Without such a file every part is empty."""

    info: ProjectInfo = field(default=ProjectInfo(), name="project")
    sources: tuple[Source, ...] = field(default=(), name="source")
    services: tuple[Service, ...] = field(default=(), name="service")
    stages: tuple[Stage, ...] = field(default=(), name="stage")
    datasets: tuple[Dataset, ...] = field(default=(), name="dataset")
    sinks: tuple[Sink, ...] = field(default=(), name="sink")
    policy: Policy = Policy()
    checks: dict[str, Options] = field(default={}, name="check")
    canary: CanarySettings | None = None
