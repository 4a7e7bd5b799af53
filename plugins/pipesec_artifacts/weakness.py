"""What is seen in one artifact: weaknesses, parts that could not be read, and the limits of looking."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO, TypeAlias

from msgspec import Struct

from pipesec_tui import Evidence, Severity

MAX_DEPTH = 4
"""Layers that are opened, an archive or a compression each: a tar.gz in a zip in a zip is."""
MAX_MEMBERS = 10_000
"""Members of one container that are looked at."""
MAX_IN_MEMORY = 64 << 20
"""Bytes of a member that has to be held whole, because its format is read from its end."""
MAX_RATIO = 200
"""Times that a compressed stream may grow, where it has grown past ``RATIO_FROM``."""
RATIO_FROM = 64 << 20
MAX_WEAKNESSES = 200
"""Findings on one file; the count of the others is told."""

UNREADABLE = "artifact-unreadable"


Scalar: TypeAlias = str | int | float | bool | None


class Weakness(Struct, frozen=True, kw_only=True):
    """One finding to be. ``subject`` tells it from others in the file; ``severity`` is None for the rule's own."""

    rule: str
    subject: tuple[str, ...]
    message: str
    severity: Severity | None = None
    aliases: tuple[str, ...] = ()
    evidence: Evidence


class Unreadable(Exception):
    """A file is not what its format says; the message goes into a finding."""


class Exhausted(Exception):
    """A limit was reached; the message says which, and becomes a gap."""


class Bomb(Exception):
    """A compressed stream grows without measure; the message says to what."""


class Inspection:
    """Collects what is seen in one file and holds what may still be read of it.

    budget -- bytes that may be read or expanded, all containers together
    walked -- names that the pickles in it import, allowed or not, as they are written
    """

    def __init__(self, budget: int) -> None:
        self.weaknesses: list[Weakness] = []
        self.gaps: list[str] = []
        self.left_out = 0
        self.walked: set[str] = set()
        self._budget = budget
        self._limit = budget
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    def add(self, weaknesses: Iterable[Weakness]) -> None:
        """Takes each weakness once."""
        for weakness in weaknesses:
            key = weakness.rule, weakness.subject
            if key in self._seen:
                continue
            if len(self.weaknesses) >= MAX_WEAKNESSES:
                self.left_out += 1
                continue
            self._seen.add(key)
            self.weaknesses.append(weakness)

    def tell(
        self, rule: str, member: str, what: str, *subject: str, aliases: tuple[str, ...] = (), **evidence: Scalar
    ) -> None:
        """A weakness of a whole file, or of a member: ``what`` is the message, without the member's name."""
        message = f"{member}: {what}" if member else what
        told: Evidence = {"member": member, **evidence}
        self.add([Weakness(rule=rule, subject=(member, *subject), message=message, aliases=aliases, evidence=told)])

    def unreadable(self, member: str, why: str) -> None:
        """A file, or a member of one, that its format's reader would refuse or read differently."""
        self.tell(UNREADABLE, member, why, why=why)

    def gap(self, member: str, why: str) -> None:
        """Something that was not looked at."""
        self.gaps.append(f"{member}: {why}" if member else why)

    def spend(self, count: int) -> None:
        """Counts bytes. Raises Exhausted when there are too many."""
        self._budget -= count
        if self._budget < 0:
            raise Exhausted(f"more than {self._limit >> 20} MiB to read: the rest is not looked at")


class Metered(io.RawIOBase):
    """A stream whose bytes count against an inspection's budget, and against the size of what it expands from.

    packed -- bytes that the stream comes from, None where it is not compressed
    """

    def __init__(self, stream: BinaryIO, inspection: Inspection, packed: int | None = None) -> None:
        self._stream = stream
        self._inspection = inspection
        self._packed = packed
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert isinstance(buffer, memoryview | bytearray)
        data = self._stream.read(len(buffer))
        self._inspection.spend(len(data))
        self._given += len(data)
        if self._packed is not None and self._given > max(RATIO_FROM, self._packed * MAX_RATIO):
            raise Bomb(f"{self._packed} bytes expand to more than {self._given >> 20} MiB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def metered(stream: BinaryIO, inspection: Inspection, packed: int | None = None) -> io.BufferedReader:
    """A buffered stream of ``Metered``."""
    return io.BufferedReader(Metered(stream, inspection, packed), 1 << 16)
