"""The check `secrets`: one quick search over every file, and a closer look at the lines that it stops at."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct

from pipesec_secrets.candidates import Candidate, in_line, takes_bare_values
from pipesec_tui import CheckRequest, Confidence, Emit, FileEntry, FileTooLarge, Location

MAX_BYTES = 8 << 20
"""Larger files are not searched: those are data, of which the flow's own checks take samples."""
MAX_LINE = 4_000
"""Characters of a line that are looked at in one piece; of a longer one, as in minified code, what is around a hit."""
MAX_HITS = 20_000
"""Lines that are looked at closely in one file."""

_BEFORE, _BEHIND = 400, 1_600

_HINT = re.compile(
    rb"(?i:passw|passphrase|pwd|secret|token|api[_-]?key|(?:access|private|auth|account|signing|encryption)[_-]?key"
    rb"|credential)[\w-]{0,40}\\?[\"'`]?[ ]?\]?\s{0,20}[:=>\s]"
    rb"|://[^\s/@\"'<>\\]{0,100}:[^\s/@\"'<>\\]{1,200}@"
    rb"|-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
    rb"|A3T[A-Z0-9]{13}|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}|(?i:AccountKey|SharedAccessKey)=|AKC[a-zA-Z0-9]{10}"
    rb"|[Cc]loudant\.com|[MNO][a-zA-Z\d_-]{23,25}\.[a-zA-Z\d_-]{6}\.|gh[pousr]_|gl[a-z]{2,5}-|GR1348941|[0-9a-z]{32}-us[0-9]"
    rb"|_authToken|T3BlbkFJ|pypi-Ag|SG\.[\w-]{22}\.|xox[abposr]-|hooks\.slack\.com|sq0csp-|[rs]k_live_"
    rb"|[0-9]{8,10}:[\w-]{35}|(?:AC|SK)[a-z0-9]{32}|eyJ[\w-]{8}"
)
_QUOTED_RUN = re.compile(rb"[\"'][A-Za-z0-9+/=_\\-]{16,}[\"']")
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
    """The text around every hint, each line or part of one once."""
    starts = [0, *(match.end() for match in re.finditer(rb"\n", content))]
    starts.append(len(content) + 1)
    spans = [match.span() for match in _HINT.finditer(content)]
    if entropy:
        spans = sorted([*spans, *(match.span() for match in _QUOTED_RUN.finditer(content))])
    done = -1
    for hit, _ in spans:
        line = bisect_right(starts, hit)
        first, end = starts[line - 1], starts[line] - 1
        if hit < done:
            continue
        if end - first > MAX_LINE:
            begin, end = max(first, hit - _BEFORE, 0), min(end, hit + _BEHIND)
            done = hit + _BEHIND // 2
        else:
            begin, done = first, end
        text = content[begin:end].decode(encoding, "replace")
        yield _Piece(line, len(content[first:begin].decode(encoding, "replace")), text.rstrip("\r"))


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
    message = f"{candidate.what[:1].upper()}{candidate.what[1:]}{of}, {len(value)} characters, is written into the file."
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
