"""How likely and how known an exploit is: FIRST's EPSS and CISA's KEV, imported as files with a date.

EPSS is a CSV of ``cve,epss,percentile`` under a comment with the date of the scores
(https://www.first.org/epss/data_stats); KEV is a JSON catalog of vulnerabilities that were seen exploited
(https://www.cisa.gov/known-exploited-vulnerabilities-catalog). Neither is part of a finding's identity.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import os
import re
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pipesec_dependencies.advisory.model import AdvisoryDataError

EPSS, KEV = "epss", "kev"
_SCHEMA = 1
_MAX_BYTES = 256 << 20
_MAX_ROWS = 4_000_000
_CVE = re.compile(r"CVE-\d{4}-\d{4,10}\Z")
_SCORE_DATE = re.compile(r"score_date:([0-9T:+.Z-]{10,40})")
_HEAD = 4_096


class OutlookInfo(Struct, frozen=True, kw_only=True):
    """What was imported: ``date`` is what the data says of itself, in UTC."""

    name: str
    source: str
    count: int
    date: str
    imported: str


class Score(Struct, frozen=True):
    """EPSS of one CVE, both from 0 to 1."""

    probability: float
    percentile: float


class Outlook(Struct, frozen=True, kw_only=True):
    """What is known of some CVEs; dates are None where nothing was imported."""

    scores: dict[str, Score] = {}
    exploited: dict[str, str] = {}
    epss_date: str | None = None
    kev_date: str | None = None

    def score(self, ids: Iterable[str]) -> Score | None:
        """The highest score among a vulnerability's ids."""
        known = [self.scores[id] for id in ids if id in self.scores]
        return max(known, key=lambda score: score.probability, default=None)

    def exploited_since(self, ids: Iterable[str]) -> str | None:
        """The day on which a vulnerability was listed as exploited, or None."""
        return min((self.exploited[id] for id in ids if id in self.exploited), default=None)


class _KevEntry(Struct, frozen=True):
    cveID: str
    dateAdded: str


class _Kev(Struct, frozen=True):
    dateReleased: str
    vulnerabilities: list[_KevEntry]


def recognize(file: Path) -> str | None:
    """``epss`` or ``kev`` by the file's beginning, None for what is neither. Raises AdvisoryDataError."""
    if not file.is_file():
        return None
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
            if head[:2] == b"\x1f\x8b":
                stream.seek(0)
                head = gzip.GzipFile(fileobj=stream).read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise AdvisoryDataError(f"{file}: can't be read: {error}") from None
    if head.startswith(b"#model_version") or head.lower().startswith(b"cve,epss,percentile"):
        return EPSS
    return KEV if head.lstrip()[:1] == b"{" and b'"catalogVersion"' in head else None


def import_outlook(file: Path, folder: Path, name: str) -> OutlookInfo:
    """Reads EPSS or KEV and puts it in place of what was there, in one step: an error leaves the old data.

    Raises AdvisoryDataError.
    """
    content = _content(file)
    try:
        date, rows = _read_epss(content) if name == EPSS else _read_kev(content)
    except ValueError as error:
        raise AdvisoryDataError(f"{file}: {error}; the data before is kept") from None
    if not rows:
        raise AdvisoryDataError(f"{file}: no CVE in it; the data before is kept")
    now = dt.datetime.now(tz=dt.UTC)
    told = min(_utc(date), now).isoformat(timespec="seconds")  # a wrong date must not make old data young
    info = OutlookInfo(
        name=name, source=str(file), count=len(rows), date=told, imported=now.isoformat(timespec="seconds")
    )
    _write(_path(folder, name), info, rows)
    return info


def outlook_info(folder: Path, name: str) -> OutlookInfo | None:
    """What was imported under a name, or None. Raises AdvisoryDataError where it is damaged."""
    rows = _ask(_path(folder, name), "SELECT schema, facts FROM info")
    if rows is None:
        return None
    for row in rows:
        if row[0] == _SCHEMA and isinstance(row[1], bytes):
            return msgspec.json.decode(row[1], type=OutlookInfo)
    raise AdvisoryDataError(f"{_path(folder, name)}: written by another version of pipesec; import it again")


