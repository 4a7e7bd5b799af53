"""Parquet and Arrow: sane at both ends, and without types whose description is a pickle.

An Arrow extension type named ``arrow.py_extension_type`` is described by a pickle, which pyarrow before 14.0.1 loads
when it reads the schema (CVE-2023-47248).
"""

from __future__ import annotations

import base64
import binascii
import io
import re

from pipesec_artifacts.part import Part
from pipesec_artifacts.weakness import MAX_IN_MEMORY, Exhausted, Inspection, Unreadable

PICKLED_TYPE = "arrow-pickled-type"
_EXTENSION = b"arrow.py_extension_type"
_STORED_SCHEMA = re.compile(rb"ARROW:schema.{0,16}?([A-Za-z0-9+/=]{32,})", re.DOTALL)


def read_parquet(part: Part, inspection: Inspection) -> None:
    """Reads the footer, whose length stands before the magic at the end. Raises Unreadable."""
    with part.whole(inspection) as whole:
        size = whole.seek(0, io.SEEK_END)
        if size < 12:
            raise Unreadable("a Parquet file without a footer")
        whole.seek(size - 8)
        tail = whole.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] == b"PARE":
            raise Exhausted("its footer is encrypted")
        if tail[4:] != b"PAR1" or length > size - 12:
            raise Unreadable("a Parquet file without a footer that lies within it")
        if length > MAX_IN_MEMORY:
            raise Exhausted(f"its footer is larger than {MAX_IN_MEMORY >> 20} MiB: not read")
        inspection.spend(length)
        whole.seek(size - 8 - length)
        footer = whole.read(length)
    schemas = [footer]
    for found in _STORED_SCHEMA.finditer(footer):
        text = found[1]
        try:
            schemas.append(base64.b64decode(text[: len(text) // 4 * 4]))
        except binascii.Error:
            raise Unreadable("the Arrow schema in its footer is no base64") from None
    _look(schemas, part, inspection)


def read_arrow(part: Part, inspection: Inspection) -> None:
    """Reads an Arrow file (Feather), whose schema lies at its start and its end. Raises Unreadable."""
    with part.whole(inspection) as whole:
        size = whole.seek(0, io.SEEK_END)
        whole.seek(max(0, size - 10))
        tail = whole.read(10)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != b"ARROW1" or length > size - 18:
            raise Unreadable("an Arrow file without a footer that lies within it")
        if length > MAX_IN_MEMORY:
            raise Exhausted(f"its footer is larger than {MAX_IN_MEMORY >> 20} MiB: not read")
        whole.seek(size - 10 - length)
        footer = whole.read(length)
        whole.seek(8)
        start = whole.read(1 << 20)
    inspection.spend(len(footer) + len(start))
    _look([footer, start], part, inspection)


def _look(schemas: list[bytes], part: Part, inspection: Inspection) -> None:
    if any(_EXTENSION in schema for schema in schemas):
        what = "the schema has a type that is described by a pickle; pyarrow before 14.0.1 loads that"
        inspection.tell(PICKLED_TYPE, part.member, what, aliases=("CVE-2023-47248",), extension=_EXTENSION.decode())
