"""Names of files as text. A name is any bytes but a slash and NUL; a path in a document is UTF-8."""

from __future__ import annotations

import os
import re

_ESCAPE = re.compile(r"\\x[0-9a-f]{2}")


def shown_path(path: str) -> tuple[str, bytes | None]:
    """How a path as ``os`` gives it stands in documents, and its bytes where those differ from it.

    Bytes that are not UTF-8 are written as ``\\xNN``. So that no two names look alike, every backslash is then written
    as ``\\x5c``, and in a name that holds ``\\xNN`` literally too.
    """
    if path.isascii() and "\\" not in path:
        return path, None
    if not _ESCAPE.search(path) and _is_utf8(path):
        return path, None
    raw = os.fsencode(path)
    return raw.replace(b"\\", rb"\x5c").decode("utf-8", "backslashreplace"), raw


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
