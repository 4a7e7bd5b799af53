"""Walks one pickle as the unpickler would, on stand-ins for values, and tells what it would import and call.

Stack, marks and memo are kept as in ``pickle._Unpickler``, so that a name built in pieces, put into the memo and taken
out elsewhere is still known. Nothing is imported. Where the unpickler would fail, the walk ends or goes on, but never
ends earlier than the unpickler would.
"""

from __future__ import annotations

import pickletools
from typing import Final, TypeAlias

from msgspec import Struct

from pipesec_artifacts.pickles.instructions import Argument, Blob, Broken, Instructions

MAX_INSTRUCTIONS = 20_000_000
"""Instructions of one pickle, some 20 s of walking."""
_MAX_ITEMS = 64
"""Entries of a tuple or dictionary that are kept; larger ones hold data."""


_PUSHES = frozenset(
    opcode.name for opcode in pickletools.opcodes
    if opcode.arg is not None and not opcode.stack_before
    and [pushed.name for pushed in opcode.stack_after] in (
        ["int"], ["int_or_bool"], ["float"], ["str"], ["bytes"], ["bytes_or_str"], ["bytearray"],
    )
)  # fmt: skip
"""Instructions that do nothing but push their argument."""


class Import(Struct, frozen=True):
    """A name that the pickle imports, as written, at ``offset``."""

    module: str
    name: str
    offset: int
    protocol: int


class Made(Struct):
    """What came out of a call; ``built`` is what BUILD gave it last, where that was a tuple, and ``state`` the named
    parts of all that it gave."""

    of: Value
    arguments: Value
    state: dict[str, Value] = {}
    built: Value = None


class Unknown(Struct, frozen=True):
    """A value of which nothing needs to be known, or can be."""


Value: TypeAlias = "bool | int | str | Blob | Import | Made | Unknown | tuple[Value, ...] | dict[str, Value] | None"
UNKNOWN: Final = Unknown()


class Call(Struct, frozen=True):
    """A call that the pickle makes of something imported."""

    target: Import
    arguments: Value
    by: str


class Odd(Struct, frozen=True):
    """Something that no pickler writes and that hides what is used: ``what``, at ``offset``."""

    what: str
    offset: int


class Walk(Struct):
    """What one pickle does. ``broken`` is why it ended before STOP; ``top`` what it results in."""

    start: int
    protocol: int = 0
    imports: dict[tuple[str, str], Import] = {}
    calls: list[Call] = []
    odd: list[Odd] = []
    persistent: int = 0
    instructions: int = 0
    broken: str | None = None
    top: Value = UNKNOWN


