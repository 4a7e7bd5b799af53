"""Files beside the code that people and pipesec both write, so that decisions are reviewed like code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipesec_tui.project.bounded import read_bounded, reason_of, replace_file
from pipesec_tui.project.problems import FileProblems, Problem

MAX_SIZE = 8 << 20


def read_reviewed(root: Path, name: str, error_kind: type[FileProblems]) -> str:
    """The text of a file at a project's root, empty where there is none. Raises ``error_kind``."""
    try:
        content = read_bounded(root / name, MAX_SIZE)
        return content.decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise error_kind([Problem(name, 1, "", f"can't be read: {reason_of(error)}")]) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise error_kind([Problem(name, line, "", "is not UTF-8 text; save it as UTF-8")]) from None


def write_reviewed(root: Path, name: str, text: str) -> None:
    """Puts the text in place whole or not at all. Raises OSError."""
    replace_file(root / name, text.encode("utf-8"), mode=0o644)


def with_table(text: str, array: str, values: dict[str, Any]) -> str:
    """A TOML text with a table added at its end, as the last of an array of tables; the rest stays as it is."""
    import tomlkit

    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    tables = tomlkit.aot()
    tables.append(table)
    addition = tomlkit.document()
    addition.add(array, tables)
    gap = "\n" if text and not text.endswith("\n\n") else ""
    end = "\n" if text and not text.endswith("\n") else ""
    return text + end + gap + tomlkit.dumps(addition)
