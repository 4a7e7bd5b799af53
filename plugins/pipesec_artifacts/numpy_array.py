"""NumPy's npy: a header, and numbers; or a pickle, where the items are objects.

The format is that of ``numpy.lib.format``: magic, version, length of the header, the header as a Python literal.
"""

from __future__ import annotations

import ast

from pipesec_artifacts.inspecting import pickles
from pipesec_artifacts.part import Part
from pipesec_artifacts.pickles.names import Dialect
from pipesec_artifacts.weakness import Inspection, Unreadable

_MAX_HEADER = 64 << 10


def read_npy(part: Part, inspection: Inspection) -> None:
    """Reads the header, and the pickle of an array of objects. Raises Unreadable."""
    with part.stream(inspection) as stream:
        start = stream.read(12)
        if len(start) < 12 or start[6] not in (1, 2, 3):
            raise Unreadable("a NumPy array of no known version")
        begin, width = (10, 2) if start[6] == 1 else (12, 4)
        size = int.from_bytes(start[8 : 8 + width], "little")
        if size > _MAX_HEADER:
            raise Unreadable(f"a NumPy array with a header of {size} bytes")
        header = (start[begin:] + stream.read(size))[:size]
    if len(header) < size:
        raise Unreadable("a NumPy array without its whole header")
    if _has_objects(header):
        pickles(part, inspection, Dialect.NUMPY, claimed=True, skip=begin + size)


def _has_objects(header: bytes) -> bool:
    try:
        told = ast.literal_eval(header.decode("utf-8", "replace").strip())
        descriptor = told["descr"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise Unreadable("a NumPy array whose header is no literal with a descr") from None
    return _objects_in(descriptor)


def _objects_in(descriptor: object) -> bool:
    """Whether a type, or a field of one, holds objects."""
    if isinstance(descriptor, str):
        return "O" in descriptor
    if isinstance(descriptor, list | tuple):
        # Names of fields stand first in their tuples; one with a capital O costs no more than a walk.
        return any(_objects_in(item) for item in descriptor)
    return False
