"""What plugins declare: frozen specs, whose work is named by an import string and done later."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Scalar
from pipesec_tui.model.rule import RuleSpec

API_VERSION = "1.0"
"""Version of the plugin API: raised in the second place when something is added, in the first when removed."""


class PluginInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who a plugin is. ``api`` is the range of API versions it works with, as in ``>=1.0,<2``."""

    name: str
    version: str
    api: str = ">=1.0,<2"
    docs: str | None = None


class CheckSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of analysis.

    id      -- kebab-case, unique among all plugins
    area    -- what it is about
    title   -- a few words
    run     -- ``package.module:function``, called as ``function(request, emit)`` in a worker process
    scope   -- ``file``: given the files that changed, the engine answers for the rest from its cache, so what the check
               says of a file may depend on that file, its options and its rules only. ``project``: given all files
    files   -- patterns (``*.py``, ``requirements*.txt``) of the files it wants, matched as .gitignore lines are;
               empty for all. A check with patterns of which no file matches does not apply
    pure    -- for scope ``project``: the result depends on nothing but files, options, rules, tool, data and
               upstream, so that an unchanged project may be answered from the cache
    needs   -- ids of checks whose result it reads with ``request.upstream(id)``
    rules   -- ``package:file.yaml``, a list of rules with the keys of ``RuleSpec``
    tool    -- distribution whose version takes part in the cache's key, where one does the work
    data    -- name of a folder below pipesec's data directory whose content takes part in the cache's key
    options -- JSON Schema of ``[check.ID]`` in pipesec.toml, as text
    timeout -- seconds for the whole check
    memory  -- bytes of address space for its process
    dynamic -- runs the project's stages: only after consent
    network -- may use the network where the user allows it
    """

    id: str
    area: Area
    title: str
    run: str
    scope: str = "project"
    files: tuple[str, ...] = ()
    pure: bool = False
    needs: tuple[str, ...] = ()
    rules: str | None = None
    tool: str | None = None
    data: str | None = None
    options: str | None = None
    timeout: float = 900.0
    memory: int = 4 << 30
    dynamic: bool = False
    network: bool = False


class ModelSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows for the I/O catalogue: ``package:file.yaml``."""

    rows: str


class AttackSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to poison a record; ``run`` makes the poisoned records."""

    id: str
    title: str
    cwe: tuple[int, ...] = ()
    run: str


class JudgeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison of baseline and candidate that joins a canary's verdict."""

    id: str
    title: str
    run: str


class ExporterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A format to write. ``run`` is called as ``function(document, stream)``, where document is an ``Assessment``, or a
    ``Comparison`` if ``comparisons`` is set, and stream takes text."""

    id: str
    title: str
    run: str
    extension: str
    media_type: str
    comparisons: bool = False


class ImporterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A format to read: SARIF and others, joining the history."""

    id: str
    title: str
    run: str


class EnricherSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Adds facts to findings (EPSS, KEV, owners); never touches identity."""

    id: str
    title: str
    run: str


class NotifierSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Told of an assessment after it is stored; its errors change nothing."""

    id: str
    title: str
    run: str


class ViewSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A screen of the workbench; ``screen`` names a class."""

    id: str
    title: str
    screen: str
    key: str | None = None


class CommandSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command of the CLI; ``command`` names a click command, imported only when asked for."""

    name: str
    title: str
    command: str


class PluginSpecs(Struct, frozen=True, kw_only=True):
    """All that a plugin declares."""

    info: PluginInfo
    checks: tuple[CheckSpec, ...] = ()
    rules: tuple[tuple[str, RuleSpec], ...] = ()
    """Rules with the id of their check ("" for those of no check)."""
    models: tuple[ModelSpec, ...] = ()
    attacks: tuple[AttackSpec, ...] = ()
    judges: tuple[JudgeSpec, ...] = ()
    exporters: tuple[ExporterSpec, ...] = ()
    importers: tuple[ImporterSpec, ...] = ()
    enrichers: tuple[EnricherSpec, ...] = ()
    notifiers: tuple[NotifierSpec, ...] = ()
    views: tuple[ViewSpec, ...] = ()
    commands: tuple[CommandSpec, ...] = ()


class PluginContext(Struct, frozen=True, kw_only=True):
    """The only argument of a hook. New fields may come; none goes within an API version."""

    api: str = API_VERSION
    options: dict[str, Scalar] = {}


class Description(Struct, frozen=True, kw_only=True):
    """What came of asking one plugin: its specs, or one line on why there are none."""

    name: str
    specs: PluginSpecs | None = None
    error: str | None = None
    incompatible: bool = False
    seconds: float = 0.0
