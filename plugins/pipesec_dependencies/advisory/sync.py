"""Fetching OSV's dump of an ecosystem: a download of public data that tells nobody what a project uses."""

from __future__ import annotations

import http.client
import os
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path
from typing import IO

from pipesec_dependencies.advisory.model import AdvisoryDataError, DataInfo
from pipesec_dependencies.advisory.osv import ECOSYSTEM
from pipesec_dependencies.advisory.store import Told, data_info, import_dump

DEFAULT_MIRROR = "https://osv-vulnerabilities.storage.googleapis.com"
MIRROR_VARIABLE = "PIPESEC_OSV_MIRROR"
CONNECT_TIMEOUT = 5.0
"""Seconds for the connection and for every read. An unreachable mirror must not hold up an assessment."""
_DEADLINE = 600.0
_MAX_DOWNLOAD = 1 << 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def mirror_address(given: str | None = None) -> str:
    """The base address to fetch from: as given, else from the environment, else OSV's own.

    It is never taken from a project: a repository under assessment must not choose what it is judged by.
    """
    return (given or os.environ.get(MIRROR_VARIABLE) or DEFAULT_MIRROR).rstrip("/")


def sync(folder: Path, *, mirror: str | None = None, told: Told | None = None) -> tuple[DataInfo, bool]:
    """Fetches the dump and puts it in place of the one before; says whether there was anything new.

    Raises AdvisoryDataError; the data before is kept then.
    """
    address = f"{mirror_address(mirror)}/{ECOSYSTEM}/all.zip"
    _require_safe(address)
    try:
        known = data_info(folder)
    except AdvisoryDataError:
        known = None
    etag = known.etag if known is not None and known.source == address else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sync-", dir=folder) as scratch:
            archive = Path(scratch, "all.zip")
            try:
                new_etag = _download(address, etag, archive, told)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == http.HTTPStatus.NOT_MODIFIED and known is not None:
                    return known, False
                raise AdvisoryDataError(f"{address}: the server answers {error.code} {error.reason}") from None
            return import_dump(archive, folder, source=address, etag=new_etag, told=told), True
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = (
            getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
        )
        raise AdvisoryDataError(
            f"{address}: {reason}; set --mirror, or fetch the file elsewhere and run `pipesec advisories import FILE`"
        ) from None


def is_loopback(address: str) -> bool:
    """Whether an address is plain HTTP to this machine."""
    parts = urllib.parse.urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _require_safe(address: str) -> None:
    if urllib.parse.urlsplit(address).scheme == "https" or is_loopback(address):
        return
    raise AdvisoryDataError(f"{address}: advisories are fetched by https only, or by http from this machine")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to where a mirror may be only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        try:
            _require_safe(newurl)
        except AdvisoryDataError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _download(address: str, etag: str | None, target: Path, told: Told | None) -> str | None:
    request = urllib.request.Request(address, headers={"User-Agent": "pipesec"})  # noqa: S310 - see _require_safe
    if etag:
        request.add_header("If-None-Match", etag)
    direct = (urllib.request.ProxyHandler({}),) if is_loopback(address) else ()
    opener = urllib.request.build_opener(_SafeRedirects, *direct)
    end = time.monotonic() + _DEADLINE
    read = 0
    with opener.open(request, timeout=CONNECT_TIMEOUT) as answer, target.open("wb") as file:
        expected = answer.headers.get("Content-Length")
        while block := answer.read(1 << 18):
            read += len(block)
            if read > _MAX_DOWNLOAD or time.monotonic() > end:
                raise AdvisoryDataError(f"{address}: larger than 1 GiB, or not fetched within {_DEADLINE:.0f} s")
            file.write(block)
            if told is not None:
                told(read, "bytes fetched")
        if expected is not None and expected.isdigit() and read != int(expected):
            raise AdvisoryDataError(f"{address}: cut short, {read:,} of {int(expected):,} bytes; try again")
        found: str | None = answer.headers.get("ETag")
        return found
