"""YAML from a project: plain data only, of bounded size and depth, without aliases to multiply it."""

from __future__ import annotations

import yaml

MAX_SIZE = 1 << 20
MAX_ALIASES = 200
MAX_DEPTH = 60


class YamlProblem(ValueError):
    """A text isn't YAML that is taken; the message is one line."""


class _Loader(yaml.SafeLoader):
    """Builds no objects (it is a SafeLoader), and refuses what is nested too deeply or refers back too often."""

    _aliases = 0
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
        self._depth += 1
        if self._aliases > MAX_ALIASES or self._depth > MAX_DEPTH:
            raise YamlProblem("has too many aliases or is nested too deeply")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def load_yaml(content: bytes) -> object:
    """The document in a text as plain data; None where it is empty. Raises YamlProblem."""
    if len(content) > MAX_SIZE:
        raise YamlProblem("is larger than 1 MB")
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        raise YamlProblem(f"is not YAML: {' '.join(str(error).split())[:200]}") from None
    # Values such as 2026-99-99 reach constructors that raise what Python raises.
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise YamlProblem(f"is not YAML that is taken: {error}") from None
