"""The incremental cache: what a check said of a file, kept under everything that it could depend on.

A key is made of the content and path of the file, and of the check's code, rules, options, tool and data. What was kept
is therefore exact: a parse error is told again from here, and nothing is ever out of date, only unused.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from pipesec_tui.engine.result import Result
from pipesec_tui.home import data_dir, home
from pipesec_tui.model.finding import IDENTITY_VERSION
from pipesec_tui.model.project import Options
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.plugin.enabling import folder_stamp
from pipesec_tui.plugin.spec import CheckSpec

_KEPT_DAYS = 30
_BATCH = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS result(
    key BLOB PRIMARY KEY, used INTEGER NOT NULL, body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""


def digest(*parts: bytes) -> bytes:
    """BLAKE2b-128 over length-prefixed parts."""
    hasher = blake2b(digest_size=16)
    for part in parts:
        hasher.update(b"%d:" % len(part))
        hasher.update(part)
    return hasher.digest()


def check_stamp(
    spec: CheckSpec, rules: Sequence[RuleSpec], options: Options, plugin_stamp: str, *, offline: bool, online: bool
) -> bytes:
    """Digest of all that a check's answer depends on, but for the files."""
    tool = b""
    if spec.tool is not None:
        try:
            tool = version(spec.tool).encode()
        except PackageNotFoundError:
            tool = b"missing"
    data = folder_stamp(str(data_dir(spec.data))) if spec.data is not None else ""
    return digest(
        plugin_stamp.encode(),
        _own_stamp(),
        msgspec.msgpack.encode(spec),
        msgspec.msgpack.encode(rules),
        msgspec.json.encode(options, order="deterministic"),
        tool,
        data.encode(),
        f"{offline} {online}".encode() if spec.network else b"",
    )


def _own_stamp() -> bytes:
    """Changes when the code that makes observations does."""
    package = Path(__file__).resolve().parents[1]
    stamps = (folder_stamp(str(package / room)) for room in ("model", "engine", "flow"))
    return f"{IDENTITY_VERSION} {' '.join(stamps)}".encode()


class ResultCache:
    """Results by key, in a database of their own that may be thrown away at any time.

    A database that can't be used costs time and nothing else: every look-up misses, every store is dropped.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or home() / "cache" / "results.sqlite"
        self._decode = msgspec.msgpack.Decoder(Result).decode
        self._connection = self._open()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Result]:
        """What is kept under the keys."""
        found: dict[bytes, Result] = {}
        if self._connection is None:
            return found
        try:
            for batch in _batches(keys):
                marks = ",".join("?" * len(batch))
                rows = self._connection.execute(f"SELECT key, body FROM result WHERE key IN ({marks})", batch)  # noqa: S608 - only marks
                found.update((key, self._decode(body)) for key, body in rows)
            self._touch(list(found))
        except (sqlite3.Error, msgspec.DecodeError):
            return {}
        return found

    def put(self, results: Mapping[bytes, Result]) -> None:
        """Keep results, and drop what was not used for 30 days."""
        if self._connection is None or not results:
            return
        today = _today()
        rows = [(key, today, msgspec.msgpack.encode(result)) for key, result in results.items()]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO result VALUES(?, ?, ?)", rows)
                self._connection.execute("DELETE FROM result WHERE used < ?", (today - _KEPT_DAYS,))
        except sqlite3.Error:
            return

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _touch(self, keys: Sequence[bytes]) -> None:
        """Note the day of use, at most once a day and entry."""
        assert self._connection is not None
        today = _today()
        with self._connection:
            for batch in _batches(keys):
                marks = ",".join("?" * len(batch))
                self._connection.execute(
                    f"UPDATE result SET used = ? WHERE used < ? AND key IN ({marks})",  # noqa: S608 - only marks
                    [today, today, *batch],
                )

    def _open(self) -> sqlite3.Connection | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        except (OSError, sqlite3.Error):
            return None
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            connection.close()
            return None
        return connection


def _today() -> int:
    return int(time.time() // 86_400)


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH))
