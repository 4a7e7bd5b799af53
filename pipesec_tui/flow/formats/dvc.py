"""DVC pipelines: stages with dependencies and outputs.

Format: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from pathlib import PurePosixPath

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.shell import add_shell
from pipesec_tui.flow.formats.tree import Mapping, Plain, Text, load_one
from pipesec_tui.model.lineage import Certainty, EdgeKind

_CODE = frozenset({".py", ".sh", ".r", ".ipynb", ".sql", ".scala"})
_ITEM = re.compile(r"\$\{\s*([\w.\[\]]+)\s*\}")
_WRITTEN = ("outs", "metrics", "plots")


def read(path: str, content: bytes) -> Extraction:
    """Stages of ``dvc.yaml``; ``dvc.lock`` tells what they had when they last ran. Raises Malformed."""
    draft = Draft(path)
    observed = path.endswith(".lock")
    declaration = str(PurePosixPath(path).with_name("dvc.yaml"))
    stages = load_one(content).mapping("stages")
    for name, stage in stages.mappings():
        line = stages.line_of(name)
        body = stage.mapping("do") or stage
        code = _first_code(body)
        key = draft.stage(
            name, line, key=f"{declaration}#{name}", language="dvc", pipeline=draft.folder or None, code=code
        )
        folder = posixpath.join(draft.folder, body.text("wdir") or "")
        certainty = Certainty.OBSERVED if observed else Certainty.DECLARED
        for part in ("deps", *_WRITTEN):
            kind = EdgeKind.WRITES if part in _WRITTEN else EdgeKind.READS
            for text in _paths(body, part):
                if PurePosixPath(text).suffix.lower() not in _CODE:
                    draft.access(key, _inside(folder, text), kind, text.line, certainty, api="dvc")
        if not observed:
            for command in body.sequence("cmd"):
                if isinstance(command, Text):
                    add_shell(draft, key, _holed(command), command.first, None, partial(_inside, folder))
    return draft.done()


def _paths(stage: Mapping, part: str) -> list[Text]:
    """The paths of a list, each a text, a mapping with options under the path, or one with ``path`` (in the lock)."""
    found: list[Plain] = []
    for one in stage.sequence(part):
        if isinstance(one, Mapping):
            path = one.text("path")
            found += [path] if path else [Text(key, one.line_of(key)) for key in one]
        else:
            found.append(one)
    return [one for one in found if isinstance(one, Text)]


def _first_code(stage: Mapping) -> str | None:
    return next((str(text) for text in _paths(stage, "deps") if PurePosixPath(text).suffix.lower() in _CODE), None)


def _holed(text: str) -> str:
    return _ITEM.sub(
        lambda match: f"{{{'param' if match[1].split('.')[0] in ('item', 'key') else 'config'}:{match[1]}}}", text
    )


def _inside(folder: str, path: str) -> str:
    path = _holed(path)
    return path if "://" in path or path.startswith("{") else posixpath.normpath(posixpath.join(folder, path))
