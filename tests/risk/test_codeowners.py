"""CODEOWNERS is read as the platforms read it."""

from __future__ import annotations

import pytest

from pipesec_tui.risk.codeowners import MAX_RULES, CodeOwners

TEXT = """
# who to ask
*            @shop/everyone
*.sql        @shop/dba dba@example.org   # statements
/etl/        @shop/etl
etl/vendor/
docs/my\\ page.md @writer
[Section]
!negated     @nobody
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@shop/everyone",)),
        ("models/a.sql", ("@shop/dba", "dba@example.org")),
        ("etl/clean.py", ("@shop/etl",)),
        ("etl/a.sql", ("@shop/etl",)),
        ("sub/etl/clean.py", ("@shop/everyone",)),
        ("etl/vendor/x.py", ()),
        ("docs/my page.md", ("@writer",)),
        ("negated", ("@shop/everyone",)),
    ],
)
def test_the_last_pattern_that_matches_wins(path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners(TEXT).of(path) == owners


def test_lines_that_cannot_be_read_are_left_out() -> None:
    assert CodeOwners("* @a\n\\\n/ @b\n").of("x.py") == ("@a",)


def test_no_more_than_so_many_lines_are_read() -> None:
    assert CodeOwners("# \n" * MAX_RULES + "* @late").of("x.py") == ()
