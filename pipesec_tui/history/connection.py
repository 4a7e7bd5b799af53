"""Opening the history's database: its settings, and what is refused before a byte of it is touched."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipesec_tui.history.errors import HistoryError, explained
from pipesec_tui.history.schema import APPLICATION_ID, SCHEMA_VERSION, migrations

BUSY_SECONDS = 10.0
"""How long to wait for another writer; the longest that was measured took some 4 s for 100,000 findings."""

_HEADER = struct.Struct(">60xi4xi28x")

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "fuse.sshfs", "glusterfs"})


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, making or upgrading it where that's needed. Raises ``HistoryError``.

    WAL, so that readers and the writer don't wait for each other, but a rollback journal on a network filesystem, where
    WAL's shared memory does not work. ``synchronous=FULL``: what is stored survives a power cut.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.stat().st_size > 0:
            _refuse_foreign(path)
        else:
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _settle(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction, taken at once: a deferred one that reads first fails without waiting (seen)."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_foreign(path: Path) -> None:
    """Refuse another program's database and a newer pipesec's. Neither the file nor its folder is touched."""
    application, version = _marks(path)
    if application != APPLICATION_ID:
        raise HistoryError(f"{path} is a database of another program; name another file, or set PIPESEC_HOME")
    if version > SCHEMA_VERSION:
        raise HistoryError(
            f"the history {path} was written by a newer pipesec (schema {version}, this one knows {SCHEMA_VERSION}); "
            "upgrade pipesec, or set PIPESEC_HOME to start another history"
        )


def _marks(path: Path) -> tuple[int, int]:
    """A database's application id and its version of the schema.

    Read from the file's header, since a connection would leave files beside it; but while others write, or after a
    crash, only a connection knows. Offsets: the SQLite file format, section 1.3, "The Database Header".
    """
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
    if not any(other.exists() and other.stat().st_size for other in beside):
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(b"SQLite format 3\0"):
            raise sqlite3.DatabaseError("file is not a database")
        version, application = _HEADER.unpack(header)
        return application, version
    # Not read-only: that could not take back what a crash has left half done.
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            application = APPLICATION_ID  # making it was cut short, and taken back: there is nothing in it
        return application, version
    finally:
        connection.close()


def _settle(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -65536")  # KiB: the indexes of some 500,000 versions
    if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
        _upgrade(connection)
    wanted = "delete" if _on_network(path) else "wal"
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted and os.access(path, os.W_OK):
        connection.execute(f"PRAGMA journal_mode = {wanted}")  # answers with another mode where WAL can't be had
    connection.execute("PRAGMA synchronous = FULL")


def _upgrade(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    with transaction(connection):  # so that of two that come at once, the second finds nothing left to do
        if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrations().apply(Database(connection, execute_plugins=False))


def _on_network(path: Path) -> bool:
    """Whether the file lies on a network filesystem, by the longest mount point above it (Linux)."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    place = str(path.parent.resolve())
    kind, longest = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:
            kind, longest = fields[2], len(point)
    return kind in _NETWORK
