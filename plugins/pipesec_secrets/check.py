"""The check `secrets`: one quick search over every file, and a closer look at the lines that it stops at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from pipesec_secrets.candidates import Candidate, in_line, takes_bare_values
from pipesec_secrets.hints import hints
from pipesec_tui import CheckRequest, Confidence, Emit, FileEntry, FileTooLarge, Location

MAX_BYTES = 8 << 20
"""Larger files are not searched: those are data, of which the flow's own checks take samples."""
MAX_LINE = 4_000
"""Characters of a line that are looked at in one piece; of a longer one, as in minified code, what is around a hit."""
MAX_HITS = 2_000
"""Lines that are looked at closely in one file."""

_BEFORE, _BEHIND = 400, 1_600

_LESS_SURE = re.compile(
    r"(?i)(?:^|/)(?:tests?|testing|docs?|examples?|fixtures?|samples?|demos?|tutorials?|mocks?|integration_tests?|testdata)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|conftest\.py|[^/]*\.(?:md|rst|adoc|ipynb)|[^/]*\.(?:example|sample|template|dist))$"
)
_STEP_DOWN = {Confidence.HIGH: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.LOW, Confidence.LOW: Confidence.LOW}


class _Piece(Struct, frozen=True):
    """Some of a file's text to look at: a whole line, or a part of a long one. ``column`` of its first character."""

    line: int
    column: int
    text: str


def run(request: CheckRequest, emit: Emit) -> None:
    """Searches all files of the request and speaks of each."""
    entropy = request.options.get("entropy") is True
    for number, file in enumerate(request.files, 1):
        if request.cancelled:
            return
        _search(file, request, emit, entropy)
        if number % 200 == 0:
            emit.progress(number, len(request.files), "files")
    emit.progress(len(request.files), len(request.files), "files")


def _search(file: FileEntry, request: CheckRequest, emit: Emit, entropy: bool) -> None:
    try:
        content = request.files.read_bytes(file, limit=MAX_BYTES)
    except FileTooLarge:
        emit.coverage(file, "skipped", f"larger than {MAX_BYTES >> 20} MiB: not searched")
        return
    except OSError as error:
        emit.coverage(file, "failed", f"cannot be read: {error.strerror}")
        return
    note: str | None = None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode("utf-8")
        note = "read as UTF-16"
    elif b"\0" in content[:8_192]:
        emit.coverage(file, "skipped", "binary")
        return
    encoding = "utf-8"
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        note = "not UTF-8: read as Latin-1"
    bare = takes_bare_values(file.path)
    less_sure = bool(_LESS_SURE.search(file.path))
    seen: set[tuple[int, int]] = set()
    complete = True
    for count, piece in enumerate(_pieces(content, encoding, entropy)):
        if count >= MAX_HITS:
            complete = False
            break
        for candidate in in_line(piece.text, bare=bare, entropy=entropy):
            place = (piece.line, piece.column + candidate.start)
            if place not in seen:
                seen.add(place)
                _report(file, piece, candidate, less_sure, emit)
    if complete:
        emit.coverage(file, "ok", note)
    else:
        emit.coverage(file, "partial", f"more than {MAX_HITS} suspicious lines: the others are not looked at")


def _pieces(content: bytes, encoding: str, entropy: bool) -> Iterator[_Piece]:
    """The text around every hint, each line or part of one once. Every byte is passed a bounded number of times,
    however long the lines and however many the hints."""
    line, first, done = 1, 0, -1
    known, column = 0, 0  # a place on the line that was counted up to, and its column
    for hit in hints(content, entropy=entropy):
        if hit < done:
            continue
        start = content.rfind(b"\n", known, hit) + 1
        if start:
            line += content.count(b"\n", known, start)
            first, known, column = start, start, 0
        end = content.find(b"\n", hit, hit + MAX_LINE)
        if end < 0:
            end = min(len(content), hit + MAX_LINE)
        begin, done = first, end
        if end - first > MAX_LINE:
            begin, end = max(first, hit - _BEFORE, known), min(end, hit + _BEHIND)
            done = hit + _BEHIND // 2
        column += len(content[known:begin].decode(encoding, "replace"))
        known = begin
        yield _Piece(line, column, content[begin:end].decode(encoding, "replace").rstrip("\r"))


def _report(file: FileEntry, piece: _Piece, candidate: Candidate, less_sure: bool, emit: Emit) -> None:
    value = piece.text[candidate.start : candidate.end]
    confidence = Confidence.LOW if candidate.rule == "high-entropy-string" else Confidence.HIGH
    if candidate.rule in ("hardcoded-secret", "json-web-token"):
        confidence = Confidence.MEDIUM
    if candidate.weak:
        confidence = Confidence.LOW
    if less_sure:
        confidence = _STEP_DOWN[confidence]
    of = f" ({candidate.name})" if candidate.name else ""
    message = (
        f"{candidate.what[:1].upper()}{candidate.what[1:]}{of}, {len(value)} characters, is written into the file."
    )
    hidden = [value] if len(value) >= 6 and value not in message else []
    emit.finding(
        candidate.rule,
        at=Location(
            path=file.path,
            start_line=piece.line,
            end_line=piece.line,
            start_column=piece.column + candidate.start + 1,
            end_column=piece.column + candidate.end + 1,
        ),
        subject=(candidate.what, candidate.name),
        message=message,
        confidence=confidence,
        evidence={"kind": candidate.what, "name": candidate.name, "length": len(value)},
        secrets=hidden,
    )
