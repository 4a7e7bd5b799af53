"""YAML that may be hostile, as plain data: bounded, unknown tags taken for what they hold, no aliases without end."""

from __future__ import annotations

import yaml

MAX_SIZE = 1 << 20
MAX_ALIASES = 200
MAX_DEPTH = 40


class PlainYamlError(ValueError):
    """A text that isn't taken; the message is one line."""


class _Loader(yaml.CSafeLoader):
    """Builds no objects: a tag that it doesn't know stands for the plain value below it."""


def _untagged(loader: _Loader, _suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("", _untagged)


def load_plain(content: bytes) -> object:
    """The first document. Raises PlainYamlError."""
    if len(content) > MAX_SIZE:
        raise PlainYamlError("larger than 1 MB")
    depth = aliases = 0
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                aliases += 1
            if depth > MAX_DEPTH or aliases > MAX_ALIASES:
                raise PlainYamlError("nested too deeply, or too many aliases")
        for document in yaml.load_all(content, Loader=_Loader):  # builds plain data only
            return document
    except yaml.YAMLError as error:
        raise PlainYamlError(f"not YAML: {' '.join(str(error).split())[:200]}") from None
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise PlainYamlError(f"not YAML that is taken: {error}") from None
    return None
