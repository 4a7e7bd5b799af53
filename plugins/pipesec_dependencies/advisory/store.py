"""Advisories on disk: one read-only SQLite file an ecosystem, replaced whole."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from pipesec_dependencies.advisory.dump import Limits, read_dump
from pipesec_dependencies.advisory.model import Advisory, AdvisoryDataError, DataInfo
from pipesec_dependencies.advisory.osv import ECOSYSTEM, OsvRecord, by_package, read_record

_SCHEMA = 1
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Advisory, ...]).decode
_QUERY = 500
"""Names in one query; SQLite allows 32,766 and older builds 999."""

Told = Callable[[int, str], None]
"""Told how many files were read, and what is being done."""


def store_path(folder: Path) -> Path:
    """The file that holds the advisories, in the folder ``pipesec_tui.data_dir("advisories")``."""
    return folder / f"{ECOSYSTEM}.sqlite"


def import_dump(
    dump: Path,
    folder: Path,
    *,
    source: str | None = None,
    etag: str | None = None,
    told: Told | None = None,
    limits: Limits | None = None,
) -> DataInfo:
    """Reads a dump and puts its facts in place of the ones before, in one step: an error leaves the old data.

    Raises AdvisoryDataError, also where the dump holds no advisory for Python packages.
    """
    records: list[OsvRecord] = []
    for count, (name, content) in enumerate(read_dump(dump, limits), 1):
        try:
            record = read_record(name, content)
        except AdvisoryDataError as error:
            raise AdvisoryDataError(f"{dump}: {error}") from None
        if record is not None:
            records.append(record)
        if told is not None and count % 500 == 0:
            told(count, "reading advisories")
    if not records:
        raise AdvisoryDataError(f"{dump}: no advisory for {ECOSYSTEM} in it; the data before is kept")
    now = dt.datetime.now(tz=dt.UTC)
    packages = [(name, _encode(advisories)) for name, advisories in by_package(records).items()]
    digest = blake2b(digest_size=16)
    for name, facts in packages:
        digest.update(name.encode() + b"\0" + facts)
    info = DataInfo(
        ecosystem=ECOSYSTEM,
        source=source or str(dump),
        count=len(records),
        packages=len(packages),
        date=_newest(records, now),
        imported=now.isoformat(timespec="seconds"),
        digest=digest.hexdigest(),
        etag=etag,
    )
    _write(store_path(folder), info, packages)
    return info


def _newest(records: Iterable[OsvRecord], now: dt.datetime) -> str:
    """When the newest record was changed; never later than now, since a wrong date must not make old data young."""
    newest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for record in records:
        try:
            modified = dt.datetime.fromisoformat(record.modified)
        except ValueError:
            continue
        newest = max(newest, modified if modified.tzinfo else modified.replace(tzinfo=dt.UTC))
    return min(newest, now).isoformat(timespec="seconds")


def _write(path: Path, info: DataInfo, packages: list[tuple[str, bytes]]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".import-", dir=path.parent)
        os.close(handle)
        try:
            with closing(sqlite3.connect(name, isolation_level=None)) as database:
                database.executescript(
                    "PRAGMA journal_mode = OFF; BEGIN;"
                    "CREATE TABLE info (schema INTEGER, facts BLOB);"
                    "CREATE TABLE package (name TEXT PRIMARY KEY, facts BLOB) WITHOUT ROWID;"
                )
                database.execute("INSERT INTO info VALUES (?, ?)", (_SCHEMA, msgspec.json.encode(info)))
                database.executemany("INSERT INTO package VALUES (?, ?)", packages)
                database.execute("COMMIT")
            with open(name, "rb") as written:
                os.fsync(written.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise AdvisoryDataError(f"{path}: can't be written: {reason}; the data before is kept") from None


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection | None]:
    path = store_path(folder)
    if not path.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            yield database
    except (sqlite3.Error, msgspec.MsgspecError, ValueError) as error:
        raise AdvisoryDataError(f"{path}: damaged ({error}); run `pipesec advisories sync`") from None


def data_info(folder: Path) -> DataInfo | None:
    """What advisory data there is, or None. Raises AdvisoryDataError where it is damaged."""
    with _open(folder) as database:
        if database is None:
            return None
        row = database.execute("SELECT schema, facts FROM info").fetchone()
        if row is None or row[0] != _SCHEMA:
            raise ValueError("written by another version of pipesec")
        return msgspec.json.decode(row[1], type=DataInfo)


def load(folder: Path, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
    """The advisories of packages, by normalized name; those without any are left out.

    Raises AdvisoryDataError where the data is damaged.
    """
    wanted = sorted(set(names))
    found: dict[str, tuple[Advisory, ...]] = {}
    with _open(folder) as database:
        if database is None:
            return found
        for start in range(0, len(wanted), _QUERY):
            part = wanted[start : start + _QUERY]
            marks = ",".join("?" * len(part))
            query = f"SELECT name, facts FROM package WHERE name IN ({marks})"  # noqa: S608 - only question marks
            found.update((name, _decode(facts)) for name, facts in database.execute(query, part))
    return found
