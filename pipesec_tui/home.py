"""Where pipesec keeps what it remembers: never inside the project under assessment."""

from __future__ import annotations

import os
from pathlib import Path


class StateError(ValueError):
    """Something in the state directory can't be used; one line says what and what to do."""


def home() -> Path:
    """The user's state directory for pipesec; the environment variable ``PIPESEC_HOME`` moves it."""
    override = os.environ.get("PIPESEC_HOME")
    if override:
        return Path(override).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_state_dir("pipesec", appauthor=False))


def data_dir(name: str) -> Path:
    """Where a check keeps data that it judges by (``CheckSpec.data``), and where its commands put it."""
    return home() / "data" / name
