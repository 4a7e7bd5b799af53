"""Archives, arrays, models and tables: what lies in them is looked at where it lies, within bounds."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipesec_tui import CheckSpec
from tests.plugins.pipesec_artifacts.building import (
    SYSTEM,
    avro,
    called,
    named,
    npy,
    parquet,
    pickled,
    safetensors,
    stacked,
    tar_of,
    text,
    zip_of,
)
from tests.plugins.pipesec_artifacts.conftest import Look

DANGEROUS = "pickle-dangerous-callable"
UNREADABLE = "artifact-unreadable"
HARMLESS = pickled(b"}" + text("a") + b"K\x01s")

STORAGE = b"(" + text("storage") + named("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x04tQ"
TENSOR = called(
    named("torch._utils", "_rebuild_tensor_v2"),
    STORAGE,
    b"K\x00",
    b"K\x04\x85",
    b"K\x01\x85",
    b"\x89",
    called(named("collections", "OrderedDict")),
)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("m.pkl.gz", gzip.compress),
        ("m.joblib", zlib.compress),
        ("m.joblib.bz2", bz2.compress),
        ("m.pkl.xz", lzma.compress),
        ("m.joblib.lzma", lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE)),
        ("m.zip", lambda data: zip_of({"models/m.pkl": data})),
        ("m.whl", lambda data: zip_of({"m/m.dat": data})),
        ("m.tar", lambda data: tar_of({"models/m.pkl": data})),
        ("m.tar.gz", lambda data: tar_of({"models/m.pkl": data}, "w:gz")),
        ("m.tgz", lambda data: tar_of({"m": data}, "w:gz")),
        ("m.zip", lambda data: zip_of({"inner.tar.gz": tar_of({"m.pkl": data}, "w:gz")})),
        ("m.pt", lambda data: zip_of({"archive/data.pkl": data, "archive/data/0": bytes(64)}, zipfile.ZIP_STORED)),
        ("m.pt", lambda data: tar_of({"pickle": data, "storages": pickled(b"K\x00") + bytes(64)})),
        ("m.npy", lambda data: npy("|O", (1,), data)),
        ("m.npz", lambda data: zip_of({"a.npy": npy("<f8", (1,), bytes(8)), "b.npy": npy("|O", (1,), data)})),
        ("m.keras", lambda data: zip_of({"config.json": b"{}", "metadata.json": b"{}", "assets/x.pkl": data})),
    ],
)
def test_a_pickle_is_found_in_what_holds_it(look: Look, name: str, pack: Any) -> None:
    assert look(name, pack(SYSTEM)).rules() == [DANGEROUS]
    harmless = look(name, pack(HARMLESS))
    assert harmless.rules() == []
    assert harmless.covered(f"file:{name}") == "ok"


def test_a_finding_names_the_member(look: Look) -> None:
    content = zip_of({"inner.tar": tar_of({"models/m.pkl": SYSTEM})})
    (found,) = look("m.zip", content).observations
    assert found.evidence["member"] == "inner.tar!models/m.pkl"
    assert "inner.tar!models/m.pkl" in found.message


def test_layers_beyond_the_limit_are_a_gap(look: Look) -> None:
    content = SYSTEM
    for number in range(6):
        content = zip_of({f"{number}.zip" if number else "m.pkl": content})
    result = look("m.zip", content)
    assert (result.rules(), result.covered("file:m.zip")) == ([], "partial")


def torch_legacy(body: bytes, rest: bytes = b"") -> bytes:
    magic = b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
    parts = (magic, b"M\xe9\x03", b"}" + text("little_endian") + b"\x88s", body, b"]")
    return b"".join(pickled(part, 2) for part in parts) + rest


def test_both_formats_of_pytorch_are_read(look: Look) -> None:
    body = called(stacked("collections", "OrderedDict")) + text("w") + TENSOR + b"s"
    good = pickled(body, 2)
    for content in (
        torch_legacy(body, struct.pack("<q", 4) + b"\xff" * 16),
        zip_of({"a/data.pkl": good, "a/data/0": b"\xff" * 16, "a/version": b"3\n"}, zipfile.ZIP_STORED),
    ):
        result = look("model.pt", content)
        assert (result.rules(), result.covered("file:model.pt")) == ([], "ok")
    assert look("model.bin", torch_legacy(called(named("os", "system"), text("true")), bytes(16))).rules() == [
        DANGEROUS
    ]


def test_a_pickled_model_of_pytorch_may_not_hold_what_only_others_do(look: Look) -> None:
    content = zip_of({"a/data.pkl": pickled(called(stacked("sklearn.svm", "SVC")))})
    assert look("model.pt", content).rules() == ["pickle-unlisted-callable"]


def test_a_zip_that_readers_see_differently_is_told(look: Look) -> None:
    broken = bytearray(zip_of({"a/data.pkl": SYSTEM}, zipfile.ZIP_STORED))
    at = broken.index(b"os\nsystem")
    broken[at] ^= 1  # the checksum is wrong now, which some loaders don't look at
    assert look("model.pt", bytes(broken)).rules() != []
    flagged = zip_of({"a/data.pkl": SYSTEM}, zipfile.ZIP_STORED)[:-30]
    assert look("model.pt", flagged).rules() == [UNREADABLE]


def test_a_pickle_before_a_zip_is_found(look: Look) -> None:
    content = b"cos\nsystem\n(S'true'\ntR." + zip_of({"a.txt": b"x"})
    assert DANGEROUS in look("model.pt", content).rules()
    assert DANGEROUS in look("model.pkl", content).rules()


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a/../../b", "..\\x", "C:\\x"])
def test_names_that_lead_out_of_an_archive_are_told(look: Look, name: str) -> None:
    assert look("data.zip", zip_of({name: b"x"})).rules() == ["archive-member-outside"]
    assert look("data.tar", tar_of({name: b"x"})).rules() == ["archive-member-outside"]


def test_links_that_lead_out_of_an_archive_are_told_and_others_are_not(look: Look) -> None:
    def linked(target: str) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            info = tarfile.TarInfo("a/link")
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
        return stream.getvalue()

    assert look("data.tar", linked("../../etc/passwd")).rules() == ["archive-member-outside"]
    assert look("data.tar", linked("../b/file")).rules() == []


@pytest.mark.parametrize("name", ["bomb.pkl.gz", "bomb.zip", "bomb.tar.gz"])
def test_bombs_are_told_and_cost_little(look: Look, name: str) -> None:
    zeros = bytes(80 << 20)
    content = {
        "bomb.pkl.gz": lambda: gzip.compress(pickled(b"B" + struct.pack("<I", len(zeros)) + zeros), 1),
        "bomb.zip": lambda: zip_of({"x.npy": npy("|O", (1,), pickled(b"B" + struct.pack("<I", len(zeros)) + zeros))}),
        "bomb.tar.gz": lambda: gzip.compress(tar_of({"a": zeros}), 1),
    }[name]()
    began = time.process_time()
    result = look(name, content)
    assert time.process_time() - began < 5
    assert result.rules() == ["archive-bomb"] or result.covered(f"file:{name}") == "partial"


def test_safetensors_are_held_against_their_header(look: Look) -> None:
    good = {
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "U8", "shape": [], "data_offsets": [8, 9]},
        "__metadata__": {"format": "pt"},
    }
    assert look("m.safetensors", safetensors(good, bytes(9))).rules() == []
    wrong: list[tuple[dict[str, Any], bytes]] = [
        (good, bytes(8)),
        (good, bytes(10)),
        ({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, bytes(8)),
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
        ({"a": good["a"], "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
        ({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, bytes(8)),
        ({"a": good["a"], "__metadata__": {"x": 1}}, bytes(8)),
    ]
    for header, data in wrong:
        assert look("m.safetensors", safetensors(header, data)).rules() == [UNREADABLE]
    assert look("m.safetensors", struct.pack("<Q", 2**62) + b"{}").rules() == [UNREADABLE]
    assert look("m.safetensors", SYSTEM).rules() == [DANGEROUS]


def test_keras_layers_with_code_are_told(look: Look) -> None:
    def model(layer: dict[str, Any]) -> bytes:
        config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}}
        return zip_of({"config.json": json.dumps(config).encode(), "metadata.json": b"{}", "model.weights.h5": b""})

    dense: dict[str, Any] = {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": None}
    lambda_layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"function": {"class_name": "__lambda__"}},
    }
    custom = {"module": "mine.layers", "class_name": "Scale", "config": {}}
    assert UNREADABLE in look("m.keras", model(dense)).rules()  # the weights are empty, and no HDF5
    assert "keras-lambda-layer" in look("m.keras", model(lambda_layer)).rules()
    assert "keras-custom-object" in look("m.keras", model(custom)).rules()


def test_what_is_not_read_of_hdf5_is_a_gap(look: Look) -> None:
    config = json.dumps(
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}}
    ).encode()
    result = look("m.h5", b"\x89HDF\r\n\x1a\n" + bytes(100) + config + bytes(50))
    assert (result.rules(), result.covered("file:m.h5")) == (["keras-lambda-layer"], "partial")
    assert look("n.h5", b"\x89HDF\r\n\x1a\n" + bytes(100)).covered("file:n.h5") == "partial"


def test_types_described_by_pickles_are_found_in_parquet_and_arrow(look: Look) -> None:
    schema = b"....arrow.py_extension_type...." + bytes(20)
    stored = b"ARROW:schema\x18\x80\x01" + base64.b64encode(schema)
    assert look("t.parquet", parquet(stored)).rules() == ["arrow-pickled-type"]
    assert look("t.parquet", parquet(b"ARROW:schema\x18\x80\x01" + base64.b64encode(bytes(60)))).rules() == []
    arrow = b"ARROW1\0\0" + schema + struct.pack("<I", 4) + b"ARROW1"
    assert look("t.feather", arrow).rules() == ["arrow-pickled-type"]
    assert look("t.parquet", b"PAR1" + b"\xff" * 8 + b"PAR1").rules() == [UNREADABLE]
    assert look("t.parquet", b"id,name\n").rules() == [UNREADABLE]


def test_schemas_of_avro_are_read(look: Look) -> None:
    plain = {"type": "record", "name": "r", "fields": [{"name": "a", "type": "string"}]}
    evil = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "a", "type": {"type": "string", "java-class": "javax.Evil"}}],
    }
    assert look("t.avro", avro(plain)).rules() == []
    assert look("t.avro", avro(evil)).rules() == ["avro-java-class"]
    assert look("t.avro", avro(plain)[:-40]).rules() == [UNREADABLE]
    assert look("t.avro", b"Obj\x01" + b"\xff" * 30).rules() == [UNREADABLE]


def test_arrays_of_numbers_are_clean_and_headers_are_held_to_the_format(look: Look) -> None:
    assert look("a.npy", npy("<f8", (2,), b"\x80\x04cos\nsystem\n.")).rules() == []
    assert look("a.npy", npy("__import__('os')", (2,), bytes(16))[:40]).rules() == [UNREADABLE]
    assert look("a.npy", b"\x93NUMPY\x01\x00\x10\x00os.system('x')   ").rules() == [UNREADABLE]


MAGICS = st.sampled_from(
    [
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\x00",
        b"\x5d\x00\x00",
        b"\x78\x9c",
        b"\x93NUMPY\x01\x00",
        b"PAR1",
        b"Obj\x01",
        b"ARROW1\0\0",
        b"\x89HDF\r\n\x1a\n",
        b"\x10\0\0\0\0\0\0\0{",
    ]
)
NAMES = st.sampled_from(
    ["a.zip", "a.npz", "a.pt", "a.keras", "a.safetensors", "a.parquet", "a.avro", "a.npy", "a.gz", "a.tar", "a.dat"]
)


@given(NAMES, MAGICS, st.binary(max_size=200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_crash_any_reader(look: Look, name: str, magic: bytes, content: bytes) -> None:
    result = look(name, magic + content)
    assert result.covered(f"file:{name}") in ("ok", "partial", "skipped")


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_archive_is_never_silently_clean(look: Look, at: int, value: int) -> None:
    content = bytearray(zip_of({"a/data.pkl": SYSTEM, "a/version": b"3"}, zipfile.ZIP_STORED))
    content[at % len(content)] = value
    result = look("model.pt", bytes(content))
    assert result.rules() != [] or result.covered("file:model.pt") != "ok"


def test_a_folder_of_other_files_is_not_for_this_check(spec: CheckSpec, tmp_path: Path) -> None:
    from pathspec import GitIgnoreSpec

    patterns = GitIgnoreSpec.from_lines(spec.files)
    assert not [name for name in ("a.py", "b.csv", "c.md", "d/e.yaml", "Makefile") if patterns.match_file(name)]
    assert all(patterns.match_file(f"x/{name}") for name in ("a.pkl", "m.pt", "m.joblib.gz", "a.npz", "a.tar.gz"))
