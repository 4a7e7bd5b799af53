"""Which dependency of the project brings a package in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from pipesec_dependencies.manifest.model import Manifest


def introductions(manifest: Manifest) -> Mapping[str, tuple[str, ...]]:
    """For every package that is reached, the keys on a shortest way to it: the direct dependency first, itself left
    out, so empty for direct ones. Ways of equal length are decided by the alphabet."""
    needs: dict[str, set[str]] = {}
    for dependency in manifest.dependencies:
        needs.setdefault(dependency.key, set()).update(dependency.requires)
    direct = sorted({dependency.key for dependency in manifest.dependencies if dependency.direct})
    ways: dict[str, tuple[str, ...]] = dict.fromkeys(direct, ())
    pending = deque(direct)
    while pending:
        key = pending.popleft()
        for needed in sorted(needs.get(key, ())):
            if needed not in ways:
                ways[needed] = (*ways[key], key)
                pending.append(needed)
    return ways
