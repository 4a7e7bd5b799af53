"""The areas that an assessment covers. Their names are those of the checks that ship with pipesec."""

from __future__ import annotations

from enum import Enum


class Area(Enum):
    """What a check is about. A third party's check names the area that it belongs to."""

    LINEAGE = "lineage"
    DEPENDENCIES = "dependencies"
    SAST = "sast"
    SECRETS = "secrets"
    ARTIFACTS = "artifacts"
    INFRASTRUCTURE = "infrastructure"
    PERMISSIONS = "permissions"
    IMAGES = "images"
    SCHEMA = "schema"
    POISONING = "poisoning"
    ALERTING = "alerting"
    CANARY = "canary"
