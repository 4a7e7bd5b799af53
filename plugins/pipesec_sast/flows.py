"""The check `flows`: where untrusted data reaches what does harm with it, across functions, files and stages."""

from __future__ import annotations

import gc
import re

from pipesec_sast.source import MAX_BYTES, Unreadable, decode
from pipesec_tui import CheckRequest, Confidence, Emit, FileEntry, FileTooLarge, FlowStep, Location
from pipesec_tui.flow.taint.analysis import analyze
from pipesec_tui.flow.taint.rows import shipped
from pipesec_tui.flow.taint.solve import Found

MAX_LINES = 2_000_000
"""Lines of code of one project; behind that, files are left out and told."""
_TEST = re.compile(r"(?:^|/)(?:tests?/|testing/|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)")
"""Test code by pytest's and unittest's customs: what it does with data harms nobody."""
_ORDER = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


def run(request: CheckRequest, emit: Emit) -> None:
    """Analyzes all Python files of the request together, and speaks of each."""
    texts: dict[str, str] = {}
    lines = 0
    for file in request.files:
        if _TEST.search(file.path) and not request.options.get("tests"):
            emit.coverage(file, "skipped", "test code, which is no part of a pipeline")
            continue
        text = _text(request, file, emit)
        if text is None:
            continue
        lines += text.count("\n")
        if lines > MAX_LINES:
            emit.coverage(
                file, "partial", f"the project has more than {MAX_LINES:,} lines: flows through this file are missed"
            )
            continue
        texts[file.path] = text
    emit.progress(0, None, "following data")
    known = [file.path for file in request.files]
    lineage = request.upstream("lineage").lineage
    gc.disable()  # syntax trees are many small objects that stay: no garbage to look for among them
    try:
        analysis = analyze(texts, lineage=lineage, known=known, cancelled=lambda: request.cancelled)
    finally:
        gc.enable()
    if request.cancelled:
        return
    for found in _best(analysis.flows):
        _report(found, emit)
    for path in texts:
        problem = analysis.problems.get(path)
        emit.coverage(f"file:{path}", "partial" if problem else "ok", problem)
    if analysis.cut:
        emit.coverage("project:.", "partial", f"the search from {analysis.cut} sources was ended by its bound")
    else:
        emit.coverage("project:.", "ok")


def _text(request: CheckRequest, file: FileEntry, emit: Emit) -> str | None:
    try:
        text, _ = decode(request.files.read_bytes(file, limit=MAX_BYTES))
    except FileTooLarge:
        emit.coverage(file, "failed", f"larger than {MAX_BYTES >> 20} MiB")
    except OSError as error:
        emit.coverage(file, "failed", f"cannot be read: {error.strerror}")
    except Unreadable as error:
        emit.coverage(file, "failed", str(error))
    else:
        return text
    return None


def _confidence(found: Found) -> Confidence:
    return shipped().kinds[found.source.kind].confidence


def _best(flows: tuple[Found, ...]) -> list[Found]:
    """One flow for each sink and family: of the surest sources the one with the shortest way. What a rule for single
    functions sees as well is left to it."""
    families = shipped().families
    best: dict[object, Found] = {}
    for found in flows:
        sink = found.sink
        if families[sink.family].local and found.source.function == sink.function:
            continue
        known = best.get(sink)
        if known is None or _rank(found) < _rank(known):
            best[sink] = found
    return [best[sink] for sink in best]


def _rank(found: Found) -> tuple[int, int, str, int]:
    return _ORDER.index(_confidence(found)), len(found.steps), found.source.path, found.source.line


def _report(found: Found, emit: Emit) -> None:
    source, sink = found.source, found.sink
    at = Location(path=sink.path, start_line=sink.line, end_line=sink.end_line)
    where = f"line {source.line}" if source.path == sink.path else f"{source.path}:{source.line}"
    emit.finding(
        f"flow-{sink.family}",
        at=at,
        message=f"{source.what[:1].upper()}{source.what[1:]} ({where}) is {sink.what}.",
        confidence=_confidence(found),
        flow=[FlowStep(step.path, step.line, step.what) for step in found.steps],
        evidence={"source": source.kind, "sink": sink.symbol, "steps": len(found.steps)},
    )
