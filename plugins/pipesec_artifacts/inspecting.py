"""Decides what a part is, and has it read."""

from __future__ import annotations

from pipesec_artifacts.kind import Kind, claim_of, is_torch_name, kind_of
from pipesec_artifacts.part import Part
from pipesec_artifacts.pickles.judging import judge
from pipesec_artifacts.pickles.names import Dialect
from pipesec_artifacts.pickles.reading import Reading, read_pickles
from pipesec_artifacts.weakness import Bomb, Exhausted, Inspection, Unreadable

BOMB = "archive-bomb"


def inspect(part: Part, inspection: Inspection, dialect: Dialect | None = None) -> Kind:
    """Reads one part and all that lies in it; gives what it was found to be. Weaknesses and gaps go to the inspection.

    dialect -- of the pickles, where what the part lies in decides it; else its name does

    Raises OSError where the file itself can't be read.
    """
    kind = Kind.OTHER
    try:
        head = part.head(inspection)
        kind = kind_of(head)
        if kind is Kind.OTHER:
            return _unrecognized(part, claim_of(part.name), inspection, dialect)
        _read(part, kind, inspection, dialect)
    except Unreadable as error:
        inspection.unreadable(part.member, str(error))
    except Exhausted as error:
        inspection.gap(part.member, str(error))
    except Bomb as error:
        inspection.tell(BOMB, part.member, str(error))
    return kind


def _read(part: Part, kind: Kind, inspection: Inspection, dialect: Dialect | None) -> None:
    match kind:
        case Kind.POINTER:
            raise Exhausted("a pointer of Git LFS or git-annex: the content is not here")
        case Kind.PICKLE:
            pickles(part, inspection, dialect, claimed=True)
        case Kind.NPY:
            from pipesec_artifacts.numpy_array import read_npy

            read_npy(part, inspection)
        case Kind.ZIP:
            from pipesec_artifacts.archive import read_zip

            read_zip(part, inspection)
        case Kind.TAR:
            from pipesec_artifacts.archive import read_tar

            read_tar(part, inspection)
        case Kind.GZIP | Kind.BZIP2 | Kind.XZ | Kind.ZLIB:
            from pipesec_artifacts.archive import read_compressed

            read_compressed(part, kind, inspection)
        case Kind.HDF5:
            from pipesec_artifacts.keras import read_hdf5

            read_hdf5(part, inspection)
        case Kind.SAFETENSORS:
            from pipesec_artifacts.safetensors import read_safetensors

            read_safetensors(part, inspection)
        case Kind.PARQUET | Kind.ARROW:
            from pipesec_artifacts.columnar import read_arrow, read_parquet

            (read_parquet if kind is Kind.PARQUET else read_arrow)(part, inspection)
        case _:
            from pipesec_artifacts.avro import read_avro

            read_avro(part, inspection)


def _unrecognized(part: Part, claim: Kind | None, inspection: Inspection, dialect: Dialect | None) -> Kind:
    """What begins as nothing known: a pickle of the first protocols does, and so does a zip behind something else."""
    if claim is Kind.ZIP or (claim is Kind.PICKLE and is_torch_name(part.name)):
        import zipfile

        with part.whole(inspection) as whole:
            behind = zipfile.is_zipfile(whole)
        if behind:
            from pipesec_artifacts.archive import read_zip

            pickles(part, inspection, dialect, claimed=False)
            read_zip(part, inspection)
            return Kind.ZIP
    is_pickle = pickles(part, inspection, dialect, claimed=claim is Kind.PICKLE)
    if claim not in (None, Kind.PICKLE):
        raise Unreadable(f"it is named as {claim.value} and is none")
    return Kind.PICKLE if is_pickle else Kind.OTHER


def pickles(
    part: Part, inspection: Inspection, dialect: Dialect | None, *, claimed: bool, lax: bool = False, skip: int = 0
) -> bool:
    """Reads the pickles of a part; gives whether that is what it holds.

    claimed -- by name or first bytes it is a pickle: what can't be read is told. Else nothing is told of a part that is
               none, unless what it would import is dangerous
    lax     -- what else than pickles is in it may be anything
    skip    -- bytes before the first
    """
    if dialect is None:
        dialect = Dialect.TORCH if is_torch_name(part.name) else Dialect.PICKLE
    reading, plain = Reading(), Reading()
    is_pickle = claimed
    try:
        with part.stream(inspection) as stream:
            stream.read(skip)
            read_pickles(stream, reading)
        is_pickle = claimed or (reading.broken is None and reading.trailing is None)
        if reading.wrapped:
            with part.stream(inspection) as stream:
                stream.read(skip)
                read_pickles(stream, plain, arrays=False, most=1)
    finally:
        for walk in reading.walks:
            inspection.add(judge(walk, dialect, part.member, dangerous_only=not is_pickle))
            inspection.walked.update(".".join(name) for name in walk.imports)
        for walk in plain.walks:
            inspection.add(judge(walk, dialect, part.member, dangerous_only=True))
    if is_pickle and not lax:
        _complain(part, reading, inspection)
    return is_pickle


def _complain(part: Part, reading: Reading, inspection: Inspection) -> None:
    if reading.broken is not None:
        inspection.unreadable(part.member, f"as a pickle it can't be read to its end: {reading.broken}")
    elif reading.trailing is not None:
        inspection.unreadable(part.member, f"what follows the pickle, from byte {reading.trailing}, is no pickle")
