"""Packages of other ecosystems that a pipeline brings in: Maven's by Spark, dbt's by packages.yml.

They are components. No advisory data for them is imported, which is told for each: silence would read as clean.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from pipesec_dependencies.manifest.plain_yaml import MalformedYaml, load_plain, mapping, sequence
from pipesec_tui import FileEntry, Files

NO_MAVEN = "no advisory data for Maven"
NO_DBT = "no advisory data for dbt packages"
_MAX_BYTES = 4 << 20
_KEY = "spark.jars.packages"
_COORDINATE = re.compile(r"[A-Za-z0-9_.-]{1,200}:[A-Za-z0-9_.-]{1,200}:[A-Za-z0-9_.+-]{1,100}\Z")
"""``group:artifact:version``, as Spark documents ``spark.jars.packages``."""


class Foreign(Struct, frozen=True, kw_only=True):
    """One package: ``reason`` is why it is held against nothing."""

    purl: str
    name: str
    version: str | None
    path: str
    reason: str


def foreign_packages(files: Files) -> tuple[list[Foreign], dict[str, str]]:
    """All of them, and the reason for each file that can't be read."""
    found: list[Foreign] = []
    failed: dict[str, str] = {}
    for entry in files:
        try:
            found += _read(files, entry)
        except (OSError, ValueError, MalformedYaml) as error:
            failed[entry.path] = f"packages of other ecosystems can't be read: {str(error)[:200]}"
    return found, failed


def _read(files: Files, entry: FileEntry) -> Iterator[Foreign]:
    name = entry.path.rpartition("/")[2]
    if name in ("packages.yml", "dependencies.yml"):
        yield from _dbt(entry.path, files.read_text(entry, _MAX_BYTES))
        return
    if name.endswith((".py", ".sh", ".conf")) and entry.size <= _MAX_BYTES:
        content = files.read_bytes(entry, _MAX_BYTES)
        if _KEY.encode() not in content and b"--packages" not in content:
            return
        text = content.decode("utf-8", "replace")
        lists = _in_python(text) if name.endswith(".py") else _in_words(text, name.endswith(".conf"))
        yield from _maven(entry.path, lists)


def _maven(path: str, lists: Iterable[str]) -> Iterator[Foreign]:
    for coordinate in sorted({part.strip() for text in lists for part in text.split(",")}):
        if _COORDINATE.match(coordinate):
            group, artifact, version = coordinate.split(":")
            yield Foreign(
                purl=f"pkg:maven/{group}/{artifact}@{version}", name=f"{group}:{artifact}", version=version, path=path,
                reason=NO_MAVEN,
            )  # fmt: skip


def _in_python(text: str) -> Iterator[str]:
    """The lists in ``config("spark.jars.packages", "…")``, in tables with that key, and behind ``--packages``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in the target's strings
            tree = ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"not Python: {error}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _behind_key(node.args)
        elif isinstance(node, ast.Tuple | ast.List):
            yield from _behind_key(node.elts)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from _behind_key([part for part in (key, value) if part is not None])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "--packages" in node.value:
            yield from _in_words(node.value, conf=False)


def _behind_key(parts: list[ast.expr]) -> Iterator[str]:
    texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
    for key, value in pairwise(texts):
        if key in (_KEY, "--packages") and isinstance(value, str):
            yield value


def _in_words(text: str, conf: bool) -> Iterator[str]:
    """The lists behind ``--packages`` and ``spark.jars.packages`` in the words of a script or a configuration."""
    for line in text.replace("\\\n", " ").splitlines():
        if _KEY not in line and "--packages" not in line:
            continue
        try:
            words = line.split() if conf else shlex.split(line, comments=True)
        except ValueError:  # a quote that ends on another line
            words = line.split()
        words = [part for word in words for part in word.split("=")]
        if words and words[0].startswith("#"):
            continue
        for word, following in pairwise(words):
            if word in (_KEY, "--packages"):
                yield following


def _dbt(path: str, text: str) -> Iterator[Foreign]:
    """https://docs.getdbt.com/docs/build/packages"""
    for item in sequence(mapping(load_plain(text)).get("packages")):
        table = mapping(item)
        name = table.get("package") or table.get("git") or table.get("tarball")
        version = table.get("version") or table.get("revision")
        if not isinstance(name, str):
            continue
        plain = re.sub(r"^(?:https?://|git@)?(?:[^/@]*@)?", "", name).removesuffix(".git").replace(":", "/")
        told = str(version) if isinstance(version, str | int | float) else ""
        exact = told.lstrip("=") if re.fullmatch(r"=?=?v?[\w.-]+", told) else None
        purl = f"pkg:generic/dbt/{plain}"
        yield Foreign(purl=f"{purl}@{exact}" if exact else purl, name=plain, version=exact, path=path, reason=NO_DBT)
