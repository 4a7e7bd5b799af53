"""Avro container files: the header's map, the schema in it, and the classes that the schema asks Java to make."""

from __future__ import annotations

import io
from collections.abc import Iterator

import msgspec

from pipesec_artifacts.part import Part
from pipesec_artifacts.weakness import Inspection, Unreadable

JAVA_CLASS = "avro-java-class"
_MAX_VALUE = 16 << 20
_MAX_ENTRIES = 10_000
_CLASS_KEYS = ("java-class", "java-key-class", "java-element-class")
_PLAIN = frozenset({"java.math.BigDecimal", "java.math.BigInteger", "java.net.URI", "java.net.URL", "java.io.File"})
"""Classes that Avro takes for strings by itself."""


def read_avro(part: Part, inspection: Inspection) -> None:
    """Reads the header of a container file (Avro specification, Object Container Files). Raises Unreadable."""
    with part.stream(inspection) as stream:
        stream.read(4)
        metadata = _map(stream)
        if len(stream.read(16)) < 16:
            raise Unreadable("an Avro file that ends within its header")
    try:
        schema: object = msgspec.json.decode(metadata.get(b"avro.schema", b""))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(f"its schema is no JSON: {error}") from None
    names = sorted({name for name in _classes(schema) if name not in _PLAIN})
    if names:
        what = f"its schema has Java make objects of {', '.join(names[:5])}"
        inspection.tell(JAVA_CLASS, part.member, what, aliases=("CVE-2024-47561",), classes=", ".join(names[:20]))


def _map(stream: io.BufferedReader) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    while count := _long(stream):
        if count < 0:
            count = -count
            _long(stream)
        if len(found) + count > _MAX_ENTRIES:
            raise Unreadable("an Avro file whose header does not end")
        for _ in range(count):
            key = _value(stream)
            found[key] = _value(stream)
    return found


def _value(stream: io.BufferedReader) -> bytes:
    size = _long(stream)
    if not 0 <= size <= _MAX_VALUE:
        raise Unreadable(f"an Avro file with {size} bytes in a field of its header")
    value = stream.read(size)
    if len(value) < size:
        raise Unreadable("an Avro file that ends within its header")
    return value


def _long(stream: io.BufferedReader) -> int:
    """A number in Avro's zig-zag form."""
    number, shift = 0, 0
    while shift < 70:
        byte = stream.read(1)
        if not byte:
            raise Unreadable("an Avro file that ends within its header")
        number |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return (number >> 1) ^ -(number & 1)
        shift += 7
    raise Unreadable("an Avro file with a number that does not end")


def _classes(schema: object) -> Iterator[str]:
    """The values of all keys that name a class, at any depth."""
    pending = [schema]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
        elif isinstance(item, dict):
            pending += item.values()
            yield from (value for key in _CLASS_KEYS if isinstance(value := item.get(key), str))
