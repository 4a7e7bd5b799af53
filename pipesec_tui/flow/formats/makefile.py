"""Makefiles: a target with a recipe is a stage, files among targets and prerequisites are data.

Format: https://www.gnu.org/software/make/manual/make.html. Functions of make are not evaluated.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from msgspec import Struct

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import looks_like_path
from pipesec_tui.flow.formats.shell import add_shell
from pipesec_tui.flow.formats.tree import MAX_SIZE, Malformed
from pipesec_tui.model.lineage import EdgeKind

_ASSIGN = re.compile(r"^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(?:::?|\?|\+)?=\s*(.*)$")
_RULE = re.compile(r"^([^\t#=:][^#=:]*)::?(?!=)\s*([^#]*)")
_REFERENCE = re.compile(r"\$(?:\((?P<round>[^()$]+)\)|\{(?P<curly>[^{}$]+)\}|(?P<dollar>\$)|(?P<short>[@<^*?%+]))")
_CODE = frozenset({".py", ".sh", ".sql", ".r", ".scala", ".mk", ".toml", ".cfg"})
_SILENT = re.compile(r"^[ \t]*[@+-]+")


class Rule(Struct):
    """A rule and the lines of its recipe, with their numbers from 1."""

    targets: list[str]
    needs: list[str]
    line: int
    recipe: list[tuple[str, int]]


def read(path: str, content: bytes) -> Extraction:
    """One stage for each rule whose recipe does something that can be told, or that makes a file. Raises Malformed."""
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    draft = Draft(path)
    rules, known = _rules(content.decode("utf-8", "replace"))
    for rule in rules:
        if not rule.targets or (rule.targets[0].startswith(".") and "/" not in rule.targets[0]):
            continue
        probe = Draft(path)
        _add(probe, rule, known)
        if probe.flows:
            _add(draft, rule, known)
    return draft.done()


def _add(draft: Draft, rule: Rule, known: dict[str, str]) -> None:
    stage = draft.stage(rule.targets[0], rule.line, language="make")
    if rule.recipe:
        for target in rule.targets:
            if looks_like_path(target) and not _is_code(target):
                draft.access(stage, target, EdgeKind.WRITES, rule.line, api="make")
        for need in rule.needs:
            if looks_like_path(need) and not _is_code(need):
                draft.access(stage, need, EdgeKind.READS, rule.line, api="make")
    automatic = {
        "@": rule.targets[0],
        "<": rule.needs[0] if rule.needs else "",
        "^": " ".join(rule.needs),
        "*": "{param:stem}",
    }
    for text, line in rule.recipe:
        add_shell(draft, stage, _filled(_SILENT.sub("", text), known | automatic), line)


def _rules(text: str) -> tuple[list[Rule], dict[str, str]]:
    known: dict[str, str] = {}
    rules: list[Rule] = []
    pending, began = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = pending + raw
        began = began if pending else number
        if raw.endswith("\\"):
            # Recipes keep the break, so that lines of the shell are those of the file.
            pending = line[:-1] + (" \\\n" if line.startswith("\t") else " ")
            continue
        pending = ""
        if line.startswith("\t"):
            if rules:
                rules[-1].recipe.append((line[1:], began))
        elif assigned := _ASSIGN.match(line):
            known[assigned[1]] = _filled(assigned[2].partition(" #")[0].strip(), known)[:500]
        elif rule := _RULE.match(line):
            needs, _, inline = rule[2].partition(";")
            targets = _filled(rule[1], known).split()[:200]
            words = [word for word in _filled(needs, known).split()[:200] if word != "|"]
            rules.append(Rule(targets, words, began, [(inline, began)] if inline else []))
    return rules, known


def _filled(text: str, known: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name = match["round"] or match["curly"] or match["short"]
        return known.get(name, f"{{config:{name}}}" if re.fullmatch(r"[\w.-]+", name) else "{expr:make}")

    return _REFERENCE.sub(value, text)[:50_000]


def _is_code(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _CODE
