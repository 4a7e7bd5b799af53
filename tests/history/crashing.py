"""A process that records assessments, for tests that kill it or give it no room. Arguments: folder, mode."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from pipesec_tui.history.store import HistoryError
from tests.history.made import of_files, open_history, record


def big(day: int) -> dict[str, str]:
    """1,200 findings, a tenth of them other ones every day."""
    return {
        f"lib/f{n}.py": "\n".join(f"weak {n} {line} {day if line % 10 == 0 else 0}" for line in range(30))
        for n in range(40)
    }


def main(folder: Path, mode: str) -> int:
    with open_history(folder) as history:
        if mode == "full":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            room = history.path.stat().st_size + 60_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        print("ready", flush=True)
        for day in range(2, 28):
            try:
                record(history, of_files(big(day), day=day))
            except HistoryError as error:
                print(f"refused: {error}", flush=True)
                return 3
            print(day, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
