"""Shell scripts, and commands of the shell that other formats hold: what their commands read, write and run."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.command import Command, add, without_prefixes
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import location
from pipesec_tui.flow.formats.tree import MAX_SIZE, Malformed
from pipesec_tui.model.lineage import Certainty, EdgeKind

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_DEPTH = 120
_VALUES = 2_000
"""Characters that are kept of a value; a variable that is appended to itself would grow without end."""
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash"})
_DEFAULT = re.compile(r"^(\w+):?[-=](.*)$", re.DOTALL)


def read(path: str, content: bytes) -> Extraction:
    """A script is one stage. Raises Malformed."""
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    draft = Draft(path)
    stage = draft.stage(language="shell", code=path)
    add_shell(draft, stage, content.decode("utf-8", "replace"), 1)
    return draft.done()


def add_shell(
    draft: Draft,
    stage: str,
    text: str,
    line: int,
    variables: dict[str, str] | None = None,
    place: Callable[[str], str] | None = None,
) -> None:
    """Adds what a shell's commands do to a stage; ``line`` is that of the first line of the text.

    variables -- values that are known before the first command
    place     -- where a path of the text lies in the project
    """
    if len(text) > MAX_SIZE:
        draft.problem(f"line {line}: shell of more than {MAX_SIZE >> 20} MB: not read")
        return
    root = _parser().parse(text.encode("utf-8", "replace")).root_node
    script = _Script(draft, stage, line, dict(variables or {}), place or (lambda path: path))
    script.visit(root)
    if script.too_deep:
        draft.problem(f"line {line}: shell commands nested more than {MAX_DEPTH} deep: not read there")


def add_command(
    draft: Draft, stage: str, argv: list[str], line: int, place: Callable[[str], str] | None = None
) -> None:
    """Adds what one command does, given as its arguments; ``sh -c TEXT`` is read as a shell's."""
    if (inner := _inner(argv)) is not None:
        add_shell(draft, stage, inner, line, None, place)
    elif any(word in ("&&", ";", "|", "||", ">", ">>", "<") for word in argv):
        add_shell(draft, stage, " ".join(argv), line, None, place)
    elif argv:
        add(draft, stage, Command(argv, line, place or (lambda path: path)))


def _inner(argv: list[str]) -> str | None:
    """The text that ``sh -c TEXT`` runs; None for another command."""
    words = without_prefixes(argv)
    is_shell = len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS
    return words[2] if is_shell and re.fullmatch(r"-\w*c\w*", words[1]) else None


