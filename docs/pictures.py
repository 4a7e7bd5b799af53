"""Makes the pictures of the documentation from what the program prints: `python -m docs.pictures`."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

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


if __name__ == "__main__":
    main()
