"""The user's own keys, from keys.toml."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.home import home
from pipesec_tui.workbench.actions import ACTIONS, clashes


class Keymap(Struct, frozen=True):
    """Keys by action, and a line on each entry that does not count."""

    keys: dict[str, str]
    problems: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    keys: dict[str, str] = {}


def keymap_path() -> Path:
    """Where keys.toml is looked for: beside the state where PIPESEC_HOME is set, else in the user's configuration."""
    if os.environ.get("PIPESEC_HOME"):
        return home() / "keys.toml"
    import platformdirs

    return Path(platformdirs.user_config_dir("pipesec", appauthor=False)) / "keys.toml"


def load(path: Path | None = None) -> Keymap:
    """The user's keys; without a file there are none. Never raises: what is wrong becomes a problem, and the workbench
    keeps its own keys."""
    path = path or keymap_path()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Keymap({})
    except OSError as error:
        return Keymap({}, (f"{path}: {error.strerror or error}; the usual keys are in use",))
    try:
        chosen = msgspec.toml.decode(text, type=_File).keys
    except msgspec.DecodeError as error:
        return Keymap({}, (f"{path}: {error}; the usual keys are in use",))
    known = {action.id for action in ACTIONS}
    problems = [f"{path}: there is no action {name!r}; docs/keys.md lists them" for name in chosen if name not in known]
    keys = {name: value for name, value in chosen.items() if name in known}
    problems += [f"{path}: {line}" for line in clashes(keys)]
    return Keymap(keys, tuple(problems))
