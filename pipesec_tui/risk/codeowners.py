"""Who owns a path, by a CODEOWNERS file as GitHub and GitLab read it."""

from __future__ import annotations

from msgspec import Struct
from pathspec import GitIgnoreSpec

MAX_RULES = 10_000
"""More lines are left unread: a hostile file must not make every look-up slow."""


class _Rule(Struct, frozen=True):
    pattern: GitIgnoreSpec
    owners: tuple[str, ...]


class CodeOwners:
    """The rules of a CODEOWNERS file; a line that can't be read is left out, as the platforms do.

    Patterns are those of .gitignore without negation, after
    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners.
    GitLab's section headings are read over.
    """

    def __init__(self, text: str) -> None:
        self._rules: list[_Rule] = []
        for line in text.splitlines()[:MAX_RULES]:
            words = line.partition(" #")[0].replace("\\ ", "\0").split()
            if not words or words[0].startswith(("#", "[", "^[", "!")):
                continue
            try:
                pattern = GitIgnoreSpec.from_lines([words[0].replace("\0", "\\ ")])
            except ValueError:
                continue
            self._rules.append(_Rule(pattern, tuple(words[1:])))

    def of(self, path: str) -> tuple[str, ...]:
        """Owners of a path relative to the project: those of the last pattern that matches, which may be none."""
        for rule in reversed(self._rules):
            if rule.pattern.match_file(path):
                return rule.owners
        return ()
