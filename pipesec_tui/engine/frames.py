"""Frames on the worker's pipe: four bytes of length, little-endian, and MessagePack."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import msgspec

from pipesec_tui.model.events import Frame, Progress, WorkerDone

MAX_FRAME = 16 << 20
_FLUSH_BYTES = 32 << 10
_FLUSH_SECONDS = 0.05


class FrameError(Exception):
    """What came through the pipe is no frame."""


class FrameWriter:
    """Writes frames to a file descriptor, several at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._encode = msgspec.msgpack.Encoder().encode
        self._buffer = bytearray()
        self._flushed = time.monotonic()

    def send(self, frame: Frame) -> None:
        """Send one frame; it leaves at once where it tells of progress or the end, else with its neighbors."""
        body = self._encode(frame)
        if len(body) > MAX_FRAME:
            raise ValueError(f"a single event of {len(body)} bytes; at most {MAX_FRAME} are allowed")
        self._buffer += len(body).to_bytes(4, "little")
        self._buffer += body
        due = len(self._buffer) >= _FLUSH_BYTES or time.monotonic() - self._flushed >= _FLUSH_SECONDS
        if due or isinstance(frame, Progress | WorkerDone):
            self.flush()

    def flush(self) -> None:
        view = memoryview(bytes(self._buffer))
        self._buffer.clear()
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._flushed = time.monotonic()


class FrameReader:
    """Turns what arrives on the pipe, in pieces of any size, into frames."""

    def __init__(self) -> None:
        self._decode = msgspec.msgpack.Decoder(Frame).decode
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that ``data`` completes. Raises FrameError where it holds something else."""
        self._buffer += data
        start, end = 0, len(self._buffer)
        try:
            while end - start >= 4:
                length = int.from_bytes(self._buffer[start : start + 4], "little")
                if length > MAX_FRAME:
                    raise FrameError(f"a frame of {length} bytes was announced")
                if end - start - 4 < length:
                    break
                try:
                    frame: Frame = self._decode(memoryview(self._buffer)[start + 4 : start + 4 + length])
                except (msgspec.DecodeError, ValueError) as error:
                    raise FrameError(str(error)) from None
                start += 4 + length
                yield frame
        finally:
            self._drop(start)

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
