"""Text from a target is shown, and obeyed by nothing."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.report.escape import cell_safe, markdown_code, markdown_safe, printable, terminal_safe

ANY = st.text(st.characters())


@given(text=ANY)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    safe = terminal_safe(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in safe)
    assert all(unicodedata.bidirectional(c) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
               for c in safe)  # fmt: skip
    assert len(safe.splitlines()) <= 1
    safe.encode()


@given(text=ANY)
def test_escaping_twice_is_escaping_once(text: str) -> None:
    assert terminal_safe(terminal_safe(text)) == terminal_safe(text)


@given(text=st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u00ad")))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert terminal_safe(text) == printable(text) == text


@pytest.mark.parametrize(
    ("planted", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202egpj.exe", r"a\u202egpj.exe"),
        ("one\ntwo\r\n", r"one\ntwo\r\n"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\ud800", r"\ud800"),
        ("naïve 日本 👩‍💻", "naïve 日本 👩‍💻"),
    ],
)
def test_what_was_planted_stays_visible(planted: str, shown: str) -> None:
    assert terminal_safe(planted) == shown


@given(text=ANY)
def test_markdown_has_no_html_of_a_target(text: str) -> None:
    safe = markdown_safe(text)
    assert "<" not in safe
    assert ">" not in safe
    assert not re.search(r"(?<!\\)(?:\\\\)*[`|*_\[\]]", safe.replace("&#8203;", ""))
    assert not re.search(r"@(?!&#8203;)", safe)


@given(text=st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u00ad\\")))
def test_markdown_reads_as_the_text_once_rendered(text: str) -> None:
    rendered = html.unescape(re.sub(r"\\([^\sA-Za-z0-9])", r"\1", markdown_safe(text)))
    assert rendered.replace("\u200b", "") == html.unescape(html.escape(text)).replace("\u200b", "")


@pytest.mark.parametrize("text", ["https://evil.example/x", "www.evil.example"])
def test_an_address_does_not_become_a_link(text: str) -> None:
    assert "://" not in markdown_safe(text)
    assert "www." not in markdown_safe(text)


@pytest.mark.parametrize("text", ["- item", "1. item", "+ item", "2) item", "=== ", "# head"])
def test_the_start_of_a_line_has_no_meaning(text: str) -> None:
    assert re.match(r"(\\|\d+\\|#&#8203;)", markdown_safe(text))


def test_only_plain_text_is_put_into_a_code_span() -> None:
    assert markdown_code("etl/load.py:3") == "`etl/load.py:3`"
    assert "`" not in markdown_code("a|b.py").replace("\\`", "")
    assert markdown_code("a`b") == "a\\`b"


@given(text=ANY)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert cell_safe(text)[:1] not in tuple("=+-@\t\r\n")
