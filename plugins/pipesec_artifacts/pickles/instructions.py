"""Reads a pickle's instructions from a stream, as lenient as the unpickler is and more.

The table is ``pickletools.opcodes``; the arguments are read here, since ``pickletools.genops`` refuses values that the
unpickler takes (``I0x10``), and reads whole what may be gigabytes long. Only truncated data ends a stream here.
"""

from __future__ import annotations

import codecs
import pickletools
from typing import BinaryIO, TypeAlias

from msgspec import Struct

MAX_LINE = 64 << 20
"""Bytes of an argument that goes up to the end of a line."""
KEPT = 512
"""Bytes of a string that are kept; longer ones name nothing that could be imported."""
KEPT_BYTES = 8 << 20
_CHUNK = 1 << 20


class Broken(Exception):
    """The unpickler would fail here too; ``offset`` is where."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"{what} at byte {offset}")
        self.offset = offset


class Blob(Struct, frozen=True):
    """Bytes in a pickle, or text that is too long to be kept. ``content`` is None where they are many."""

    size: int
    content: bytes | None = None


Argument: TypeAlias = int | str | tuple[str, str] | Blob | None

_OPCODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_NAMES = {code: opcode.name for code, opcode in _OPCODES.items()}
_ARGUMENTS = {code: opcode.arg.name if opcode.arg is not None else "" for code, opcode in _OPCODES.items()}
_INTEGERS = {"uint1": (1, False), "uint2": (2, False), "int4": (4, True), "uint4": (4, False), "uint8": (8, False)}
_SIZED = {
    "string1": (1, "text"), "string4": (4, "text"), "bytes1": (1, "bytes"), "bytes4": (4, "bytes"),
    "bytes8": (8, "bytes"), "bytearray8": (8, "bytes"), "unicodestring1": (1, "text"), "unicodestring4": (4, "text"),
    "unicodestring8": (8, "text"), "long1": (1, "long"), "long4": (4, "long"),
}  # fmt: skip


class Instructions:
    """The instructions in a stream. ``offset`` counts all bytes taken from it."""

    def __init__(self, stream: BinaryIO, offset: int = 0) -> None:
        self._stream = stream
        self.offset = offset

    def at_end(self) -> bool:
        """Whether nothing is left. Takes nothing."""
        peek = getattr(self._stream, "peek", None)
        assert peek is not None, "instructions are read from a buffered stream"
        return not peek(1)

    def next(self) -> tuple[str, Argument]:
        """The next instruction's name and argument. Raises Broken at the stream's end, or where there is none."""
        at = self.offset
        code = self._stream.read(1)
        if not code:
            raise Broken("it ends without STOP", at)
        self.offset += 1
        name = _NAMES.get(code[0])
        if name is None:
            raise Broken(f"0x{code[0]:02x} is no instruction", at)
        kind = _ARGUMENTS[code[0]]
        return name, self._argument(kind, name) if kind else None

    def take(self, count: int) -> bytes:
        """Exactly so many bytes. Raises Broken where there are fewer."""
        data = self._stream.read(count)
        self.offset += len(data)
        if len(data) < count:
            raise Broken("it ends within an argument", self.offset)
        return data

    def skip(self, count: int) -> None:
        """Passes over bytes. Raises Broken where there are fewer."""
        while count > 0:
            count -= len(self.take(min(count, _CHUNK)))

    def _argument(self, kind: str, name: str) -> Argument:
        integer = _INTEGERS.get(kind)
        if integer is not None:
            return int.from_bytes(self.take(integer[0]), "little", signed=integer[1])
        sized = _SIZED.get(kind)
        if sized is not None:
            width, what = sized
            size = int.from_bytes(self.take(width), "little", signed=kind in ("long4", "string4"))
            if size < 0:
                raise Broken(f"{name} has a negative length", self.offset)
            return self._sized(size, what)
        if kind == "float8":
            self.skip(8)
            return None
        if kind == "stringnl_noescape_pair":
            return self._line().decode("utf-8", "replace"), self._line().decode("utf-8", "replace")
        line = self._line()
        match kind:
            case "stringnl":
                return _unquoted(line)
            case "unicodestringnl":
                return _short(line.decode("raw_unicode_escape", "replace"))
            case "decimalnl_short" | "decimalnl_long":
                return _number(line)
            case _:
                return None

    def _sized(self, size: int, what: str) -> Argument:
        if what == "text" and size <= KEPT:
            return self.take(size).decode("utf-8", "replace")
        if what == "long" and size <= 16:
            return int.from_bytes(self.take(size), "little", signed=True)
        if what == "bytes" and size <= KEPT_BYTES:
            return Blob(size, self.take(size))
        self.skip(size)
        return Blob(size)

    def _line(self) -> bytes:
        line = self._stream.readline(MAX_LINE)
        self.offset += len(line)
        if not line.endswith(b"\n"):
            raise Broken("a line without an end", self.offset)
        return line[:-1]


def _unquoted(line: bytes) -> str | Blob:
    """The value of a STRING argument, which is written as a literal of Python 2."""
    line = line.strip()
    if len(line) >= 2 and line[:1] == line[-1:] and line[:1] in b"\"'":
        line = line[1:-1]
    try:
        decoded, _ = codecs.escape_decode(line)
    except ValueError:
        return Blob(len(line))
    return _short(decoded.decode("latin-1"))


def _short(text: str) -> str | Blob:
    return text if len(text) <= KEPT else Blob(len(text))


def _number(line: bytes) -> int | None:
    """The value of GET, PUT, INT and LONG: decimal, or with a prefix as C writes it."""
    if len(line) > 64:
        return None
    for base in (10, 0):
        try:
            return int(line.rstrip(b"L"), base)
        except ValueError:
            continue
    return None
