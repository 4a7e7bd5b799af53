"""Files that say which packages a project installs: one parser a format, all with the same answer."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from importlib import import_module

from pipesec_dependencies.manifest.model import Manifest

MAX_BYTES = 16 << 20
"""The largest manifest that is read; the largest lock files seen are some 2 MB."""

_FORMATS = (
    ("pyproject.toml", "pyproject_toml"),
    ("setup.py", "setup_py"),
    ("setup.cfg", "setup_cfg"),
    ("Pipfile", "pipfile"),
    ("uv.lock", "uv_lock"),
    ("poetry.lock", "poetry_lock"),
    ("pdm.lock", "pdm_lock"),
    ("Pipfile.lock", "pipfile_lock"),
    ("pylock.toml", "pylock_toml"),
    ("pylock.*.toml", "pylock_toml"),
    ("environment*.y*ml", "conda_yaml"),
    ("*.txt", "requirements_txt"),
    ("*.in", "requirements_txt"),
)


def parser_for(path: str) -> Callable[[str, str], Manifest] | None:
    """The parser of a file by its name, called with path and text, or None. It raises MalformedManifest where the file
    can't be read at all; what can't be read of it otherwise is in ``Manifest.problems``."""
    name = path.rpartition("/")[2]
    for pattern, module in _FORMATS:
        if fnmatch(name, pattern):
            parse: Callable[[str, str], Manifest] = import_module(f"{__name__}.{module}").parse
            return parse
    return None
