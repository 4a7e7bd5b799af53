"""Which third-party plugins may run: pinned by version and by the hash of their files, or by path where editable."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import Distribution
from pathlib import Path
from urllib.parse import unquote, urlparse

import msgspec
from msgspec import Struct

from pipesec_tui.home import StateError, home


class Pin(Struct, frozen=True, kw_only=True):
    """A plugin that the user enabled, as it was then. ``checks`` are what it brought, so that a plugin that later fails
    to load leaves a gap with a name."""

    distribution: str
    version: str
    hash: str | None
    path: str | None = None
    checks: tuple[str, ...] = ()


class Enabled(Struct, frozen=True, kw_only=True):
    """The user's choices: third-party plugins enabled, and shipped ones disabled."""

    enabled: dict[str, Pin] = {}
    disabled: tuple[str, ...] = ()


def load() -> Enabled:
    """The choices stored in the state directory. Raises StateError where the file can't be read."""
    path = _path()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enabled)
    except FileNotFoundError:
        return Enabled()
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}; make it readable, or set PIPESEC_HOME") from None
    except msgspec.DecodeError as error:
        raise StateError(f"{path}: {error}; mend or remove it, then enable your plugins again") from None


def store(choices: Enabled) -> None:
    """Write the choices atomically."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(choices)))
    temporary.replace(path)


def _path() -> Path:
    return home() / "plugins.json"


def editable_path(distribution: Distribution) -> str | None:
    """The folder that an editable install points to, or None for an ordinary one (PEP 610, ``direct_url.json``)."""
    text = distribution.read_text("direct_url.json")
    if not text:
        return None
    try:
        document = json.loads(text)
        if document.get("dir_info", {}).get("editable"):
            return unquote(urlparse(document["url"]).path)
    except (ValueError, KeyError, AttributeError):
        return None
    return None


def content_hash(distribution: Distribution) -> str:
    """SHA-256 over names and contents of all files that the distribution installed, compiled ones apart."""
    hasher = hashlib.sha256()
    for file in sorted(distribution.files or (), key=str):
        # What installers write down about the installation itself differs from place to place.
        if file.suffix == ".pyc" or file.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
            continue
        hasher.update(f"{file}\0".encode())
        try:
            hasher.update(hashlib.sha256(Path(str(file.locate())).read_bytes()).digest())
        except OSError:
            hasher.update(b"missing")
    return hasher.hexdigest()


def folder_stamp(folder: str) -> str:
    """Digest of names, sizes and times of all source and data files below a folder: changes whenever they do."""
    hasher = hashlib.blake2b(digest_size=16)
    for directory, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name not in ("__pycache__", ".git", ".venv", "node_modules"))
        for name in sorted(files):
            if not name.endswith((".pyc", ".pyo")):
                status = os.stat(os.path.join(directory, name), follow_symlinks=False)
                hasher.update(
                    f"{directory}/{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "replace")
                )
    return hasher.hexdigest()
