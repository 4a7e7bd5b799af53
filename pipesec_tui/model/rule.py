"""Rules: what a check knows to be weak, why, and what to do."""

from __future__ import annotations

from msgspec import Struct

from pipesec_tui.model.severity import Confidence, Severity


class RuleExample(Struct, frozen=True, forbid_unknown_fields=True):
    """Code that a rule flags (``bad``) and its safe form (``good``); the tests run both.

    ``path`` names the file that the example stands for, since the name decides the language.
    """

    bad: str
    good: str
    path: str = "example.py"


class RuleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. In a rules file each is an entry of a YAML list with these keys.

    id           -- kebab-case, unique among all plugins
    title        -- a few words
    severity     -- unless a finding brings its own
    cwe          -- numbers
    why          -- what can happen
    remedy       -- what to do instead
    revision     -- raised whenever the rule finds more or less than before
    renamed_from -- earlier ids, so that findings keep their identity
    """

    id: str
    title: str
    severity: Severity
    why: str
    remedy: str
    cwe: tuple[int, ...] = ()
    confidence: Confidence = Confidence.HIGH
    revision: int = 1
    renamed_from: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    examples: tuple[RuleExample, ...] = ()
