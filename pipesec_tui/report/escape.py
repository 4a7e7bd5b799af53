"""Making text from a target harmless where it is shown: it is data, whatever it holds."""

from __future__ import annotations

import re

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0xE0000, 0xE0080))
_BREAKS = (0x2028, 0x2029)
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_SURROGATES = range(0xD800, 0xE000)


def _visible(code: int) -> str:
    short = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}.get(code)
    if short is not None:
        return short
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_ONE_LINE = {code: _visible(code) for code in (*_CONTROLS, *_BIDI, *_INVISIBLE, *_BREAKS, *_SURROGATES)}
_LINES = {**_ONE_LINE, 0x09: " ", 0x0A: "\n"}


def terminal_safe(text: str) -> str:
    """``text`` on one line, with nothing in it that a terminal obeys.

    Control characters of both sets (so every ANSI and OSC sequence), line breaks, overrides of the writing direction,
    invisible characters and lone surrogates are written as backslash escapes: what was planted stays visible. The
    joiners of scripts and emoji stay.
    """
    # Most text is plain, and every character that is escaped is one that str.isprintable refuses.
    return text if text.isprintable() else text.translate(_ONE_LINE)


def printable(text: str) -> str:
    """As ``terminal_safe``, but line feeds stay and a tab is a space: for where lines do no harm, such as HTML."""
    return text if text.isprintable() else text.translate(_LINES)


_JSON_UNSAFE = re.compile("[" + "".join(map(chr, (0x7F, *range(0x80, 0xA0), *_BIDI, *_INVISIBLE, *_BREAKS))) + "]")


def json_safe(encoded: str) -> str:
    """Encoded JSON without the characters that JSON allows as they are and a terminal obeys.

    They can only stand inside of strings, where their escape means the same, so no value changes.
    """
    if encoded.isascii() and "\x7f" not in encoded:
        return encoded
    return _JSON_UNSAFE.sub(_json_escape, encoded)


def _json_escape(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-16-be")
    return "".join(f"\\u{raw[i]:02x}{raw[i + 1]:02x}" for i in range(0, len(raw), 2))


def cell_safe(text: str) -> str:
    """One cell of a spreadsheet: on one line, and never a formula.

    A cell that begins with ``= + - @`` (or a tab or return, which some programs skip) is run as a formula when the
    file is opened; a quote before it makes it text. Source: OWASP, "CSV Injection".
    """
    formula = text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
    return ("'" if formula else "") + terminal_safe(text)


_MARKDOWN = {
    **_ONE_LINE,
    **{ord(c): f"\\{c}" for c in "\\`*_{}[]()!|~$^"},
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    # A mention or a reference to an issue is made from the rendered text, so that an entity for the character itself
    # would not stop it; an invisible character behind it does.
    ord("@"): "@&#8203;",
    ord("#"): "#&#8203;",
}
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])")
_PLAIN_CODE = re.compile(r"[\w./:,=+\- ]+", re.ASCII)


def markdown_safe(text: str) -> str:
    """Text for the inside of a line or table cell of GitHub's Markdown, without any meaning of its own: no markup,
    HTML, mention, reference or link."""
    escaped = text.translate(_MARKDOWN)
    escaped = _ADDRESS.sub(lambda match: f"&#{ord(match[0])};", escaped)
    return _LINE_START.sub(lambda match: f"{match[1]}\\{match[2]}" if not match[2][0].isdigit() else
                           f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", escaped)  # fmt: skip


def markdown_code(text: str) -> str:
    """Text as a code span where it holds nothing but plain characters, else as ``markdown_safe`` gives it."""
    return f"`{text}`" if _PLAIN_CODE.fullmatch(text) and text.strip() == text else markdown_safe(text)
