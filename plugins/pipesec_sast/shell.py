"""Rules on shell commands, read with tree-sitter: what a command is given, with its quoting and expansions told apart.

The grammar: https://github.com/tree-sitter/tree-sitter-bash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tree_sitter import Node

_SYSTEM = frozenset(("", "*", "bin", "etc", "home", "lib", "opt", "root", "usr", "var", "data", "srv", "mnt"))
_GUARD = re.compile(r"\$\{\w+:[?=-].+\}", re.DOTALL)
_COMMIT = re.compile(r"@[\w.+-]+(?:#|$)")
_SECRET_FLAGS = {
    "mysql": ("-p", "--password="), "mysqldump": ("-p", "--password="), "mysqladmin": ("-p", "--password="),
    "mongo": ("--password=",), "mongosh": ("--password=",), "mongodump": ("--password=",), "wget": ("--password=",),
    "docker": ("--password=",), "kinit": ("--password=",),
}  # fmt: skip
_SECRET_BEHIND = {
    "sshpass": ("-p",), "redis-cli": ("-a", "--pass"), "mongo": ("-p", "--password"), "mongosh": ("-p", "--password"),
    "mongodump": ("-p", "--password"), "curl": ("-u", "--user"), "docker": ("-p", "--password"),
}  # fmt: skip
_PREFIXES = ("sudo", "env", "nohup", "time", "exec", "command")


class Weak(Struct, frozen=True):
    """A weak command. Lines and columns count from 1, columns in bytes."""

    rule: str
    line: int
    end_line: int
    column: int
    end_column: int


def find(text: str) -> Iterator[Weak]:
    """What is weak in a script or a single command; a part that does not parse is passed over."""
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_bash.language())).parse(text.encode("utf-8", "surrogatepass")).root_node
    commands, redirects, assigned, strict = [], [], set[str](), False
    pending = [root]
    while pending:
        node = pending.pop()
        pending.extend(node.children)
        if node.type == "command":
            words = _words(node)
            commands.append((node, words))
            strict = strict or (words[:1] == ["set"] and any(w.startswith("-") and "u" in w for w in words[1:]))
        elif node.type == "file_redirect":
            redirects.append(node)
        elif (
            node.type == "variable_assignment"
            and len(node.children) > 2
            and _text(node.children[-1]) not in ('""', "''")
        ):
            assigned.add(_text(node.children[0]))
    for node, words in commands:
        for rule in _weak(node, words, assigned, strict):
            yield _at(rule, node)
    for node in redirects:
        target = _text(node.children[-1]).strip("\"'")
        if target.startswith(("/tmp/", "/var/tmp/")) and _text(node.children[0]) in (">", ">>", ">|", "&>"):  # noqa: S108
            yield _at("shell-predictable-temporary-file", node)


def _weak(node: Node, words: list[str], assigned: set[str], strict: bool) -> Iterator[str]:
    arguments = [child for child in node.children[1:] if child.is_named]
    while words and words[0] in _PREFIXES:
        words, arguments = words[1:], arguments[1:]
    if not words:
        return
    name, rest = words[0].rpartition("/")[2], words[1:]
    if name == "rm" and any(w.startswith("-") and not w.startswith("--") and "r" in w.lower() for w in rest):
        if not strict and any(_empties(one, assigned) for one in arguments):
            yield "shell-unguarded-removal"
    elif name == "chmod" and rest and any(_open_mode(w) for w in rest if not w.startswith("-")):
        yield "shell-world-writable"
    elif _installs(name, rest) and any(_unpinned(w.strip("\"'")) for w in rest):
        yield "pip-install-from-url"
    if _gives_secret(name, rest):
        yield "shell-secret-argument"


def _empties(argument: Node, assigned: set[str]) -> bool:
    """Whether an argument is a system directory where the variable that it begins with is empty."""
    parts = list(_parts(argument))
    if len(parts) < 2 or not parts[0].startswith("$"):
        return False
    name = parts[0].strip("${}")
    if name in assigned or not name.isidentifier() or _GUARD.fullmatch(parts[0]):
        return False
    behind = "".join(parts[1:])
    return behind.startswith("/") and behind[1:].split("/")[0] in _SYSTEM


def _parts(node: Node) -> Iterator[str]:
    if node.type in ("concatenation", "string"):
        for child in node.children:
            if child.type != '"':
                yield from _parts(child)
    else:
        yield _text(node)


def _open_mode(word: str) -> bool:
    if word.isdigit() and len(word) in (3, 4):
        return word[-1] in "2367"
    who, plus, what = word.partition("+")
    return (
        bool(plus)
        and "w" in what
        and (who == "" or "o" in who or "a" in who)
        and set(who) <= set("ugoa")
        and set(what) <= set("rwxXst")
    )


def _installs(name: str, rest: list[str]) -> bool:
    if name in ("python", "python3") and rest[:2] == ["-m", "pip"]:
        return "install" in rest
    if name == "uv":
        return rest[:1] == ["pip"] and "install" in rest
    return name in ("pip", "pip3") and "install" in rest


def _unpinned(requirement: str) -> bool:
    """Whether a requirement is fetched from an address that can answer otherwise tomorrow."""
    address = requirement.partition(" @ ")[2] or requirement
    if address.startswith("git+"):
        return not _COMMIT.search(address.partition("://")[2].partition("/")[2])
    return address.startswith("http://") or (
        address.startswith("https://")
        and "#sha256=" not in address
        and "&sha256=" not in address
        and "simple" not in address
    )


def _gives_secret(name: str, rest: list[str]) -> bool:
    if any(word.startswith(flag) and len(word) > len(flag) for word in rest for flag in _SECRET_FLAGS.get(name, ())):
        return True
    for flag, value in pairwise(rest):
        if flag in _SECRET_BEHIND.get(name, ()):
            if name == "docker":
                return "login" in rest
            if name == "curl":
                return bool(value.strip("\"'").partition(":")[2])
            return not value.startswith("-")
    return False


def _words(command: Node) -> list[str]:
    return [_text(child) for child in command.children if child.is_named and child.type != "variable_assignment"]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _at(rule: str, node: Node) -> Weak:
    start, end = node.start_point, node.end_point
    return Weak(rule, start[0] + 1, end[0] + 1, start[1] + 1, end[1] + 1)
