"""Checks that misbehave, each in its own way; run in workers by the engine's tests."""

from __future__ import annotations

import os
import signal
import sys
import time

from pipesec_tui import CheckRequest, Emit, Location


def good(request: CheckRequest, emit: Emit) -> None:
    for number, file in enumerate(request.files):
        text = request.files.read_text(file)
        for line, content in enumerate(text.splitlines(), 1):
            if "weak" in content:
                emit.finding("weak", at=Location(path=file.path, start_line=line, end_line=line))
        emit.coverage(file, "ok")
        emit.progress(number + 1, len(request.files))


def prints(request: CheckRequest, emit: Emit) -> None:
    for _ in range(2000):
        print("rubbish \x1b[2J" * 10)
        sys.stderr.write("more \x00 rubbish\n")
    os.write(1, b"\xff\xfe" * 1000)
    good(request, emit)


def raises(request: CheckRequest, emit: Emit) -> None:
    good_one = next(iter(request.files))
    emit.coverage(good_one, "ok")
    raise RuntimeError("broken\nin two lines")


def exits(request: CheckRequest, emit: Emit) -> None:
    sys.exit(0)


def exits_hard(request: CheckRequest, emit: Emit) -> None:
    os._exit(7)


def hangs(request: CheckRequest, emit: Emit) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def allocates(request: CheckRequest, emit: Emit) -> None:
    kept = []
    while True:
        kept.append(bytearray(16 << 20))


def dies(request: CheckRequest, emit: Emit) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def silent(request: CheckRequest, emit: Emit) -> None:
    """Says nothing at all, as if all were well."""


def rubbish_on_pipe(request: CheckRequest, emit: Emit) -> None:
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\xff" * 64)
        except OSError:
            continue


def leaves_child(request: CheckRequest, emit: Emit) -> None:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    good(request, emit)


def floods(request: CheckRequest, emit: Emit) -> None:
    for number in range(20_000):
        emit.progress(number, 20_000)
    good(request, emit)


def undeclared_rule(request: CheckRequest, emit: Emit) -> None:
    emit.finding("not-mine", at="project:.")


def tells_upstream(request: CheckRequest, emit: Emit) -> None:
    for finding in request.upstream("good").findings:
        emit.finding("echo", at=finding.location, subject=("echo", finding.id))
    emit.coverage("project:.", "ok")


def sees_environment(request: CheckRequest, emit: Emit) -> None:
    facts = {
        "cwd_empty": not os.listdir("."),
        "python_variables": sorted(name for name in os.environ if name.startswith("PYTHON")),
        "path_has_cwd": "" in sys.path or os.getcwd() in sys.path,
        "home": os.environ.get("HOME") == os.getcwd(),
        "secret": os.environ.get("DATABASE_PASSWORD", ""),
    }
    emit.finding("weak", at="project:.", subject=("environment",), evidence={key: str(v) for key, v in facts.items()})
    emit.coverage("project:.", "ok")


def volatile(request: CheckRequest, emit: Emit) -> None:
    emit.volatile()
    good(request, emit)
