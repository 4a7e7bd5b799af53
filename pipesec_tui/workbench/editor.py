"""Opening a file in the user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from textual.app import App, SuspendNotSupported

from pipesec_tui.workbench.source import inside

_AT_LINE = {
    "code": ("--goto", "{path}:{line}"), "codium": ("--goto", "{path}:{line}"), "hx": ("{path}:{line}",),
    "subl": ("{path}:{line}",), "zed": ("{path}:{line}",), "micro": ("+{line}", "{path}"),
}  # fmt: skip
"""Editors that don't take ``+LINE PATH`` as vi, emacs, nano and their kin do."""


def command_for(path: Path, line: int | None) -> list[str]:
    """The command that opens a file at a line, from $VISUAL or $EDITOR, else vi."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    pattern = _AT_LINE.get(Path(words[0]).stem, ("+{line}", "{path}"))
    return [*words, *(part.format(path=path, line=line or 1) for part in pattern)]


def open_at(app: App[object], root: Path, path: str | None, line: int | None) -> str | None:
    """Give the terminal to the editor until it ends; a line on what went wrong, or None."""
    if path is None:
        return "This finding is not in a file."
    place = inside(root, path)
    if place is None or place.is_symlink() or not place.is_file():
        return f"There is no file {path} in the project any more."
    try:
        command = command_for(place.absolute(), line)
        with app.suspend():
            subprocess.run(command, check=False)
    except SuspendNotSupported:
        return "An editor can't be opened here."
    except (OSError, ValueError) as error:
        return f"$EDITOR could not be started: {error}"
    return None
