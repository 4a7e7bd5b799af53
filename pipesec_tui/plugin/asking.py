"""Asking plugins what they declare: in child processes with a deadline, the answers kept until something changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.home import home
from pipesec_tui.plugin.process import clean_environment, python_command
from pipesec_tui.plugin.spec import Description

DEADLINE = 10.0
"""Seconds that the plugins of one distribution may take to say what they declare."""
MEMORY = 2 << 30


class Question(Struct, frozen=True):
    """A plugin to be asked. ``stamp`` changes when its code does, ``answer_stamp`` whenever its answer could.
    Without ``run`` only a kept answer will do."""

    name: str
    module: str
    distribution: str
    version: str
    stamp: str
    answer_stamp: str
    run: bool = True


def ask(questions: Sequence[Question], *, fresh: bool = False) -> dict[str, Description]:
    """What each plugin declares, by name, as far as it may be told; with ``fresh`` no kept answer is taken."""
    kept = {} if fresh else _kept()
    answers = {question.name: kept[question.answer_stamp] for question in questions if question.answer_stamp in kept}
    by_distribution: dict[str, list[Question]] = {}
    for question in questions:
        if question.name not in answers and question.run:
            by_distribution.setdefault(question.distribution, []).append(question)
    for group in by_distribution.values():
        answers |= _describe_all(group)
    if by_distribution:
        _keep({q.answer_stamp: answers[q.name] for q in questions if q.name in answers})
    return answers


def _describe_all(group: Sequence[Question]) -> dict[str, Description]:
    """Ask the plugins of one distribution in one process; where it does not live to the end, each in its own."""
    answers = _describe_in_process(group)
    if len(group) > 1 and len(answers) < len(group):
        answers = {}
        for question in group:
            answers |= _describe_in_process([question])
    for question in group:
        answers.setdefault(question.name, Description(name=question.name, error="died while it was loaded"))
    return answers


def _describe_in_process(group: Sequence[Question]) -> dict[str, Description]:
    request = json.dumps([[question.name, question.module, question.version] for question in group])
    problem: str | None = None
    with tempfile.TemporaryDirectory(prefix="pipesec-") as directory, tempfile.TemporaryFile() as out:
        descriptor = out.fileno()
        process = subprocess.Popen(
            python_command("pipesec_tui.plugin.describe", str(descriptor)), cwd=directory,
            env=clean_environment(directory), pass_fds=(descriptor,), start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=_limit_memory,
        )  # fmt: skip
        try:
            process.communicate(request, timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            problem = f"hung while it was loaded (more than {DEADLINE:.0f} s)"
        finally:
            _kill_group(process.pid)
            process.wait()
        out.seek(0)
        lines = out.read().splitlines()
    if problem is None and process.returncode:
        problem = f"died while it was loaded ({_ending(process.returncode)})"
    answers: dict[str, Description] = {}
    for line in lines:
        try:
            answer = msgspec.json.decode(line, type=Description)
        except msgspec.DecodeError:
            continue
        answers[answer.name] = answer
    if problem and len(group) == 1:
        answers.setdefault(group[0].name, Description(name=group[0].name, error=problem))
    return answers


def _limit_memory() -> None:
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (OSError, ValueError):
        return  # macOS knows no such limit; the deadline still holds


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _cache_path() -> Path:
    return home() / "cache" / "plugins.msgpack"


def _kept() -> dict[str, Description]:
    try:
        return msgspec.msgpack.decode(_cache_path().read_bytes(), type=dict[str, Description])
    except (OSError, msgspec.DecodeError):
        return {}


def _keep(answers: dict[str, Description]) -> None:
    path = _cache_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(msgspec.msgpack.encode(answers))
        temporary.replace(path)
    except OSError:
        return  # a cache that can't be written costs time, nothing else
