"""URNs of assets: ``kind:name``, for example ``file:etl/clean.py`` or ``pkg:pypi/pyyaml@5.1``."""

from __future__ import annotations

from enum import Enum


class AssetKind(Enum):
    """What a check can look at."""

    PROJECT = "project"
    FILE = "file"
    DIRECTORY = "dir"
    SOURCE = "source"
    STAGE = "stage"
    DATASET = "dataset"
    SINK = "sink"
    SERVICE = "service"
    PACKAGE = "pkg"
    IMAGE = "image"
    POLICY = "policy"
    RESOURCE = "resource"
    PLUGIN = "plugin"


def urn(kind: AssetKind, name: str) -> str:
    """The URN of an asset."""
    return f"{kind.value}:{name}"


def file_urn(path: str) -> str:
    """The URN of a file, from its path relative to the project."""
    return f"file:{path}"


def split_urn(asset: str) -> tuple[str, str]:
    """The kind and the name in a URN. Raises ValueError where there is no colon."""
    kind, colon, name = asset.partition(":")
    if not colon:
        raise ValueError(f"not an asset URN: {asset!r}")
    return kind, name


def unversioned(asset: str) -> str:
    """A package's URN without its version: ``pkg:pypi/a@1?x#y`` becomes ``pkg:pypi/a``. Others stay as they are.

    The scope of an npm name (``pkg:npm/@scope/name@1``) is kept: only an ``@`` behind the last slash is a version.
    """
    if not asset.startswith("pkg:"):
        return asset
    bare = asset.partition("#")[0].partition("?")[0]
    head, slash, tail = bare.rpartition("/")
    return head + slash + tail.partition("@")[0]