def load_outlook(folder: Path, ids: Iterable[str]) -> Outlook:
    """What is known of some CVEs. Raises AdvisoryDataError where the data is damaged."""
    wanted = sorted({id for id in ids if _CVE.match(id)})
    epss, kev = outlook_info(folder, EPSS), outlook_info(folder, KEV)
    scores = {id: Score(float(one), float(two)) for id, one, two in _facts(folder, EPSS, wanted)} if epss else {}
    exploited = {id: str(added) for id, added, _ in _facts(folder, KEV, wanted)} if kev else {}
    return Outlook(
        scores=scores,
        exploited=exploited,
        epss_date=epss.date if epss else None,
        kev_date=kev.date if kev else None,
    )


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            packed = stream.read(_MAX_BYTES + 1)
        content = packed
        if packed[:2] == b"\x1f\x8b":
            content = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise AdvisoryDataError(f"{file}: can't be read: {error}") from None
    if len(content) > _MAX_BYTES:
        raise AdvisoryDataError(f"{file}: larger than {_MAX_BYTES >> 20} MiB")
    return content


_Rows = list[tuple[str, str | float, float | None]]


def _read_epss(content: bytes) -> tuple[str, _Rows]:
    """The date of the scores and a row a CVE. Raises ValueError that names the line."""
    first, _, rest = content.partition(b"\n")
    found = _SCORE_DATE.search(first.decode("utf-8", "replace")) if first.startswith(b"#") else None
    if found is None:
        raise ValueError("line 1: no score_date")
    rows: _Rows = []
    lines = csv.reader(io.StringIO(rest.decode("utf-8", "replace")))
    if next(lines, [])[:3] != ["cve", "epss", "percentile"]:
        raise ValueError("line 2: not the columns cve, epss, percentile")
    for number, row in enumerate(lines, 3):
        if len(row) < 3 or not _CVE.match(row[0]):
            raise ValueError(f"line {number}: no CVE with two numbers")
        probability, percentile = float(row[1]), float(row[2])
        if not (0 <= probability <= 1 and 0 <= percentile <= 1):
            raise ValueError(f"line {number}: numbers that are not from 0 to 1")
        rows.append((row[0], probability, percentile))
        if len(rows) > _MAX_ROWS:
            raise ValueError(f"more than {_MAX_ROWS:,} rows")
    return found[1], rows


def _read_kev(content: bytes) -> tuple[str, _Rows]:
    try:
        catalog = msgspec.json.decode(content, type=_Kev)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not CISA's catalog: {error}") from None
    rows: _Rows = []
    for entry in catalog.vulnerabilities:
        dt.date.fromisoformat(entry.dateAdded)
        if not _CVE.match(entry.cveID):
            raise ValueError(f"{entry.cveID[:40]!r} is no CVE")
        rows.append((entry.cveID, entry.dateAdded, None))
    return catalog.dateReleased, rows


def _utc(date: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(date)
    except ValueError:
        raise AdvisoryDataError(f"{date[:40]!r} is no date; the data before is kept") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.sqlite"


def _write(path: Path, info: OutlookInfo, rows: _Rows) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".import-", dir=path.parent)
        os.close(handle)
        try:
            with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
                database.executescript(
                    "PRAGMA journal_mode = OFF; BEGIN;"
                    "CREATE TABLE info (schema INTEGER, facts BLOB);"
                    "CREATE TABLE fact (cve TEXT PRIMARY KEY, first, second) WITHOUT ROWID;"
                )
                database.execute("INSERT INTO info VALUES (?, ?)", (_SCHEMA, msgspec.json.encode(info)))
                database.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", rows)
                database.execute("COMMIT")
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise AdvisoryDataError(f"{path}: can't be written: {error}; the data before is kept") from None


def _facts(folder: Path, name: str, ids: list[str]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        query = f"SELECT cve, first, second FROM fact WHERE cve IN ({','.join('?' * len(part))})"  # noqa: S608 - marks
        yield from _ask(_path(folder, name), query, part) or ()


def _ask(path: Path, query: str, values: Iterable[str] = ()) -> list[tuple[Any, ...]] | None:
    """The rows that a query gives, None where there is no such file. Raises AdvisoryDataError."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            return database.execute(query, tuple(values)).fetchall()
    except sqlite3.Error as error:
        raise AdvisoryDataError(f"{path}: damaged ({error}); import it again") from None
