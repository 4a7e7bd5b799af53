"""Reading a dump of advisories: OSV's ``all.zip``, a folder of JSON, or a checkout of PyPA's advisory database.

Nothing is unpacked to disk, and every size is bounded by what was read, not by what the archive claims.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from pipesec_dependencies.advisory.model import AdvisoryDataError

_SUFFIXES = (".json", ".yaml", ".yml")


class Limits(Struct, frozen=True, kw_only=True):
    """What a dump may hold. OSV's PyPI dump of 2026 has some 20,000 members and 0.2 GB.

    members -- files, of any kind
    member  -- bytes of one
    total   -- bytes of all
    ratio   -- of all bytes to the archive's own size, once ``free`` bytes are read; JSON text packs some 10 to 40 times
    """

    members: int = 1_000_000
    member: int = 8 << 20
    total: int = 2 << 30
    ratio: int = 200
    free: int = 64 << 20


def read_dump(path: Path, limits: Limits | None = None) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in a dump that may be advisories, in the order of their names.

    Raises AdvisoryDataError where it can't be read, is cut short, or is larger than the limits.
    """
    bounds = limits or Limits()
    try:
        if path.is_dir():
            yield from _folder(path, bounds)
        elif zipfile.is_zipfile(path):
            yield from _archive(path, bounds)
        elif path.suffix == ".json":
            yield path.name, _bounded(path.read_bytes(), path.name, bounds)
        else:
            raise AdvisoryDataError(f"{path}: neither a whole zip archive, a folder nor a JSON file; fetch it again")
    except OSError as error:
        raise AdvisoryDataError(f"{path}: {error.strerror or error}") from None


def _archive(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    size = path.stat().st_size
    read = 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise AdvisoryDataError(f"{path}: {len(members)} members, more than {limits.members}")
            for member in sorted(members, key=lambda m: m.filename):
                if not member.filename.endswith(_SUFFIXES):
                    continue
                with archive.open(member) as stream:
                    content = _bounded(stream.read(limits.member + 1), f"{path}: {member.filename}", limits)
                read += len(content)
                if read > limits.total or read > max(limits.free, size * limits.ratio):
                    raise AdvisoryDataError(f"{path}: unpacks to more than is believable ({read:,} bytes so far)")
                yield member.filename, content
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise AdvisoryDataError(f"{path}: damaged or cut short ({error}); fetch it again") from None


def _folder(root: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Files below a folder; links and hidden folders (``.git``) are left out. Of the ecosystems in osv-scanner's
    layout (``PyPI/all.zip``) only ours is read."""
    count = read = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            if name == "all.zip" and (path.parent == root or path.parent.name == "PyPI"):
                yield from _archive(path, limits)
            elif name.endswith(_SUFFIXES):
                count += 1
                with path.open("rb") as stream:
                    content = _bounded(stream.read(limits.member + 1), str(path), limits)
                read += len(content)
                if count > limits.members or read > limits.total:
                    raise AdvisoryDataError(f"{root}: more than {limits.members} files or {limits.total:,} bytes")
                yield path.relative_to(root).as_posix(), content


def _bounded(content: bytes, name: str, limits: Limits) -> bytes:
    if len(content) > limits.member:
        raise AdvisoryDataError(f"{name}: larger than {limits.member:,} bytes, as no advisory is")
    return content
