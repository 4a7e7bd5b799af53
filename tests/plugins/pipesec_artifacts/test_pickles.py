"""Pickles: what is dangerous is found however it is written, and what is harmless is not."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import io
import pathlib
import pickle
import pickletools
import struct
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.pipesec_artifacts.building import (
    SYSTEM,
    called,
    named,
    number,
    pickled,
    stacked,
    text,
    wrapped_array,
)
from tests.plugins.pipesec_artifacts.conftest import Look

DANGEROUS = "pickle-dangerous-callable"
UNLISTED = "pickle-unlisted-callable"
HIDDEN = "pickle-hidden-callable"
UNREADABLE = "artifact-unreadable"

TRICKS = {
    "GLOBAL": pickled(called(named("os", "system"), text("true"))),
    "protocol 0": b"cos\nsystem\n(S'true'\ntR.",
    "the name that Python 2 had": b"cposix\nsystem\n(S'true'\ntR.",
    "a module renamed since Python 2": pickled(called(named("commands", "getoutput"), text("true")), 2),
    "__builtin__": b"c__builtin__\neval\n(S'1'\ntR.",
    "INST": b"(S'true'\nios\nsystem\n.",
    "OBJ": pickled(b"(" + named("os", "system") + text("true") + b"o"),
    "STACK_GLOBAL": pickled(called(stacked("os", "system"), text("true"))),
    "names from the memo": pickled(
        text("system") + b"\x94" + text("os") + b"\x940" + b"0" + called(b"h\x01h\x00\x93", text("true"))
    ),
    "names from the memo by GET, put out of order": pickled(
        text("system") + b"r\x39\x05\x00\x000" + text("os") + b"p77\n0" + called(b"g77\ng1337\n\x93", text("true"))
    ),
    "an index of the memo with spaces": pickled(
        text("os") + b"p7\n0" + text("system") + b"p8\n0" + called(b"g 7 \ng8\n\x93", text("true"))
    ),
    "DUP": pickled(text("os") + b"20" + text("system") + b"\x93" + b"(" + text("true") + b"tR"),
    "POP of a mark": pickled(b"(00"[:2] + called(stacked("os", "system"), text("true"))),
    "POP_MARK hides the module in between": pickled(
        text("os") + b"(" + text("x") + b"1" + text("system") + b"\x93(" + text("true") + b"tR"
    ),
    "UNICODE with escapes": pickled(called(b"V\\u006fs\nVsys\\u0074em\n\x93", text("true"))),
    "STRING with escapes": pickled(called(b"S'\\x6fs'\nS'sys\\x74em'\n\x93", text("true"))),
    "STRING in double quotes": pickled(called(b'S"os"\nS"system"\n\x93', text("true"))),
    "SHORT_BINSTRING": pickled(called(b"U\x02osU\x06system\x93", text("true"))),
    "BINUNICODE8": pickled(
        called(b"\x8d" + struct.pack("<Q", 2) + b"os" + b"\x8d" + struct.pack("<Q", 6) + b"system\x93", text("true"))
    ),
    "NEWOBJ": pickled(named("subprocess", "Popen") + b"(" + text("true") + b"t\x81"),
    "NEWOBJ_EX": pickled(named("subprocess", "Popen") + b")}\x92"),
    "a name with dots, through an allowed module": pickled(stacked("collections", "abc.sys.modules"), 4),
    "a name with dots, to globals": pickled(stacked("numpy", "ndarray.__class__"), 4),
    "getattr": pickled(called(named("builtins", "getattr"), named("collections", "OrderedDict"), text("clear"))),
    "attrgetter": pickled(
        called(called(named("operator", "attrgetter"), text("system")), named("collections", "Counter"))
    ),
    "partial": pickled(called(named("functools", "partial"), named("builtins", "list"))),
    "a pickle in a pickle": pickled(called(named("pickle", "loads"), b"B" + struct.pack("<I", len(SYSTEM)) + SYSTEM)),
    "a second pickle behind the first": pickled(b"N") + SYSTEM,
    "a break right after the call": SYSTEM[:-1] + b"\xff\xff\xff",
    "no STOP": SYSTEM[:-1],
    "INT as only the unpickler reads it": pickled(b"I0x10\n0" + SYSTEM[2:-1]),
    "LONG that is no number, behind the call": SYSTEM[:-1] + b"Lx\n.",
    "a frame that lies about its length": b"\x80\x04\x95" + struct.pack("<Q", 3) + SYSTEM[2:],
    "a frame as long as the address space, behind the call": SYSTEM[:-1] + b"\x95" + b"\xff" * 8 + b".",
    "BYTES8 longer than the address space, behind the call": SYSTEM[:-1] + b"\x8e" + b"\xff" * 8 + b".",
    "PROTO in the middle, which turns the mapping of names off": b"\x80\x02\x80\x04" + SYSTEM[2:],
    "BUILD with a dangerous state": pickled(
        named("collections", "Counter") + b")\x81}" + text("x") + named("os", "system") + b"sb"
    ),
    "imported only, and thrown away": pickled(named("os", "system") + b"0N"),
    "_codecs is allowed, codecs is not": pickled(called(named("codecs", "decode"), text("x"))),
    "a module below a dangerous one": pickled(named("distutils.spawn", "spawn")),
    "a dunder of anything": pickled(stacked("mine", "Thing.__init__.__globals__")),
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("name", ["model.pkl", "model.dat", "model.pt"])
def test_what_runs_code_is_found_however_it_is_written(look: Look, trick: str, name: str) -> None:
    assert DANGEROUS in look(name, TRICKS[trick]).rules()


def test_a_finding_says_what_is_called_where_and_with_what(look: Look) -> None:
    (found,) = look("model.pkl", SYSTEM).observations
    assert found.location.path == "model.pkl"
    assert found.evidence["callable"] == "os.system"
    assert found.evidence["offset"] == 2
    assert found.evidence["protocol"] == 4
    assert found.evidence["called_by"] == "REDUCE"
    assert found.evidence["arguments"] == "'true'"
    assert found.evidence["format"] == "pickle"


@pytest.mark.parametrize(
    "content",
    [
        pickled(b"\x82\x01)R"),
        pickled(b"\x83\x01\x01)R"),
        pickled(b"\x84\x01\x01\x01\x01)R"),
        pickled(called(called(named("collections", "OrderedDict")), text("x"))),
        pickled(b"K\x01K\x02\x93"),
        pickled(called(named("collections", "Counter")) + text("x") + b"\x93"),
        pickled(named("collections", "OrderedDict") + b"}" + text("__reduce__") + text("x") + b"sb"),
        pickled(called(named("_codecs", "encode"), text("x"), text("punycode")), 2),
        pickled(called(named("_codecs", "encode"), text("x"), called(named("builtins", "str"))), 2),
        pickled(b"\x8c\xff" + b"o" * 255 + b"X" + struct.pack("<I", 600) + b"x" * 600 + b"\x93"),
    ],
    ids=[
        "EXT1",
        "EXT2",
        "EXT4",
        "call of a call",
        "no names",
        "computed",
        "BUILD of a class",
        "codec",
        "codec unknown",
        "long",
    ],
)
def test_a_pickle_that_hides_what_it_calls_is_told(look: Look, content: bytes) -> None:
    assert HIDDEN in look("model.pkl", content).rules()


def test_what_nobody_knows_is_told_with_less_weight(look: Look) -> None:
    result = look("model.pkl", pickled(called(named("features", "Scaler"))))
    assert result.rules() == [UNLISTED]
    assert look("model.pkl", pickled(stacked("sklearn.linear_model._logistic", "Popen.run"))).rules() == [UNLISTED]


HARMLESS = {
    "values": {"a": [1, 2.5, None, True, "text", b"bytes", (1, 2), {1, 2}, frozenset([3]), 10**50, bytearray(b"x")]},
    "standard classes": [
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.deque([1]),
        collections.Counter("aab"),
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        dt.date(2026, 1, 1),
        dt.timedelta(1),
        decimal.Decimal("1.5"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=5),
        pathlib.PurePosixPath("a/b"),
        complex(1, 2),
        range(3),
        slice(1, 2),
    ],
    "a shared and a recursive list": (lambda shared: [shared, shared, {"again": shared}])([1, "x" * 1000]),
    "long": {"text": "x" * 100_000, "data": b"\x80\x04cos\nsystem\n." * 1_000, "many": list(range(5_000))},
}


@pytest.mark.parametrize("what", HARMLESS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_is_harmless_is_clean(look: Look, what: str, protocol: int) -> None:
    result = look("cache.pkl", pickle.dumps(HARMLESS[what], protocol))
    assert result.rules() == []
    assert result.covered("file:cache.pkl") == "ok"
    twice = look("cache.pickle", pickle.dumps(HARMLESS[what], protocol) * 2)
    assert twice.rules() == []


NUMPY = (
    called(stacked("numpy.core.multiarray", "_reconstruct"), stacked("numpy", "ndarray"), b"K\x00\x85", b"C\x01b")
    + b"(K\x01K\x02\x85"
    + called(stacked("numpy", "dtype"), text("f8"), b"\x89", b"\x88")
    + b"\x89C\x10"
    + bytes(16)
    + b"tb"
)


@pytest.mark.parametrize(
    "body",
    [
        NUMPY,
        called(
            named("numpy._core.multiarray", "scalar"), called(named("numpy", "dtype"), text("i8")), b"C\x08" + bytes(8)
        ),
        named("sklearn.linear_model._logistic", "LogisticRegression") + b")\x81}" + text("coef_") + NUMPY + b"sb",
        called(
            named("pandas._libs.internals", "_unpickle_block"),
            NUMPY,
            called(named("builtins", "slice"), b"K\x00K\x01K\x01"),
        ),
        called(named("_codecs", "encode"), text("x"), text("latin1")),
    ],
    ids=["array", "scalar", "estimator", "block", "bytes"],
)
def test_what_the_libraries_write_is_clean(look: Look, body: bytes) -> None:
    assert look("model.pkl", pickled(body)).rules() == []


def test_classes_of_a_library_are_taken_by_name_only_where_names_are_plain(look: Look) -> None:
    for name in ("LogisticRegression.fit", "check_array", "__loader__", "Logistic Regression"):
        assert look("m.pkl", pickled(stacked("sklearn.linear_model._logistic", name))).rules() != []


def test_arrays_that_joblib_writes_between_instructions_are_passed_over(look: Look) -> None:
    items = b"\xff." * 8
    body = b"}(" + text("a") + wrapped_array((2,), "f8", items) + text("b") + wrapped_array((4, 1), "i4", items) + b"u"
    result = look("model.joblib", pickled(body))
    assert result.rules() == []
    bad = b"]" + wrapped_array((2,), "f8", items) + b"a" + called(stacked("os", "system"), text("true")) + b"0"
    assert look("model.joblib", pickled(bad)).rules() == [DANGEROUS]


def test_pickled_items_of_an_array_are_walked(look: Look) -> None:
    good = pickled(b"](K\x01" + text("x") + b"e")
    assert look("m.joblib", pickled(wrapped_array((2,), "O8", good))).rules() == []
    assert look("m.joblib", pickled(wrapped_array((2,), "O8", SYSTEM))).rules() == [DANGEROUS]


def test_what_joblib_takes_for_numbers_and_pickle_for_instructions_is_found(look: Look) -> None:
    hidden = SYSTEM[2:].ljust(64, b"\0")
    content = pickled(wrapped_array((8,), "f8", hidden, padding=0))
    # The byte of the padding is 0x00, which the plain unpickler refuses; one that it takes is 0x30, POP.
    assert look("model.pkl", content).rules() == []
    padded = pickled(wrapped_array((8,), "f8", b"", padding=0x30)[:-0x30] + hidden.ljust(0x30 + 64, b"\0"))
    assert DANGEROUS in look("model.pkl", padded).rules()


def test_an_array_whose_size_is_not_told_is_no_clean_answer(look: Look) -> None:
    assert look("m.joblib", pickled(wrapped_array((1,), "x9", bytes(8)))).rules() == [UNREADABLE]
    assert look("m.joblib", pickled(wrapped_array((2**31 - 1, 2**31 - 1), "f8", bytes(8)))).rules() == [UNREADABLE]


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04", b"hello\n", b"\x80\x04N", pickled(b"N") + b"\xffrest", b"R.", b"(1."]
)
def test_what_is_named_as_a_pickle_and_cannot_be_read_is_a_finding(look: Look, content: bytes) -> None:
    assert look("cache.pkl", content).rules() == [UNREADABLE]


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", b"Copyright (c) by\nsomebody\n", b"name,c\nos\n1,2\n", bytes(100)]
)
def test_other_files_are_left_alone(look: Look, content: bytes) -> None:
    result = look("blob.dat", content)
    assert result.rules() == []
    assert result.covered("file:blob.dat") == "ok"


def test_a_pointer_to_a_file_kept_elsewhere_is_a_gap(look: Look) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
    result = look("model.pkl", pointer)
    assert (result.rules(), result.covered("file:model.pkl")) == ([], "skipped")


def test_what_is_too_large_is_a_gap_and_what_was_seen_before_is_told(look: Look) -> None:
    content = SYSTEM + pickled(b"C\xff" + bytes(255)) * 10_000
    result = look("model.pkl", content, max_bytes=1 << 20)
    assert result.covered("file:model.pkl") == "partial"
    assert DANGEROUS in result.rules()


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x80\x02", b"\x80\x04", b"\x80\x05\x95"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_crash_it_and_none_are_clean_that_are_no_pickle(look: Look, content: bytes, start: bytes) -> None:
    content = start + content
    result = look("any.pkl", content)
    if result.rules() or result.covered("file:any.pkl") != "ok":
        return
    stream = io.BytesIO(content)
    while stream.tell() < len(content):  # clean: then it is pickles to its end, as the standard library reads them
        list(pickletools.genops(stream))
    assert content


CALLABLES = st.sampled_from([("os", "system"), ("builtins", "eval"), ("subprocess", "Popen"), ("runpy", "run_path")])
WAYS = st.sampled_from([named, stacked])
NOISE = st.lists(
    st.sampled_from([b"N0", b"K\x010", b"]0", b"(K\x011", b"}0", b"(N0" + b"0", text("os") + b"0", number(5) + b"0"]),
    max_size=8,
)


@given(CALLABLES, WAYS, NOISE, NOISE, st.integers(0, 5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_call_is_found_among_any_noise(
    look: Look, target: tuple[str, str], way: object, before: list[bytes], after: list[bytes], protocol: int
) -> None:
    assert callable(way)
    body = b"".join(before) + called(way(*target), text("x")) + b"".join(after)
    found = [o.evidence["callable"] for o in look("any.pkl", pickled(body, protocol)).observations]
    assert ".".join(target) in found
