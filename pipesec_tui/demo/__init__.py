"""The bundled pipelines: customer feedback with planted weaknesses, the same one hardened, and a second version.

They are data: nothing of them is ever imported. Each holds a ``truth.toml`` that lists what is planted in it.
"""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

FEEDBACK = "feedback"
HARDENED = "feedback_hardened"
VERSION_2 = "feedback_v2"
VARIANTS = (FEEDBACK, HARDENED, VERSION_2)

TRUTH = "truth.toml"
"""Not part of the pipelines themselves: ``copy_to`` leaves it out."""


def demo_root(variant: str = FEEDBACK) -> Path:
    """The folder of a bundled pipeline, read-only to its users. Raises ValueError for an unknown variant."""
    if variant not in VARIANTS:
        raise ValueError(f"no demo {variant!r}: there are {', '.join(VARIANTS)}")
    return _data(variant)


def advisories() -> Path:
    """A folder of OSV advisories for the libraries that the demo pins, one JSON file each."""
    return _data("advisories")


def copy_to(destination: Path, variant: str = FEEDBACK) -> Path:
    """Copy a bundled pipeline to a folder that does not exist yet or is empty, and return that folder.

    Raises ValueError for an unknown variant, FileExistsError for a folder that holds something.
    """
    source = demo_root(variant)
    if destination.exists() and any(destination.iterdir()):
        raise FileExistsError(f"{destination} is not empty: name a new folder for the demo")
    shutil.copytree(source, destination, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", TRUTH))
    return destination


def _data(name: str) -> Path:
    folder = resources.files(__name__).joinpath(name)
    if not isinstance(folder, Path):
        raise RuntimeError("pipesec is installed inside an archive: install it unpacked to use the demo")
    return folder
