"""Reads all pickles of a file, one after the other, with what joblib and PyTorch put between and behind them."""

from __future__ import annotations

from typing import BinaryIO

from msgspec import Struct

from pipesec_artifacts.pickles.arrays import is_wrapper, pass_over
from pipesec_artifacts.pickles.instructions import Broken, Instructions
from pipesec_artifacts.pickles.machine import MAX_INSTRUCTIONS, Machine, Made, Walk
from pipesec_artifacts.weakness import Exhausted

MAX_PICKLES = 50_000
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The number that the first of the five pickles of PyTorch's older format holds (``torch.serialization``)."""
_TORCH_PICKLES = 5


class Reading(Struct):
    """The pickles of one stream.

    wrapped  -- it holds arrays as joblib writes them, so that pickle reads other instructions than joblib
    torch    -- it is in PyTorch's older format; what follows its pickles are numbers
    trailing -- where what follows the last pickle begins, if that is no pickle
    """

    walks: list[Walk] = []
    wrapped: bool = False
    torch: bool = False
    trailing: int | None = None

    @property
    def broken(self) -> str | None:
        """Why the unpickler would fail, if it would."""
        return next((walk.broken for walk in self.walks if walk.broken), None)


def read_pickles(stream: BinaryIO, reading: Reading, *, arrays: bool = True, most: int = MAX_PICKLES) -> None:
    """Walks the pickles in a buffered stream.

    reading -- takes what is seen, also where this ends early
    arrays -- pass over arrays between instructions as joblib does; else read them as instructions, as pickle does
    most   -- pickles to read; what follows is left

    Raises Exhausted where there are too many pickles or instructions.
    """
    source = Instructions(stream)
    instructions = count = 0
    while count < most and not (count and source.at_end()):
        walk = _walk(source, arrays, reading)
        count += 1
        instructions += walk.instructions
        if instructions > MAX_INSTRUCTIONS or count > MAX_PICKLES:
            raise Exhausted(f"more than {MAX_INSTRUCTIONS:,} instructions in its pickles: the rest is not walked")
        if walk.broken and count > 1 and not walk.imports and not walk.odd:
            reading.walks = [other for other in reading.walks if other is not walk]
            reading.trailing = walk.start
        if walk.broken:
            break
        if count == 1 and walk.top == TORCH_MAGIC:
            reading.torch = True
        if reading.torch and count == _TORCH_PICKLES:
            break


def _walk(source: Instructions, arrays: bool, reading: Reading, depth: int = 0) -> Walk:
    machine = Machine(source)
    walk = machine.walk
    reading.walks.append(walk)
    try:
        while (done := machine.step()) is not None:
            if walk.instructions > MAX_INSTRUCTIONS:
                raise Exhausted(f"more than {MAX_INSTRUCTIONS:,} instructions in a pickle: the rest is not walked")
            if done == "BUILD" and is_wrapper(top := machine.top) and isinstance(top, Made):
                reading.wrapped = True
                if arrays:
                    _array(machine, top, reading, depth)
    except Broken as error:
        walk.broken = str(error)
    return walk


def _array(machine: Machine, wrapper: Made, reading: Reading, depth: int) -> None:
    inner = pass_over(machine, wrapper)
    if inner is None:
        return
    if depth >= 16:
        raise Broken("pickles within pickles, more than 16 deep", machine.source.offset)
    walk = _walk(machine.source, True, reading, depth + 1)
    if walk.broken:
        raise Broken("the pickle of an array's items is broken", machine.source.offset)
