"""Archives and compressions: their members are looked at where they lie, none is ever written anywhere."""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from pipesec_artifacts.inspecting import inspect, pickles
from pipesec_artifacts.kind import Kind, bare_name, is_torch_name
from pipesec_artifacts.part import Part
from pipesec_artifacts.pickles.names import Dialect
from pipesec_artifacts.weakness import (
    MAX_DEPTH,
    MAX_IN_MEMORY,
    MAX_MEMBERS,
    Exhausted,
    Inspection,
    Unreadable,
)

OUTSIDE = "archive-member-outside"
_MAX_DIRECTORY = 64 << 20
"""Bytes of a zip's table of contents that are read; ``zipfile`` holds all of it."""

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError,
           RuntimeError, OSError, KeyError, IndexError, OverflowError)  # fmt: skip
"""What the standard library's readers raise for damaged or hostile archives."""


def read_zip(part: Part, inspection: Inspection) -> None:
    """Looks at every member of a zip: an archive, NumPy's npz, PyTorch's and Keras's formats."""
    if not _may_open(part, inspection):
        return
    with part.whole(inspection) as whole:
        _bounded_directory(whole)
        try:
            archive = zipfile.ZipFile(whole)
        except _BROKEN as error:
            raise Unreadable(f"no zip that can be read: {error}") from None
        with archive:
            _zip_members(part, archive, inspection)


def _zip_members(part: Part, archive: zipfile.ZipFile, inspection: Inspection) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    torch = any(posixpath.basename(name) == "data.pkl" for name in names) or is_torch_name(part.name)
    keras = "config.json" in names and ("metadata.json" in names or part.name.lower().endswith(".keras"))
    twice = len(names) - len(set(names))
    if twice:
        inspection.unreadable(part.member, f"{twice} names stand in it twice: readers differ in which one they take")
    for info in infos[:MAX_MEMBERS]:
        if info.filename.endswith("/"):
            continue
        member = _joined(part, info.filename)
        _name(info.filename, part, inspection)
        if info.flag_bits & 0x1:
            inspection.gap(member, "encrypted")
            continue
        inner = Part(
            name=posixpath.basename(info.filename), member=member, open=_member(archive, info), size=info.file_size,
            packed=info.compress_size, depth=part.depth + 1,
        )  # fmt: skip
        if keras and info.filename == "config.json":
            from pipesec_artifacts.keras import read_keras_config

            _guarded(inner, inspection, functools.partial(read_keras_config, inner, inspection))
            continue
        dialect = Dialect.TORCH if torch else Dialect.NUMPY if part.name.lower().endswith(".npz") else None
        _guarded(inner, inspection, functools.partial(inspect, inner, inspection, dialect))
    if len(infos) > MAX_MEMBERS:
        inspection.gap(part.member, f"{len(infos) - MAX_MEMBERS} of its members are not looked at")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _bounded_directory(stream: BinaryIO) -> None:
    """Raises Exhausted for a table of contents that is too long, as the end record tells (APPNOTE.TXT 4.3.16)."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - (1 << 16) - 22))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    stream.seek(0)
    if 0 <= end <= len(tail) - 22:
        told = int.from_bytes(tail[end + 12 : end + 16], "little")
        if told == 0xFFFFFFFF or told > _MAX_DIRECTORY:
            raise Exhausted(f"its table of contents is larger than {_MAX_DIRECTORY >> 20} MiB: not looked at")


def read_tar(part: Part, inspection: Inspection) -> None:
    """Looks at every member of a tar, in one pass: an archive, or PyTorch's oldest format."""
    if not _may_open(part, inspection):
        return
    torch = is_torch_name(part.name)
    with part.stream(inspection) as stream:
        try:
            archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 -- closed with the stream below it
            for count, info in enumerate(archive):
                if count >= MAX_MEMBERS:
                    inspection.gap(part.member, f"of its members only {MAX_MEMBERS} are looked at")
                    break
                _tar_member(part, archive, info, torch, inspection)
        except _BROKEN as error:
            raise Unreadable(f"no tar that can be read to its end: {error}") from None


