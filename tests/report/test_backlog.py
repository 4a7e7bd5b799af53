"""The backlog as other programs read it."""

from __future__ import annotations

import csv
import io

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.model.severity import Severity
from pipesec_tui.report.backlog import CSV_COLUMNS, Document, Entry, write_csv, write_json, write_markdown

TEXT = st.text(max_size=30)


def entry(text: str = "Upgrade pyyaml to 5.4", *, due: str | None = "2026-03-08", overdue: bool = False) -> Entry:
    return Entry(
        key="PW-0123456789ab", title=text, kind="upgrade", priority=8.7, severity=Severity.HIGH,
        findings=("PS-1", "PS-2"), rules=("vulnerable-dependency",), places=(text,), exposed_to=("churn-model",),
        version="5.4", unfixed=1, owner=text, due=due, overdue=overdue, ticket=None, sprint=None, remediation=text,
    )  # fmt: skip


def reread(*entries: Entry) -> list[dict[str, str]]:
    stream = io.StringIO(newline="")
    write_csv(entries, stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))


def test_a_row_of_csv_has_what_jira_asks_for() -> None:
    (row,) = reread(entry())
    assert tuple(row) == CSV_COLUMNS
    assert row["Summary"] == "Upgrade pyyaml to 5.4"
    assert (row["Priority"], row["Due Date"], row["External ID"]) == ("High", "2026-03-08", "PW-0123456789ab")
    assert row["Labels"] == "pipesec upgrade vulnerable-dependency"
    assert "no version fixes 1 of them" in row["Description"]


@given(text=TEXT)
def test_no_text_of_a_target_becomes_a_formula_or_a_row(text: str) -> None:
    rows = reread(entry(text), entry())
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert not any("\n" in cell or "\x1b" in cell for row in rows for cell in row.values())


def test_lines_end_as_rfc_4180_wants() -> None:
    stream = io.StringIO(newline="")
    write_csv([entry()], stream)
    assert stream.getvalue().count("\r\n") == 2


def test_json_is_read_back_as_it_was() -> None:
    document = Document(assessment="A-1", project="shop", items=(entry(), entry("b", due=None)))
    stream = io.StringIO()
    write_json(document, stream)
    assert msgspec.json.decode(stream.getvalue(), type=Document) == document


def test_markdown_is_a_list_to_tick_off() -> None:
    stream = io.StringIO()
    write_markdown([entry("<b>@octocat", overdue=True)], stream)
    text = stream.getvalue()
    assert text.startswith("# Backlog\n\n- [ ] **")
    assert "due 2026-03-08 (overdue)" in text
    assert "<b>" not in text
    assert "@octocat" not in text


def test_no_work_is_said() -> None:
    stream = io.StringIO()
    write_markdown([], stream)
    assert "No open work." in stream.getvalue()
