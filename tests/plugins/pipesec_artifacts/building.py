"""Pickles and files around them, built by hand. Nothing here is ever loaded."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile

STOP = b"."


def text(value: str) -> bytes:
    """Pushes a string."""
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def number(value: int) -> bytes:
    """Pushes a number below 2**31."""
    return b"J" + struct.pack("<i", value)


def named(module: str, name: str) -> bytes:
    """Pushes what is imported, by GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def stacked(module: str, name: str) -> bytes:
    """Pushes what is imported, by STACK_GLOBAL."""
    return text(module) + text(name) + b"\x93"


def called(what: bytes, *arguments: bytes) -> bytes:
    """Pushes what a call gives."""
    return what + b"(" + b"".join(arguments) + b"tR"


def pickled(body: bytes, protocol: int = 4) -> bytes:
    """A whole pickle."""
    return (bytes([0x80, protocol]) if protocol >= 2 else b"") + body + STOP


SYSTEM = pickled(called(named("os", "system"), text("true")))
"""The plainest pickle that runs a command."""


def zip_of(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of named members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tar_of(members: dict[str, bytes], mode: str = "w") -> bytes:
    """A tar of named members; ``mode`` as ``tarfile.open`` takes it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def npy(descriptor: str, shape: tuple[int, ...], content: bytes) -> bytes:
    """A NumPy array's file, version 1."""
    header = repr({"descr": descriptor, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def safetensors(header: dict[str, object], data: bytes) -> bytes:
    """A safetensors file."""
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + data


def zigzag(value: int) -> bytes:
    """Avro's form of a number of zero or more."""
    value <<= 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def avro(schema: object) -> bytes:
    """The header of an Avro container file."""
    told = json.dumps(schema).encode()
    key = b"avro.schema"
    entry = zigzag(len(key)) + key + zigzag(len(told)) + told
    return b"Obj\x01" + zigzag(1) + entry + zigzag(0) + bytes(16)


def parquet(footer: bytes) -> bytes:
    """A Parquet file with nothing but a footer."""
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


def wrapped_array(shape: tuple[int, ...], dtype: str, items: bytes, padding: int = 5) -> bytes:
    """An array as joblib writes it between the instructions of a pickle: stand-in, state, BUILD, padding, items."""
    wrapper = stacked("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
    kind = called(stacked("numpy", "dtype"), text(dtype), b"\x89", b"\x88")
    state = (
        b"}("
        + (text("subclass") + stacked("numpy", "ndarray"))
        + (text("shape") + b"(" + b"".join(number(n) for n in shape) + b"t")
        + (text("order") + text("C") + text("dtype") + kind + text("allow_mmap") + b"\x88")
        + (text("numpy_array_alignment_bytes") + b"K\x10")
        + b"ub"
    )
    fill = b"" if dtype.startswith("O") else bytes([padding]) + b"\xff" * padding
    return wrapper + state + fill + items
