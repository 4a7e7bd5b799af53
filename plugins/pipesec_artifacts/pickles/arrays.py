"""The arrays that joblib writes between the instructions of a pickle.

``joblib.load`` replaces a ``NumpyArrayWrapper``, as soon as BUILD has given it its state, by the array that follows in
the file: a byte that says how much padding comes, the padding, the items; or a pickle of its own, where the items are
objects (joblib 1.x, ``numpy_pickle.NumpyArrayWrapper.read_array``).
"""

from __future__ import annotations

import math
import re

from pipesec_artifacts.pickles.instructions import Broken
from pipesec_artifacts.pickles.machine import Import, Machine, Made, Value

_TYPE = re.compile(r"[<>|=]?([biufcmMSUVaO])(\d{0,9})\Z")
_MODULES = ("joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle")
_HAS_OBJECTS = 0x01
"""``NPY_ITEM_REFCOUNT`` among the flags of a dtype."""


def is_wrapper(value: Value) -> bool:
    """Whether a value is an array's stand-in, made in either way that picklers write."""
    if not isinstance(value, Made):
        return False
    made_of = value.of
    if isinstance(made_of, Import) and made_of.name == "_reconstructor" and isinstance(value.arguments, tuple):
        made_of = value.arguments[0] if value.arguments else None
    return isinstance(made_of, Import) and made_of.name == "NumpyArrayWrapper" and made_of.module in _MODULES


def pass_over(machine: Machine, wrapper: Made) -> Machine | None:
    """Passes over an array's items, or gives the machine that walks them where they are pickled. Raises Broken where
    the size can't be told."""
    source = machine.source
    shape, dtype = wrapper.state.get("shape"), wrapper.state.get("dtype")
    size = _item_size(dtype)
    if size is None or not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise Broken("an array whose size can't be told", source.offset)
    if size == 0:
        return Machine(source)
    if wrapper.state.get("numpy_array_alignment_bytes") is not None:
        source.skip(source.take(1)[0])
    source.skip(size * math.prod(n for n in shape if isinstance(n, int)))
    return None


def _item_size(dtype: Value) -> int | None:
    """Bytes of an item, 0 for objects, None where it can't be told."""
    if not (isinstance(dtype, Made) and isinstance(dtype.arguments, tuple) and dtype.arguments):
        return None
    code = dtype.arguments[0]
    found = _TYPE.match(code) if isinstance(code, str) else None
    if found is None:
        return None
    kind, count = found[1], int(found[2] or 0)
    if kind == "O":
        return 0
    if kind == "V":
        built = dtype.built
        if isinstance(built, tuple) and len(built) >= 8 and isinstance(built[7], int):
            return 0 if built[7] & _HAS_OBJECTS else count
        return None if built is not None else count
    return count * (4 if kind == "U" else 1) or None
