<<<<<<< HEAD
"""Makes the pictures of the documentation from what the program prints: `python -m docs.pictures`."""

from __future__ import annotations

import io
=======
"""Makes docs/pictures/*.svg: `python -m docs.pictures`. The demo is assessed twice in a place of its own and drawn."""

from __future__ import annotations

import asyncio
>>>>>>> h/workbench
import os
import tempfile
from pathlib import Path

<<<<<<< HEAD
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from pipesec_tui.demo import advisories, copy_to
from pipesec_tui.operations.assess import assess
from pipesec_tui.operations.session import AssessOptions
from pipesec_tui.report import FORMATS, GateOutcome, GateText, ReportContext

FOLDER = Path(__file__).with_name("pictures")
_WIDTH = 100


def demo_table() -> str:
    """What `pipesec demo` prints, with the control sequences of a terminal."""
    from pipesec_tui.cli.group import cli

    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PIPESEC_HOME"] = str(Path(scratch, "home"))
        cli.main(["advisories", "import", str(advisories())], standalone_mode=False)
        outcome = assess(copy_to(Path(scratch, "feedback")), AssessOptions(offline=True))
    stream = io.StringIO()
    gate = GateText(outcome=GateOutcome.FAILED, reasons=(outcome.gate.reason(),))
    context = ReportContext(gate=gate, width=_WIDTH, color=True, top=8)
    FORMATS["table"].assessment(outcome.assessment, stream, context=context)
    return stream.getvalue()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(demo_table()))
    console.save_svg(str(FOLDER / "demo.svg"), title="pipesec demo", unique_id="demo", code_format=_without_fonts())


def _without_fonts() -> str:
    """Rich's template less the fonts that it fetches from elsewhere: the reader's own monospace will do."""
    head, _, rest = CONSOLE_SVG_FORMAT.partition("@font-face")
    return head + rest[rest.rindex("@font-face") :].partition("}}")[2]
=======
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
    with tempfile.TemporaryDirectory() as name:
        project = assess_demo(Path(name))
        for picture in PICTURES:
            asyncio.run(draw(project, *picture))
>>>>>>> h/workbench


if __name__ == "__main__":
    main()
