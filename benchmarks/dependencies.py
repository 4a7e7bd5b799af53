"""Matching 400 pinned packages against a whole dump, held against pip-audit asking an OSV server on this machine.

Both end with the vulnerabilities of every package, process start apart: of pip-audit's time, that of a run on an empty
requirements file is taken off. The server answers from a table made beforehand, in one write, so that what is measured
of pip-audit is its own work and one round trip a package. Ours opens, reads and decodes its store and compares
versions, with cold caches at every repetition; reading the requirements file is told apart. Of several repetitions the
quickest counts on both sides, since what else the machine does can only add to a time.

    python benchmarks/dependencies.py [DUMP]

DUMP is an OSV ``all.zip``; without one, 2,600 made-up advisories on 650 packages are used.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PACKAGES = 400
REPEATS = 3
GOAL = 50.0


def make_dump(path: Path) -> None:
    """Advisories of the usual shape: a range from zero to a fix, and some 50 listed versions."""
    chance = random.Random(7)  # noqa: S311 - the same at every run
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2_600):
            name = f"package-{number % 650}"
            fixed = chance.randint(2, 50)
            record = {
                "id": f"PYSEC-2024-{number}",
                "modified": "2024-10-10T00:00:00Z",
                "aliases": [f"CVE-2024-{number + 1000}"],
                "details": "What may happen. " * 40,
                "affected": [
                    {
                        "package": {"name": name, "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"1.{fixed}"}]}],
                        "versions": [f"1.{minor}" for minor in range(fixed)],
                    }
                ],
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))


def choose(dump: Path) -> tuple[dict[tuple[str, str], list[Any]], list[tuple[str, str]]]:
    """400 packages with one of the versions that advisories list, and what OSV would answer for each."""
    from packaging.utils import canonicalize_name
    from pipesec_dependencies.advisory.version import parse_version

    by_pin: dict[tuple[str, str], list[Any]] = {}
    with zipfile.ZipFile(dump) as archive:
        for member in archive.namelist():
            record = json.loads(archive.read(member))
            for affected in record.get("affected", ()):
                if affected["package"].get("ecosystem") == "PyPI" and not record.get("withdrawn"):
                    for version in affected.get("versions", ()):
                        if parse_version(version) is not None:  # pip-audit asks for no others
                            by_pin.setdefault((canonicalize_name(affected["package"]["name"]), version), []).append(
                                record
                            )
    versions: dict[str, list[str]] = {}
    for name, version in sorted(by_pin):
        versions.setdefault(name, []).append(version)
    chance = random.Random(7)  # noqa: S311 - the same at every run
    names = chance.sample(sorted(versions), min(PACKAGES, len(versions)))
    return by_pin, [(name, chance.choice(versions[name])) for name in names]


class Osv(BaseHTTPRequestHandler):
    """Answers ``/v1/query``, header and body in one write."""

    protocol_version = "HTTP/1.1"
    answers: dict[tuple[str, str], bytes] = {}

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.answers.get((query["package"]["name"], query["version"]), b"{}")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(dump: Path) -> None:
    """The server's process: prints its port and serves until it is ended."""
    by_pin, _ = choose(dump)
    Osv.answers = {pin: json.dumps({"vulns": records}).encode() for pin, records in by_pin.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def time_ours(folder: Path, requirements: Path) -> tuple[float, float, int]:
    """Seconds of the match, seconds of reading the requirements file, and how many advisories matched."""
    from pipesec_dependencies.advisory import matcher, version
    from pipesec_dependencies.advisory.store import load
    from pipesec_dependencies.manifest.requirements_txt import parse

    begin = time.perf_counter()
    pins = [(item.key, item.version or "") for item in parse("requirements.txt", requirements.read_text()).dependencies]
    for cache in (version.parse_version, version.order_key):
        cache.cache_clear()
    start = time.perf_counter()
    held = load(folder, (key for key, _ in pins))
    found = sum(len(matcher.match(pin, held.get(key, ())).matches) for key, pin in pins)
    return time.perf_counter() - start, start - begin, found


def time_pip_audit(port: int, requirements: Path, cache: Path) -> tuple[float, int]:
    """Seconds of a whole process, and how many records it tells."""
    command = [
        sys.executable, "-m", "pip_audit", "-r", str(requirements), "--no-deps", "--disable-pip", "-f", "json",
        "--progress-spinner", "off", "--cache-dir", str(cache),
        "-s", "osv", "--osv-url", f"http://127.0.0.1:{port}/v1/query",
    ]  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    spent = time.perf_counter() - start
    return spent, sum(len(item["vulns"]) for item in json.loads(done.stdout)["dependencies"])


def main() -> int:
    """Prints both times and their ratio; status 1 below the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("dump", nargs="?", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.dump)
    from pipesec_dependencies.advisory.store import import_dump

    with tempfile.TemporaryDirectory() as scratch:
        dump = options.dump
        if dump is None:
            make_dump(dump := Path(scratch, "all.zip"))
        start = time.perf_counter()
        info = import_dump(dump, Path(scratch))
        imported = time.perf_counter() - start
        _, pins = choose(dump)
        requirements, empty = Path(scratch, "requirements.txt"), Path(scratch, "empty.txt")
        requirements.write_text("".join(f"{name}=={version}\n" for name, version in pins))
        empty.write_text("")
        server = subprocess.Popen([sys.executable, __file__, "--serve", str(dump)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            starts = [time_pip_audit(port, empty, Path(scratch, "cache")) for _ in range(REPEATS)]
            theirs = [time_pip_audit(port, requirements, Path(scratch, "cache")) for _ in range(REPEATS)]
        finally:
            server.terminate()
            server.wait()
        ours = [time_ours(Path(scratch), requirements) for _ in range(5 * REPEATS)]
    slow = min(t for t, _ in theirs) - min(t for t, _ in starts)
    quick, read = min(t for t, _, _ in ours), min(r for _, r, _ in ours)
    ratio = slow / quick
    print(f"import: {info.count} advisories in {imported:.2f} s")
    print(f"pip-audit, loopback OSV server: {len(pins)} packages in {slow:.3f} s, {theirs[0][1]} records")
    print(
        f"pipesec, own store:             {len(pins)} packages in {quick:.4f} s, {ours[0][2]} advisories"
        f" (reading the file: {read:.3f} s)"
    )
    print(f"match of {len(pins)} packages: {ratio:.0f} times quicker than pip-audit (goal: {GOAL:.0f})")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
