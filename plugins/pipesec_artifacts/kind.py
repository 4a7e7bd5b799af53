"""What a file is: by its first bytes, and by what its name claims."""

from __future__ import annotations

from enum import Enum

_COMPRESSIONS = (".gz", ".bz2", ".xz", ".lzma", ".z", ".zlib")
_PICKLE_NAMES = (".pkl", ".pickle", ".pck", ".pcl", ".cpkl", ".dill", ".cloudpickle", ".joblib", ".jbl", ".p")
_NAMES = {
    ".npy": "npy", ".npz": "zip", ".pt": "torch", ".pth": "torch", ".ckpt": "torch", ".h5": "hdf5", ".hdf5": "hdf5",
    ".hdf": "hdf5", ".keras": "zip", ".safetensors": "safetensors", ".parquet": "parquet", ".pq": "parquet",
    ".avro": "avro", ".feather": "arrow", ".arrow": "arrow", ".zip": "zip", ".whl": "zip", ".egg": "zip",
    ".jar": "zip", ".skops": "zip", ".mar": "zip", ".tar": "tar", ".tgz": "gzip", ".tbz2": "bzip2", ".txz": "xz",
}  # fmt: skip

PATTERNS = (
    *(f"*{name}{packed}" for name in _PICKLE_NAMES for packed in ("", *_COMPRESSIONS)),
    *(f"*{name}" for name in _NAMES),
    *(f"*{name}" for name in _COMPRESSIONS),
    *(
        f"*{name}"
        for name in (".bin", ".dat", ".data", ".model", ".sav", ".obj", ".cache", ".pk", ".ipc", ".pd", ".nemo")
    ),
)
"""Names of files that are looked at, as lines of a .gitignore."""


class Kind(Enum):
    """How a file is read."""

    PICKLE = "pickle"
    NPY = "NumPy array"
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZLIB = "zlib"
    HDF5 = "HDF5"
    SAFETENSORS = "safetensors"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    AVRO = "Avro"
    POINTER = "pointer"
    OTHER = "other"


_MAGIC = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x93NUMPY", Kind.NPY),
    (b"\x1f\x8b", Kind.GZIP),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"\x5d\x00\x00", Kind.XZ),
    (b"\x89HDF\r\n\x1a\n", Kind.HDF5),
    (b"PAR1", Kind.PARQUET),
    (b"PARE", Kind.PARQUET),
    (b"ARROW1\x00\x00", Kind.ARROW),
    (b"Obj\x01", Kind.AVRO),
    (b"version https://git-lfs.github.com/spec/", Kind.POINTER),
    (b"/annex/objects/", Kind.POINTER),
)
_CLAIMS = {
    "npy": Kind.NPY, "zip": Kind.ZIP, "hdf5": Kind.HDF5, "safetensors": Kind.SAFETENSORS, "parquet": Kind.PARQUET,
    "avro": Kind.AVRO, "arrow": Kind.ARROW, "tar": Kind.TAR, "gzip": Kind.GZIP, "bzip2": Kind.BZIP2, "xz": Kind.XZ,
    "torch": Kind.PICKLE,
}  # fmt: skip


def kind_of(head: bytes) -> Kind:
    """What the first bytes say."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return Kind.TAR
    if len(head) > 2 and head[0] == 0x80 and head[1] <= 5:
        return Kind.PICKLE
    if len(head) > 9 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= 100_000_000:
        return Kind.SAFETENSORS
    if len(head) > 2 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0 and head[1] in _ZLIB_LEVELS:
        return Kind.ZLIB
    return Kind.OTHER


_ZLIB_LEVELS = (0x01, 0x5E, 0x9C, 0xDA)


def claim_of(name: str) -> Kind | None:
    """What a file's name claims, None where it claims nothing that could be wrong."""
    lower = bare_name(name)
    if lower.endswith(_PICKLE_NAMES):
        return Kind.PICKLE
    suffix = lower[lower.rfind(".") :] if "." in lower else ""
    claim = _NAMES.get(suffix)
    return _CLAIMS[claim] if claim is not None else None


def is_torch_name(name: str) -> bool:
    """Whether PyTorch is what loads a file of this name."""
    return bare_name(name).endswith((".pt", ".pth", ".ckpt", ".bin", ".mar", ".nemo"))


def bare_name(name: str) -> str:
    """A name in small letters without the suffix of a compression."""
    lower = name.lower()
    for suffix in _COMPRESSIONS:
        if lower.endswith(suffix) and lower != suffix:
            return lower[: -len(suffix)]
    return lower
