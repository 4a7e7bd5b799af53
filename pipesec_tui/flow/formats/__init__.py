"""Formats that declare stages and data flow, each read by a file of its own. Nothing in them is run.

``extract`` chooses by name first, and by content where a name alone doesn't tell.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Protocol, cast

from pipesec_tui.flow.facts import Extraction

PATTERNS: tuple[str, ...] = (
    "*.sql", "*.hql", "*.ddl", "*.psql", "*.sh", "*.bash", "*.ksh", "*.zsh",
    "Dockerfile*", "*.dockerfile", "Containerfile*",
    "Makefile", "makefile", "GNUmakefile", "*.mk", "crontab", "crontab.*", "*.cron", "*.crontab", "cron.d/*",
    "*.yml", "*.yaml", "dvc.lock", "*.tf", "*.template", "seeds/**/*.csv", "*.json", "*.jsonl", "*.ndjson",
)  # fmt: skip
"""gitignore patterns of every file that ``extract`` may know."""


class _Reader(Protocol):
    def read(self, path: str, content: bytes) -> Extraction | None: ...


_BY_NAME: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"(?i)(?:^|/)(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|\.dockerfile$", "dockerfile"),
        (r"(?:^|/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$", "compose"),
        (r"\.(?:sql|hql|ddl|psql)$", "dbt_model"),
        (r"(?:^|/)seeds/.*\.csv$", "dbt_seed"),
        (r"(?:^|/)target/manifest\.json$", "dbt_manifest"),
        (r"(?:^|/)dbt_project\.ya?ml$", "dbt_properties"),
        (r"\.(?:sh|bash|ksh|zsh)$", "shell"),
        (r"(?:^|/)(?:GNUm|[Mm])akefile(?:\.\w+)?$|\.mk$", "makefile"),
        (r"(?:^|/)crontab(?:\.\w+)?$|\.(?:cron|crontab)$|(?:^|/)cron\.d/[^/]+$", "cron"),
        (r"(?:^|/)dvc\.(?:yaml|lock)$", "dvc"),
        (r"(?:^|/)catalog[^/]*\.ya?ml$|(?:^|/)catalog/[^/]*\.ya?ml$", "kedro"),
        (r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$|(?:^|/)\.gitlab-ci\.ya?ml$", "ci"),
        (r"\.tf$", "terraform"),
        (r"\.(?:jsonl|ndjson)$", "openlineage"),
    )
)
_BY_CONTENT: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rb"['\"]?connector\.class['\"]?\s*:", "kafka_connect"),
        (rb"AWSTemplateFormatVersion|AWS::Serverless|['\"]?Type['\"]?\s*:\s*['\"]?AWS::", "cloudformation"),
        (rb"\"eventType\"|\"eventTime\"", "openlineage"),
        (rb"(?m)^(?:sources|models|exposures|seeds|snapshots)\s*:", "dbt_properties"),
    )
)
_STRUCTURED = re.compile(r"\.(?:ya?ml|json|template)$")
_SNIFFED = 1 << 20


def extract(path: str, content: bytes) -> Extraction | None:
    """What a file of any known format tells; None where its format isn't known. Never raises.

    path    -- relative to the project's root, with forward slashes
    content -- all of it; what is too large or malformed becomes a problem of the extraction
    """
    name = next((reader for pattern, reader in _BY_NAME if pattern.search(path)), None)
    if name is None and _STRUCTURED.search(path):
        name = next((reader for pattern, reader in _BY_CONTENT if pattern.search(content, 0, _SNIFFED)), None)
    if name is None:
        return None
    from pipesec_tui.flow.formats.tree import Malformed

    reader = cast(_Reader, import_module(f"pipesec_tui.flow.formats.{name}"))
    try:
        return reader.read(path, content)
    except Malformed as error:
        return Extraction(problems=(str(error),))
    except RecursionError:
        return Extraction(problems=("nested too deeply: not read",))
