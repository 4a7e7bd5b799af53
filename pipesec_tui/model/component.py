"""Components: what a pipeline is made of."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class ComponentKind(Enum):
    LIBRARY = "library"
    IMAGE = "image"
    OS_PACKAGE = "os_package"
    SERVICE = "service"


class Component(Struct, frozen=True, kw_only=True):
    """A library, image, package or service in use.

    purl          -- package URL; without a version where none is pinned
    direct        -- asked for by the project itself; None where that can't be told
    introduced_by -- purls on the way from a direct dependency to this one, direct first; empty for direct ones
    found_in      -- path of the file that names it
    """

    purl: str
    kind: ComponentKind
    direct: bool | None = None
    introduced_by: tuple[str, ...] = ()
    found_in: str | None = None
    name: str | None = None
    version: str | None = None
