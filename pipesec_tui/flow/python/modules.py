"""Which file of the project an import means. Nothing is imported, and no path of this machine is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipesec_tui.flow.resolve import Module


class Finder:
    """Finds modules from where the import stands: packages by their root, scripts by their folder."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._packages = {path.rpartition("/")[0] for path in modules if path.endswith("__init__.py")}
        self._roots = sorted({self._root(path) for path in modules if path.endswith("__init__.py")}, key=len)
        self._known: dict[tuple[str, str, int], Module | None] = {}

    def find(self, path: str, dotted: str, level: int) -> Module | None:
        """The module that ``dotted`` means in the file ``path``; ``level`` counts leading dots."""
        folder = path.rpartition("/")[0]
        key = (folder, dotted, level)
        if key not in self._known:
            self._known[key] = self._find(path, folder, dotted, level)
        return self._known[key]

    def _find(self, path: str, folder: str, dotted: str, level: int) -> Module | None:
        tail = dotted.replace(".", "/")
        if level:
            for _ in range(level - 1):
                folder = folder.rpartition("/")[0]
            return self._at(folder, tail)
        if not tail:
            return None
        for root in dict.fromkeys((self._root(path), "", "src", *self._roots[:50])):
            found = self._at(root, tail)
            if found is not None and found.path != path:
                return found
        return None

    def _root(self, path: str) -> str:
        """The folder from which absolute imports of a file start: that above its outermost package."""
        folder = path.rpartition("/")[0]
        while folder and folder in self._packages:
            folder = folder.rpartition("/")[0]
        return folder

    def _at(self, folder: str, tail: str) -> Module | None:
        start = f"{folder}/{tail}" if folder and tail else folder or tail
        return self._modules.get(f"{start}.py") or self._modules.get(f"{start}/__init__.py" if start else "__init__.py")
