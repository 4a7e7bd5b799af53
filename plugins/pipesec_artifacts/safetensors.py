"""safetensors: eight bytes of length, a JSON header of so many bytes, then the tensors, without gap or overlap."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from pipesec_artifacts.part import Part
from pipesec_artifacts.weakness import Inspection, Unreadable

_MAX_HEADER = 100_000_000
"""The format's own limit."""
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32,
    "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
_Count = Annotated[int, Meta(ge=0)]


class _Tensor(Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    shape: list[_Count]
    data_offsets: tuple[_Count, _Count]


def read_safetensors(part: Part, inspection: Inspection) -> None:
    """Holds the header against the file. Raises Unreadable for the first thing that is wrong."""
    with part.stream(inspection) as stream:
        size = int.from_bytes(stream.read(8), "little")
        if size > _MAX_HEADER:
            raise Unreadable(f"a header of {size} bytes, more than the format allows")
        header = stream.read(size)
    if len(header) < size:
        raise Unreadable("the header is longer than the file")
    try:
        parts = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        metadata = parts.pop("__metadata__", None)
        if metadata is not None:
            msgspec.json.decode(metadata, type=dict[str, str])
        tensors = {name: msgspec.json.decode(raw, type=_Tensor) for name, raw in parts.items()}
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(f"the header is not what the format says: {error}") from None
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].data_offsets):
        first, last = tensor.data_offsets
        if first != end:
            raise Unreadable(f"tensor {name!r} {'overlaps another' if first < end else 'lies behind a gap'}")
        bits = _BITS.get(tensor.dtype)
        if last < first or (bits is not None and (last - first) * 8 != bits * math.prod(tensor.shape)):
            raise Unreadable(f"tensor {name!r} has not the size that its shape and type need")
        end = last
    if part.size is not None and 8 + size + end != part.size:
        raise Unreadable(f"the tensors end at byte {8 + size + end} of {part.size}")