def _tar_member(
    part: Part, archive: tarfile.TarFile, info: tarfile.TarInfo, torch: bool, inspection: Inspection
) -> None:
    member = _joined(part, info.name)
    _name(info.name, part, inspection)
    if info.issym() or info.islnk():
        base = posixpath.dirname(info.name) if info.issym() else ""
        _name(posixpath.join(base, info.linkname), part, inspection, of=info.name)
    if not info.isreg():
        return
    if info.size > MAX_IN_MEMORY:
        inspection.gap(member, f"larger than {MAX_IN_MEMORY >> 20} MiB within a tar: not looked at")
        return
    stream = archive.extractfile(info)
    content = stream.read(MAX_IN_MEMORY + 1) if stream is not None else b""
    inner = Part(
        name=posixpath.basename(info.name), member=member, open=lambda: io.BytesIO(content), size=len(content),
        seekable=True, depth=part.depth + 1,
    )  # fmt: skip
    dialect = Dialect.TORCH if torch else None
    if torch and inner.name in ("pickle", "storages", "tensors"):
        lax = inner.name != "pickle"  # numbers follow the pickles of the other two
        _guarded(inner, inspection, functools.partial(pickles, inner, inspection, dialect, claimed=True, lax=lax))
        return
    _guarded(inner, inspection, functools.partial(inspect, inner, inspection, dialect))


def read_compressed(part: Part, kind: Kind, inspection: Inspection) -> None:
    """Looks at what a compressed stream holds: a pickle of joblib's, a tar."""
    if not _may_open(part, inspection):
        return
    name = bare_name(part.name)
    inner = Part(
        name=name, member=part.member, open=lambda: _expanded(part.open(), kind), packed=part.size, depth=part.depth + 1
    )
    _guarded(inner, inspection, functools.partial(inspect, inner, inspection))


def _expanded(stream: BinaryIO, kind: Kind) -> BinaryIO:
    match kind:
        case Kind.GZIP:
            decoder = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
        case Kind.BZIP2:
            decoder = cast(BinaryIO, bz2.BZ2File(stream))
        case Kind.XZ:
            decoder = cast(BinaryIO, lzma.LZMAFile(stream))  # noqa: SIM115 -- _Decoded closes it
        case _:
            decoder = cast(BinaryIO, io.BufferedReader(_Zlib(stream)))
    return cast(BinaryIO, _Decoded(decoder, stream))


class _Decoded(io.RawIOBase):
    """What a decoder makes of a stream; closing it closes both, which the library's decoders don't do."""

    def __init__(self, decoder: BinaryIO, stream: BinaryIO) -> None:
        self._decoder = decoder
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._decoder.read(size)

    def close(self) -> None:
        self._decoder.close()
        self._stream.close()
        super().close()


class _Zlib(io.RawIOBase):
    """A bare zlib stream, as joblib writes by default where it compresses."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._machine = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert isinstance(buffer, memoryview | bytearray)
        while not self._machine.eof:
            packed = self._machine.unconsumed_tail or self._stream.read(1 << 16)
            if not packed:
                raise EOFError("the compressed stream ends too early")
            data = self._machine.decompress(packed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0


def _guarded(part: Part, inspection: Inspection, look: Callable[[], object]) -> None:
    """Looks at a member; whatever its container's reader raises is about that member alone."""
    try:
        look()
    except _BROKEN as error:
        inspection.unreadable(part.member, f"can't be read: {str(error) or type(error).__name__}")


def _may_open(part: Part, inspection: Inspection) -> bool:
    if part.depth >= MAX_DEPTH:
        inspection.gap(part.member, f"more than {MAX_DEPTH} archives or compressions within each other: not opened")
        return False
    return True


def _joined(part: Part, name: str) -> str:
    return f"{part.member}!{name}" if part.member else name


def _name(name: str, part: Part, inspection: Inspection, of: str | None = None) -> None:
    """Tells of a name that leads out of the folder that it would be extracted to."""
    path = name.replace("\\", "/")
    outside = path.startswith("/") or path[1:3] == ":/" or posixpath.normpath(path).startswith("..")
    if outside:
        member = _joined(part, of or name)
        points = f"is a link to {name}," if of else "lies"
        inspection.tell(OUTSIDE, member, f"{points} outside of the folder that it is extracted to", target=name)