class Machine:
    """The state of one walk. ``step`` does one instruction."""

    def __init__(self, source: Instructions) -> None:
        self.source = source
        self.walk = Walk(start=source.offset)
        self._stack: list[Value] = []
        self._outer: list[list[Value]] = []
        self._memo: dict[int, Value] = {}
        self._at = source.offset

    def step(self) -> str | None:
        """Does one instruction and gives its name; None after STOP. Raises Broken."""
        self._at = self.source.offset
        name, argument = self.source.next()
        self.walk.instructions += 1
        if name in _PUSHES:  # most of any pickle, so that it is asked first
            self._stack.append(UNKNOWN if argument is None else argument)
            return name
        if name == "STOP":
            self.walk.top = self._pop()
            return None
        try:
            if name == "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
                return name
            self._do(name, argument)
        except IndexError:
            raise Broken(f"{name} finds too little on the stack", self._at) from None
        return name

    @property
    def top(self) -> Value:
        """What lies on top of the stack."""
        return self._stack[-1] if self._stack else UNKNOWN

    def _do(self, name: str, argument: Argument) -> None:
        push = self._stack.append
        match name:
            case "PROTO":
                self.walk.protocol = argument if isinstance(argument, int) else 0
            case "FRAME" | "READONLY_BUFFER":
                pass
            case "NONE":
                push(None)
            case "NEWTRUE" | "NEWFALSE":
                push(name == "NEWTRUE")
            case "MARK":
                self._outer.append(self._stack)
                self._stack = []
            case "POP":
                self._stack.pop() if self._stack else self._to_mark()
            case "POP_MARK":
                self._to_mark()
            case "DUP":
                push(self._stack[-1])
            case "GET" | "BINGET" | "LONG_BINGET":
                push(self._memo.get(argument, UNKNOWN) if isinstance(argument, int) else UNKNOWN)
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                if isinstance(argument, int):
                    self._memo[argument] = self._stack[-1]
            case "EMPTY_TUPLE":
                push(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                push(tuple(reversed([self._pop() for _ in range(int(name[-1]))])))
            case "TUPLE":
                items = self._to_mark()
                self._stack.append(tuple(items) if len(items) <= _MAX_ITEMS else UNKNOWN)
            case "EMPTY_DICT":
                push({})
            case "DICT":
                items = self._to_mark()
                self._stack.append(_entries({}, items))
            case "SETITEM":
                value, key = self._pop(), self._pop()
                _entries(self._stack[-1], [key, value])
            case "SETITEMS":
                items = self._to_mark()
                _entries(self._stack[-1], items)
            case "APPEND":
                self._pop()
                self._stack[-1]
            case "APPENDS" | "ADDITEMS":
                self._to_mark()
                self._stack[-1]
            case "LIST" | "FROZENSET":
                self._to_mark()
                self._stack.append(UNKNOWN)
            case "PERSID":
                self.walk.persistent += 1
                push(UNKNOWN)
            case "BINPERSID":
                self.walk.persistent += 1
                self._pop()
                push(UNKNOWN)
            case "GLOBAL" | "STACK_GLOBAL" | "INST" | "OBJ" | "REDUCE" | "NEWOBJ" | "NEWOBJ_EX" | "BUILD":
                self._act(name, argument)
            case "EXT1" | "EXT2" | "EXT4":
                self._odd(f"code {argument} of the extension registry stands for a name that the file does not tell")
                push(UNKNOWN)
            case _:
                push(UNKNOWN)

    def _act(self, name: str, argument: Argument) -> None:
        """What imports and calls."""
        match name:
            case "GLOBAL":
                self._stack.append(self._import(argument))
            case "STACK_GLOBAL":
                attribute, module = self._pop(), self._pop()
                if isinstance(module, str) and isinstance(attribute, str):
                    self._stack.append(self._import((module, attribute)))
                else:
                    self._odd("STACK_GLOBAL imports a name that is computed, or too long to be one")
                    self._stack.append(UNKNOWN)
            case "INST":
                arguments = self._to_mark()
                self._call(self._import(argument), tuple(arguments[:_MAX_ITEMS]), name)
            case "OBJ":
                arguments = self._to_mark()
                if not arguments:
                    raise IndexError
                self._call(arguments[0], tuple(arguments[1:_MAX_ITEMS]), name)
            case "REDUCE" | "NEWOBJ":
                given, target = self._pop(), self._pop()
                self._call(target, given, name)
            case "NEWOBJ_EX":
                _, given, target = self._pop(), self._pop(), self._pop()
                self._call(target, given, name)
            case _:
                self._build()

    def _build(self) -> None:
        state, target = self._pop(), self.top
        if isinstance(target, Import):
            self._odd(f"BUILD changes attributes of what it imported, {target.module}.{target.name}")
        parts = [part for part in (state if isinstance(state, tuple) else (state,)) if isinstance(part, dict)]
        if isinstance(target, Made):
            target.built = state
            for part in parts:
                target.state.update(part)
        if not self._stack:
            raise IndexError

    def _import(self, argument: Argument) -> Import:
        assert isinstance(argument, tuple)
        module, name = argument
        found = Import(module, name, self._at, self.walk.protocol)
        self.walk.imports.setdefault((module, name), found)
        return found

    def _call(self, target: Value, arguments: Value, by: str) -> None:
        if isinstance(target, Import):
            self.walk.calls.append(Call(target, arguments, by))
        else:
            self._odd(f"{by} calls what is not imported by name but computed")
        self._stack.append(Made(target, arguments))

    def _odd(self, what: str) -> None:
        if len(self.walk.odd) < _MAX_ITEMS:
            self.walk.odd.append(Odd(what, self._at))

    def _pop(self) -> Value:
        if not self._stack:
            raise Broken("too little on the stack", self._at)
        return self._stack.pop()

    def _to_mark(self) -> list[Value]:
        if not self._outer:
            raise Broken("no MARK on the stack", self._at)
        items, self._stack = self._stack, self._outer.pop()
        return items


def _entries(target: Value, items: list[Value]) -> Value:
    """Puts keys and values into a stand-in for a dictionary, as far as they are few and named."""
    if isinstance(target, dict) and len(target) + len(items) // 2 <= _MAX_ITEMS:
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str):
                target[key] = value
    return target
