"""picklescan's opinion of a file, beside ours: a list of what is dangerous, beside a list of what is allowed."""

from __future__ import annotations

import io
import logging

from msgspec import Struct

MAX_BYTES = 64 << 20


class Opinion(Struct, frozen=True):
    """``dangerous`` are the names that picklescan knows to be bad; ``failed`` that it could not read the file."""

    dangerous: tuple[str, ...]
    failed: bool


def picklescan_opinion(content: bytes, name: str) -> Opinion | None:
    """What picklescan says, None where it isn't installed. It reads, and never loads."""
    try:
        from picklescan.scanner import SafetyLevel, scan_bytes
    except ImportError:
        return None
    logging.getLogger("picklescan").setLevel(logging.CRITICAL)
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    try:
        result = scan_bytes(io.BytesIO(content), name, suffix)
    except Exception:  # it is given hostile bytes, and its answer is only asked for besides
        return Opinion((), failed=True)
    names = {f"{found.module}.{found.name}" for found in result.globals if found.safety == SafetyLevel.Dangerous}
    return Opinion(tuple(sorted(names)), failed=bool(result.scan_err))
