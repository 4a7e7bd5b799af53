"""Makes docs/pictures/*.svg: `python -m docs.pictures`. The demo is assessed twice in a place of its own and drawn."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from docs import picture_of_table
from pipesec_tui.demo import FEEDBACK, VERSION_2, advisories, copy_to
from pipesec_tui.workbench.app import Workbench

TARGET = Path(__file__).with_name("pictures")
WIDE, NARROW = (120, 40), (80, 24)
PICTURES: tuple[tuple[str, tuple[str, ...], tuple[int, int], str], ...] = (
    ("overview", ("1",), WIDE, "pipesec-dark"),
    ("findings", ("2",), WIDE, "pipesec-dark"),
    ("findings-light", ("2",), WIDE, "pipesec-light"),
    ("findings-narrow", ("2",), NARROW, "pipesec-dark"),
    ("lineage", ("3",), WIDE, "pipesec-dark"),
    ("inventory", ("4",), WIDE, "pipesec-dark"),
    ("compare", ("5",), WIDE, "pipesec-dark"),
    ("history", ("6",), WIDE, "pipesec-clear"),
    ("plugins", ("7",), WIDE, "pipesec-dark"),
    ("decide", ("2", "t"), WIDE, "pipesec-dark"),
    ("help", ("2", "question_mark"), WIDE, "pipesec-light"),
)
"""Name, keys to get there, size and theme."""


def assess_demo(place: Path) -> Path:
    """The demo's project with two assessments, in a state directory below ``place``."""
    from pipesec_tui.cli.group import cli
    from pipesec_tui.operations.assess import assess
    from pipesec_tui.operations.session import AssessOptions

    os.environ["PIPESEC_HOME"] = str(place / "state")
    cli.main(["advisories", "import", str(advisories())], prog_name="pipesec", standalone_mode=False)
    project = place / "feedback"
    for variant in (FEEDBACK, VERSION_2):
        import shutil

        shutil.rmtree(project, ignore_errors=True)
        copy_to(project, variant)
        assess(project, AssessOptions(offline=True))
    return project


async def draw(project: Path, name: str, keys: tuple[str, ...], size: tuple[int, int], theme: str) -> None:
    """One picture, when all is read that it shows."""
    app = Workbench(project)
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            for _ in range(3):
                await pilot.pause(0.15)
                await app.workers.wait_for_complete()
        app.save_screenshot(f"{name}.svg", str(TARGET))


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    picture_of_table.draw(TARGET / "demo.svg")
    with tempfile.TemporaryDirectory() as name:
        project = assess_demo(Path(name))
        for picture in PICTURES:
            asyncio.run(draw(project, *picture))


if __name__ == "__main__":
    main()
