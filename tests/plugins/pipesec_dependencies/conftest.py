"""What these tests share: the check's spec, hand-written advisories, and servers on this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pipesec_dependencies import pipesec_checks
from pipesec_dependencies.advisory.store import import_dump

from pipesec_tui import CheckSpec, PluginContext, data_dir


@pytest.fixture
def spec() -> CheckSpec:
    (found,) = pipesec_checks(PluginContext())
    return found


def osv(id: str, package: str, *, fixed: str | None = "2.0", **more: Any) -> dict[str, Any]:
    """An advisory on all versions of a package before ``fixed``."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"ecosystem": "PyPI", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {
        "id": id,
        "modified": "2026-11-01T00:00:00Z",
        "summary": f"{package} breaks",
        "affected": [affected],
        **more,
    }


Advise = Callable[..., Path]


@pytest.fixture
def advise(tmp_path: Path) -> Advise:
    """``advise(record, …)`` imports hand-written advisories, and answers with the folder that holds the data."""

    def write(*records: dict[str, Any]) -> Path:
        dump = tmp_path / "advisories"
        dump.mkdir(exist_ok=True)
        for record in records:
            (dump / f"{record['id']}.json").write_text(json.dumps(record))
        folder = data_dir("advisories")
        import_dump(dump, folder)
        return folder

    return write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


def shared_dump() -> Path:
    """The real dump in a ``shared`` folder, which only some machines have; skips the test elsewhere."""
    home = Path(os.environ.get("PIPESEC_SHARED", Path(__file__).parents[3].parent / "shared"))
    dump = home / "data" / "osv-pypi-2024-10.zip"
    if not dump.is_file():
        pytest.skip("no shared dump of advisories here")
    return dump


Answer = Callable[[str, bytes, dict[str, str]], tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on this machine; ``answer`` is given path, body and headers, and gives status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            status, headers, content = answer(self.path, body, dict(self.headers))
            lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
            if "Content-Length" not in headers:
                lines.append(f"Content-Length: {len(content)}")
            self.wfile.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + content)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