class _Script:
    def __init__(
        self, draft: Draft, stage: str, line: int, variables: dict[str, str], place: Callable[[str], str]
    ) -> None:
        self.too_deep = False
        self._draft = draft
        self._stage = stage
        self._line = line
        self._known = variables
        self._place = place

    def visit(self, node: Node, depth: int = 0, stdin: str | None = None) -> None:
        """Commands in the order in which they stand."""
        if depth > MAX_DEPTH:
            self.too_deep = True
        elif node.type == "variable_assignment":
            self._assign(node)
        elif node.type == "redirected_statement":
            self._redirected(node, depth)
        elif node.type == "command":
            self._command(node, stdin, depth)
        elif node.type == "for_statement":
            if name := node.child_by_field_name("variable"):
                self._known[_text(name)] = f"{{param:{_text(name)}}}"
            for child in node.named_children:
                if child.type == "do_group":
                    self.visit(child, depth + 1)
        else:
            for child in node.named_children:
                self.visit(child, depth + 1)

    def _assign(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None:
            self._known[_text(name)] = self._value(value, 0)[:_VALUES] if value is not None else ""

    def _redirected(self, node: Node, depth: int) -> None:
        stdin = None
        for child in node.named_children:
            line = self._line + child.start_point[0]
            if child.type == "file_redirect":
                destination = child.child_by_field_name("destination")
                operator = next((one.type for one in child.children if one.type[:1] in "<>&"), ">")
                if destination is None or destination.type == "number" or operator in (">&", "<&"):
                    continue
                name = self._value(destination, 0)
                if operator == "<":
                    stdin = f"@{name}"
                if not name.startswith("/dev/") and name:
                    kind = EdgeKind.READS if operator == "<" else EdgeKind.WRITES
                    self._draft.access(
                        self._stage, location(self._place(name)), kind, line, Certainty.LITERAL, api=operator
                    )
            elif child.type == "heredoc_redirect":
                body = next((one for one in child.named_children if one.type == "heredoc_body"), None)
                if body is not None:
                    stdin = "\n" * (body.start_point[0] - node.start_point[0]) + _text(body)
                for inner in child.named_children:
                    if inner.type in ("pipeline", "command", "redirected_statement", "file_redirect"):
                        self.visit(inner, depth + 1)
            elif child.type == "herestring_redirect" and child.named_children:
                stdin = self._value(child.named_children[0], 0)
        body = node.child_by_field_name("body")
        if body is not None:
            self.visit(body, depth + 1, stdin)

    def _command(self, node: Node, stdin: str | None, depth: int) -> None:
        argv = []
        for child in node.named_children:
            if child.type == "command_name":
                argv.append(self._value(child.named_children[0] if child.named_children else child, 0))
            elif child.type == "variable_assignment":
                if not argv:
                    self._assign(child)
            elif child.type in ("file_redirect", "herestring_redirect", "heredoc_redirect"):
                continue
            else:
                argv.append(self._value(child, 0))
        for inner in _substitutions(node):
            self.visit(inner, depth + 1)
        if not argv:
            return
        if argv[0] in ("export", "declare", "local", "readonly"):
            return
        line = self._line + node.start_point[0]
        if (inner_text := _inner(argv)) is not None:
            # Every level of quotes takes characters, so this ends.
            if len(inner_text) < len(_text(node)):
                add_shell(self._draft, self._stage, inner_text, line, self._known, self._place)
            return
        add(self._draft, self._stage, Command(argv, line, self._place, stdin))

    def _value(self, node: Node, depth: int) -> str:
        """Text of a word, with what isn't known as holes."""
        if depth > 20:
            return "{expr:nested}"
        kind = node.type
        if kind == "raw_string":
            return _text(node)[1:-1]
        if kind in ("simple_expansion", "expansion"):
            return self._expanded(_text(node).lstrip("$").strip("{}"))
        if kind == "command_substitution":
            inner = " ".join(_text(node).strip("$()`").split())
            command = inner.split(" ")[0] if inner else ""
            return f"{{{'time' if command == 'date' else 'call'}:{re.sub(r'[{}]', '', inner)[:60]}}}"
        if kind in ("string", "concatenation"):
            return self._joined(node, depth, 1 if kind == "string" else 0)
        if kind in ("word", "command_name") and not node.named_children:
            return re.sub(r"\\(.)", r"\1", _text(node), flags=re.DOTALL).replace("\n", "")
        return _text(node)[:_VALUES]

    def _joined(self, node: Node, depth: int, quote: int) -> str:
        source = node.text or b""
        parts, at, end = [], node.start_byte + quote, node.end_byte - quote
        for child in node.named_children:
            parts.append(source[at - node.start_byte : child.start_byte - node.start_byte].decode("utf-8", "replace"))
            parts.append(_text(child) if child.type == "string_content" else self._value(child, depth + 1))
            at = child.end_byte
        parts.append(source[at - node.start_byte : end - node.start_byte].decode("utf-8", "replace"))
        return "".join(parts)[: 20 * _VALUES]

    def _expanded(self, name: str) -> str:
        if name in self._known:
            return self._known[name]
        if default := _DEFAULT.match(name):
            return self._known.get(
                default[1], default[2].strip("\"'") if "$" not in default[2] else f"{{env:{default[1]}}}"
            )
        plain = re.match(r"\w+|[@*#?]", name)
        if plain is None:
            return "{expr:expansion}"
        if plain[0] in self._known:
            return self._known[plain[0]]
        return f"{{{'param' if not plain[0].isidentifier() else 'env'}:{plain[0]}}}"


def _substitutions(node: Node) -> Iterator[Node]:
    """Commands inside ``$(...)`` of a command's arguments."""
    waiting = deque(child for child in node.named_children if child.type != "command_name")
    while waiting:
        one = waiting.popleft()
        if one.type in ("command_substitution", "process_substitution"):
            yield from one.named_children
        elif one.type in ("string", "concatenation", "variable_assignment"):
            waiting.extend(one.named_children)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
