"""What a running assessment has said so far, on disk, so that a crash does not lose what finished checks found."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipesec_tui.model.events import CheckFinished, Event

_LENGTH = struct.Struct(">I")
_MOST = 64 * 1024 * 1024


class Spool:
    """Appends events to a file. A check that has finished is on disk when ``write`` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "wb")
        self._encoder = msgspec.msgpack.Encoder()

    def write(self, event: Event) -> None:
        """Append an event. Raises OSError where there is no room."""
        body = self._encoder.encode(event)
        self._file.write(_LENGTH.pack(len(body)) + body)
        if isinstance(event, CheckFinished):
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_spool(path: Path) -> Iterator[Event]:
    """The events in a spool, up to where a crash cut it. Raises OSError where it cannot be read."""
    decoder = msgspec.msgpack.Decoder(Event)
    with path.open("rb") as file:
        while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            body = file.read(length) if length <= _MOST else b""
            if len(body) < length or length > _MOST:
                return
            try:
                yield decoder.decode(body)
            except msgspec.DecodeError:
                return
