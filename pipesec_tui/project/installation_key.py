"""A secret of this installation, so that digests of a project's content say nothing elsewhere."""

from __future__ import annotations

import contextlib
import os
import secrets

from pipesec_tui.home import home
from pipesec_tui.project.bounded import read_bounded

KEY_SIZE = 32


def installation_key() -> bytes:
    """32 random bytes, made at the first call and kept in ``home()/install.key``, readable by the user alone.

    Safe against several processes that start at once: a file that is whole is linked into place, and whoever comes
    second takes the first one's. Raises OSError where the state directory can't be written or the file isn't a key.
    """
    path = home() / "install.key"
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".install.key.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_SIZE))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
    return _read(path)


def _read(path: os.PathLike[str]) -> bytes:
    key = read_bounded(path, KEY_SIZE)
    if len(key) != KEY_SIZE:
        raise OSError(f"{os.fspath(path)} is not a key of {KEY_SIZE} bytes; remove it and a new one is made")
    return key
