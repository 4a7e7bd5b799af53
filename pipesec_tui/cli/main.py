"""Where `pipesec` starts. Imports nothing until it knows what for."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, and end with its exit status."""
    if sys.argv[1:] == ["--version"]:
        from pipesec_tui import __version__

        print(f"pipesec {__version__}")
        return
    from pipesec_tui.cli.group import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
