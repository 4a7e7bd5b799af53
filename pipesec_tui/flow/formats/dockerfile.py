"""Dockerfiles and Containerfiles: what image runs which command, and what its build fetches.

Format: https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.shell import add_command, add_shell
from pipesec_tui.flow.formats.tree import MAX_SIZE, Malformed
from pipesec_tui.model.lineage import EdgeKind, NodeKind

_ESCAPE = re.compile(r"^#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_INSTRUCTION = re.compile(r"^\s*(?P<name>[A-Za-z]+)(?:\s+(?P<rest>.*))?$", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_FLAG = re.compile(r"^--[a-z-]+(?:=\S*)?\s+")
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?[^}]*\}|(?P<bare>\w+))")


class Instruction(Struct, frozen=True):
    """One instruction, its lines joined; ``body`` is the text of its heredocs, which begins at ``body_line``."""

    name: str
    rest: str
    line: int
    body: str = ""
    body_line: int = 0


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile in order, with the lines (from 1) where they begin."""
    escape = match[1] if (match := _ESCAPE.match(text)) else "\\"
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        first = at
        joined: list[str] = []
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.lstrip().startswith("#"):
                if joined:
                    continue
                break
            if line.rstrip().endswith(escape):
                joined.append(line.rstrip()[:-1])
                continue
            joined.append(line)
            if line.strip() or len(joined) == 1:
                break
        match = _INSTRUCTION.match(" \\\n".join(joined))
        if match is None:
            continue
        name, rest = match["name"].upper(), (match["rest"] or "").strip()
        if name != "RUN":
            rest = rest.replace(" \\\n", " ")
        start, body = at, []
        if name in ("RUN", "COPY", "ADD"):
            for _, word in _HEREDOC.findall(rest):
                while at < len(lines) and lines[at].strip() != word:
                    body.append(lines[at])
                    at += 1
                at += 1
        yield Instruction(name, rest, first + 1, "\n".join(body), start + 1)


def arguments(rest: str) -> list[str]:
    """The arguments of CMD or ENTRYPOINT in either form; those of a shell's command as the shell splits them."""
    if rest.startswith("["):
        try:
            parsed = json.loads(rest)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list) and all(isinstance(one, str) for one in parsed):
            return parsed
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


class _Image:
    """A build stage while its instructions are read."""

    def __init__(self, name: str, image: str, line: int) -> None:
        self.name = name
        self.image = image
        self.line = line
        self.folder = "/"
        self.copies: list[tuple[str, str]] = []
        self.entrypoint: list[str] = []
        self.command: list[str] = []
        self.command_line = line

    def place(self, path: str) -> str:
        """A path in the image as one of the build's context, where it was copied from there."""
        full = posixpath.normpath(posixpath.join(self.folder, path))
        for source, target in reversed(self.copies):
            if full == target:
                return source
            inside = target.rstrip("/") + "/"
            if full.startswith(inside):
                return posixpath.normpath(posixpath.join(source, full[len(inside) :]))
        return path


def read(path: str, content: bytes) -> Extraction:
    """A stage for what the last image runs, and one for what its build fetches, if anything. Raises Malformed."""
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    draft = Draft(path)
    name = PurePosixPath(path).parent.name or PurePosixPath(path).name
    build = _Build(draft)
    for one in instructions(content.decode("utf-8-sig", "replace")):
        build.take(one)
    if build.images:
        image = build.images[-1]
        argv = (*image.entrypoint, *image.command)
        stage = draft.stage(
            name, image.command_line, key=path, command=argv, image=build.root(image), language="docker"
        )
        add_command(draft, stage, list(argv), image.command_line, image.place)
    return draft.done()


class _Build:
    def __init__(self, draft: Draft) -> None:
        self.images: list[_Image] = []
        self._draft = draft
        self._known: dict[str, str] = {}
        self._named: dict[str, _Image] = {}

    def root(self, image: _Image) -> str:
        """The image that a build stage begins from, through other stages."""
        base = image.image
        for _ in range(len(self.images)):
            if base not in self._named or self._named[base].image == base:
                break
            base = self._named[base].image
        return base

    def take(self, one: Instruction) -> None:
        name, rest = one.name, one.rest
        while flag := _FLAG.match(rest):
            if flag[0].startswith("--from="):
                return
            rest = rest[flag.end() :]
        if name in ("ARG", "ENV"):
            self._remember(rest)
        elif name == "FROM":
            words = self._filled(rest).split()
            alias = words[2] if len(words) > 2 and words[1].lower() == "as" else str(len(self.images))
            if words:
                parent = self._named.get(words[0])
                image = _Image(alias, words[0], one.line)
                if parent:
                    image.folder, image.copies = parent.folder, list(parent.copies)
                    image.entrypoint, image.command = parent.entrypoint, parent.command
                self.images.append(image)
                self._named[alias] = image
        elif self.images:
            self._inside(self.images[-1], name, rest, one)

    def _inside(self, image: _Image, name: str, rest: str, one: Instruction) -> None:
        if name == "WORKDIR":
            image.folder = posixpath.normpath(posixpath.join(image.folder, self._filled(rest)))
        elif name in ("COPY", "ADD") and not one.body:
            self._copy(image, [self._filled(word) for word in arguments(rest)], one.line)
        elif name == "CMD":
            image.command, image.command_line = arguments(self._filled(rest)), one.line
        elif name == "ENTRYPOINT":
            image.entrypoint, image.command, image.command_line = arguments(self._filled(rest)), [], one.line
        elif name == "RUN":
            self._run(rest, one)

    def _copy(self, image: _Image, words: list[str], line: int) -> None:
        *sources, target = words or [""]
        folder = target.endswith("/") or len(sources) > 1 or target in (".", "./")
        inside = posixpath.normpath(posixpath.join(image.folder, target))
        for source in sources:
            if "://" in source:
                self._fetched(source, line)
                continue
            is_file = bool(PurePosixPath(source).suffix)
            into = posixpath.join(inside, PurePosixPath(source).name) if folder and is_file else inside
            image.copies.append((posixpath.normpath(source.lstrip("/") or "."), into))

    def _run(self, rest: str, one: Instruction) -> None:
        probe = Draft(self._draft.path)
        stage = probe.stage("build", one.line)
        text, line = (one.body, one.body_line) if one.body else (rest, one.line)
        add_shell(probe, stage, text, line)
        for access in probe.done().accesses:
            if access.node is NodeKind.SOURCE or "://" in access.dataset.namespace:
                key = self._draft.stage("build", one.line, language="docker")
                self._draft.access(
                    key, access.dataset, access.kind, access.where.line or one.line, access.certainty,
                    node=access.node, trust=access.trust, api=access.api,
                )  # fmt: skip

    def _fetched(self, source: str, line: int) -> None:
        stage = self._draft.stage("build", line, language="docker")
        self._draft.access(stage, source, EdgeKind.READS, line, node=NodeKind.SOURCE, api="ADD")

    def _remember(self, rest: str) -> None:
        words = arguments(rest)
        if words and "=" not in words[0] and len(words) > 1:
            words = [f"{words[0]}={' '.join(words[1:])}"]
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                self._known[name] = self._filled(value)[:500]

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match["braced"] or match["bare"]
            return self._known.get(name, match["default"] or f"{{env:{name}}}")

        return _VARIABLE.sub(value, text)[:20_000]
