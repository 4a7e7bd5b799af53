"""The check `lineage`: every file to its extractor, what they tell to one graph, and an account of what was read."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

from pipesec_lineage.seams import extract_declared, kedro_catalog, notebook_code, sql_reader
from pipesec_lineage.testcode import is_test
from pipesec_tui import CheckRequest, Emit, FileEntry, FileTooLarge
from pipesec_tui.flow.catalogue import CatalogueProblem, Rows, load, parse
from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.facts_changed import relined, renamed
from pipesec_tui.flow.graph import build, declared_runs
from pipesec_tui.flow.python.extract import extract_python
from pipesec_tui.flow.python.summarize import summarize
from pipesec_tui.flow.python.syntax import ModuleSummary
from pipesec_tui.flow.resolve_settings import dotenv

MAX_PYTHON = 4 << 20
MAX_NOTEBOOK = 16 << 20
MAX_DECLARED = 4 << 20
"""Bytes of a file that is read; larger ones of these formats are data or generated."""
PROGRESS = 50
_CATALOG = re.compile(r"(?:^|/)catalog[^/]*\.ya?ml$|(?:^|/)catalog/[^/]*\.ya?ml$")


def run(request: CheckRequest, emit: Emit) -> None:
    """Reads all files of the request, speaks of each, and tells the lineage of the whole."""
    with _uncollected():
        _Check(request, emit).run()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: many small objects without cycles are made, and scanning them doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Check:
    def __init__(self, request: CheckRequest, emit: Emit) -> None:
        self._request = request
        self._emit = emit
        self._summaries: list[ModuleSummary] = []
        self._extractions: list[Extraction] = []
        self._models: list[Rows] = []
        self._lines: dict[str, tuple[int, ...]] = {}
        self._catalog: dict[DatasetId, DatasetId] = {}

    def run(self) -> None:
        request, emit = self._request, self._emit
        files = list(request.files)
        for done, file in enumerate(files):
            if request.cancelled:
                return
            if done % PROGRESS == 0:
                emit.progress(done, len(files), "files")
            self._file(file)
        catalogue = load(self._models)
        emit.progress(len(files), len(files), "following the code")
        runs = [*declared_runs(request.project), *(run for each in self._extractions for run in each.runs)]
        python = extract_python(
            self._summaries, catalogue, read=self._read, environment=self._environment(), runs=runs, sql=sql_reader()
        )
        extractions = [relined(python.extraction, self._lines), *self._extractions]
        lineage = build(request.project, [renamed(each, self._catalog) for each in extractions])
        emit.lineage(lineage.nodes, lineage.edges)
        # What could not be told is no gap in what was looked at: it is in the graph as holes, and counted here.
        if sql_reader() is None and python.unread:
            emit.coverage("project:.", "skipped", f"SQL is not read here: {len(python.unread)} places run some")
        else:
            emit.coverage("project:.", "ok")

    def _file(self, file: FileEntry) -> None:
        path = file.path
        if is_test(path) and not self._request.options.get("tests"):
            self._emit.coverage(file, "skipped", "test code, which is no part of a pipeline")
        elif path.endswith((".py", ".pyw")):
            self._python(file)
        elif path.endswith(".ipynb"):
            self._notebook(file)
        elif path.startswith(".pipesec/"):
            self._model(file)
        else:
            self._declared(file)

    def _python(self, file: FileEntry) -> None:
        try:
            text = self._request.files.read_text(file, MAX_PYTHON)
        except (OSError, ValueError) as error:
            self._unread(file, error)
            return
        self._summary(file, text)

    def _notebook(self, file: FileEntry) -> None:
        try:
            found = notebook_code(self._request.files.read_bytes(file, MAX_NOTEBOOK))
        except (OSError, ValueError) as error:
            self._unread(file, error)
            return
        if found is None:
            self._emit.coverage(file, "skipped", "notebooks are not read")
            return
        text, self._lines[file.path] = found
        self._summary(file, text)

    def _summary(self, file: FileEntry, text: str) -> None:
        summary = summarize(file.path, text)
        self._summaries.append(summary)
        if summary.problem is not None:
            self._emit.coverage(file, "failed", summary.problem)
        else:
            self._emit.coverage(file, "ok")

    def _declared(self, file: FileEntry) -> None:
        try:
            content = self._request.files.read_bytes(file, MAX_DECLARED)
            found = extract_declared(file.path, content)
            if _CATALOG.search(file.path):
                self._catalog.update({DatasetId("kedro", each.name): each.dataset for each in kedro_catalog(content)})
        except (OSError, ValueError) as error:
            self._unread(file, error)
            return
        if found is None:
            self._emit.coverage(file, "ok")  # looked at, and no declaration of data flow
            return
        self._extractions.append(found)
        if found.problems:
            self._emit.coverage(file, "partial", "; ".join(found.problems[:5]))
        else:
            self._emit.coverage(file, "ok")

    def _model(self, file: FileEntry) -> None:
        if not file.path.startswith(".pipesec/models/") or not file.path.endswith((".yaml", ".yml")):
            return
        try:
            self._models.append(parse(self._request.files.read_bytes(file, MAX_DECLARED), file.path))
        except (CatalogueProblem, OSError) as error:
            self._emit.coverage(file, "failed", str(error))
        else:
            self._emit.coverage(file, "ok")

    def _unread(self, file: FileEntry, error: Exception) -> None:
        if isinstance(error, FileTooLarge):
            self._emit.coverage(file, "skipped", f"{error}: data or generated, not a declaration")
        else:
            self._emit.coverage(file, "failed", f"can't be read: {error}")

    def _read(self, path: str) -> bytes | None:
        """A configuration file that code names; one that the check wasn't given is not there."""
        files = self._request.files
        try:
            return files.read_bytes(path, 1 << 20) if path in files else None
        except OSError:
            return None

    def _environment(self) -> dict[str, str]:
        """What the project's `.env` files set. Examples are better than nothing, so they come first and lose."""
        names = sorted(
            (file.path for file in self._request.files if file.path.rpartition("/")[2].startswith(".env")),
            key=lambda path: (not path.endswith(("example", "sample", "template")), -path.count("/"), path),
        )
        known: dict[str, str] = {}
        for name in names:
            content = self._read(name)
            if content is not None:
                known.update(dotenv(content.decode("utf-8", "replace")))
        return known
