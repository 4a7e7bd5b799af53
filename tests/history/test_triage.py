"""Decisions stay with what they were made for, and with nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from pipesec_tui.history.comparison import compare
from pipesec_tui.history.triage import apply_triage
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.coverage import CoverageStatus
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.triage import Gap, TriageEntry
from tests.history.made import about, assessed, counts, of_files, open_history, ran, record, rows

TODAY = date(2026, 1, 10)
ACCEPTED = FindingStatus.ACCEPTED


def accept(
    finding: Finding, *, by_id: bool = True, until: str | None = "2026-12-31", at: str = "2026-01-01"
) -> TriageEntry:
    return TriageEntry(
        state=ACCEPTED, reason="known", finding=finding.id if by_id else None, identity=finding.identity,
        rule=finding.rule, path=finding.location.path, until=until, actor="ada", at=at,
    )  # fmt: skip


def accepted_lines(assessment: Assessment) -> list[int | None]:
    return [f.location.start_line for f in assessment.findings if f.status is ACCEPTED and f.triage is not None]


@pytest.mark.parametrize("by_id", [True, False])
def test_a_decision_is_found_by_id_or_by_identity(by_id: bool) -> None:
    assessment = of_files({"a.py": "weak a\nx\nweak b"})
    triaged = apply_triage(assessment, [accept(assessment.findings[1], by_id=by_id)], TODAY)
    assert accepted_lines(triaged.assessment) == [3]
    assert not triaged.stale


@pytest.mark.parametrize(
    ("until", "counts"), [("2026-01-10", True), ("2026-01-09", False), ("soon", False), (None, True)]
)
def test_a_decision_counts_through_its_last_day(until: str | None, counts: bool) -> None:
    assessment = of_files({"a.py": "weak a"})
    triaged = apply_triage(assessment, [accept(assessment.findings[0], until=until)], TODAY)
    assert bool(accepted_lines(triaged.assessment)) is counts
    assert bool(triaged.expired) is not counts


def test_an_entry_for_something_else_is_reported_as_stale() -> None:
    entry = accept(of_files({"b.py": "weak z"}).findings[0])
    triaged = apply_triage(of_files({"a.py": "weak a"}), [entry], TODAY)
    assert triaged.stale == (entry,) and not accepted_lines(triaged.assessment)


def test_a_copy_of_an_accepted_line_is_not_accepted_with_it() -> None:
    entry = accept(of_files({"a.py": "x\nweak a\ny"}).findings[0], by_id=False)
    copied = of_files({"a.py": "x\nweak a\ny\nq\nweak a\nr"})
    assert accepted_lines(apply_triage(copied, [entry], TODAY).assessment) == [2]
    changed = of_files({"a.py": "k\nweak a\nl\nm\nweak a\nn"})
    assert len(accepted_lines(apply_triage(changed, [entry], TODAY).assessment)) <= 1


def test_the_later_of_two_decisions_counts_and_open_takes_one_back() -> None:
    assessment = of_files({"a.py": "weak a"})
    first = accept(assessment.findings[0])
    second = structs.replace(first, state=FindingStatus.OPEN, at="2026-01-02")
    assert not accepted_lines(apply_triage(assessment, [second, first], TODAY).assessment)


def test_a_gap_can_be_lived_with() -> None:
    gaps = rows("sast", "file:a.py", status=CoverageStatus.SKIPPED, reason="too large")
    entry = TriageEntry(state=ACCEPTED, reason="generated", gap=Gap("sast", "file:a.py"), until="2026-12-31")
    triaged = apply_triage(assessed(coverage=gaps), [entry], TODAY).assessment
    assert triaged.coverage[0].triage is not None and triaged.coverage[0].triage.state is ACCEPTED


@given(st.lists(st.sampled_from(["weak a", "weak b", "x", ""]), min_size=1, max_size=15).map("\n".join), st.data())
def test_a_fresh_machine_with_the_triage_file_says_the_same(text: str, data: st.DataObject) -> None:
    baseline = of_files({"a.py": text})
    # Equal lines in equal surroundings cannot be told apart by an entry alone.
    assume(len({(f.identity.anchor, f.identity.context) for f in baseline.findings}) == len(baseline.findings))
    chosen = [f for f in baseline.findings if data.draw(st.booleans())]
    entries = [accept(finding) for finding in chosen]
    here = apply_triage(of_files({"a.py": text}), entries, TODAY).assessment
    shifted = apply_triage(of_files({"a.py": "import os\n" * 9 + text}), entries, TODAY).assessment
    lines = [finding.location.start_line for finding in chosen]
    assert accepted_lines(here) == lines
    assert accepted_lines(shifted) == [line + 9 for line in lines if line is not None]


def test_decisions_pass_on_in_the_history_until_they_expire(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        first = of_files({"a.py": "weak a"})
        record(history, first, triage=[accept(first.findings[0], until="2026-01-05")])
        assert accepted_lines(record(history, of_files({"a.py": "x\nweak a"}, day=5))) == [2]
        assert not accepted_lines(record(history, of_files({"a.py": "weak a"}, day=6)))
        assert [entry.actor for entry in history.triage("shop")] == ["ada"]


def test_what_left_the_triage_file_no_longer_holds(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        first = of_files({"a.py": "weak a"})
        record(history, first, triage=[accept(first.findings[0])])
        assert not accepted_lines(record(history, of_files({"a.py": "weak a"}, day=2), triage=[]))
        assert len(history.triage("shop")) == 1


def test_weak_evidence_does_not_inherit_a_decision_until_it_is_confirmed(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        rest = "weak 1\nweak 2\nweak 3\n"
        stored = record(history, of_files({"a.py": rest + "weak m"}))
        entry = accept(stored.findings[3])
        record(history, of_files({"a.py": rest + "weak m"}, day=2), triage=[entry])
        moved = {"a.py": rest, "b.py": "k\nweak m"}
        for day in (3, 4):
            after = record(history, of_files(moved, day=day), triage=[entry])
            assert after.findings[3].id == entry.finding and not accepted_lines(after)
            listed = [one for one in history.page("latest").findings if one.finding.id == entry.finding]
            assert listed[0].doubtful and listed[0].match_pass == 7
        confirmed = structs.replace(entry, at="2026-01-05")
        assert accepted_lines(record(history, of_files(moved, day=5), triage=[confirmed])) == [2]
        assert accepted_lines(record(history, of_files(moved, day=6), triage=[confirmed])) == [2]


@pytest.mark.parametrize("by_id", [True, False])
def test_decisions_on_assets_that_are_no_files_are_found(by_id: bool) -> None:
    findings = [about("source:a", "x"), about("source:a", "y")]
    base = assessed(findings, [ran("schema", {"no-schema": 1})])
    triaged = apply_triage(base, [accept(findings[1], by_id=by_id)], TODAY).assessment
    assert [finding.status is ACCEPTED for finding in triaged.findings] == [False, True]


def test_a_fresh_machine_with_a_baseline_document_compares_as_the_first_one_does(tmp_path: Path) -> None:
    text = "i\nj\nk\nweak a\nx\ny\nz\nweak b\n"
    later = of_files({"lib/a.py": "weak a\n" + text}, day=2)
    with open_history(tmp_path) as history:
        baseline = record(history, of_files({"a.py": text}))
        entries = [accept(baseline.findings[0])]
        here = record(history, later, triage=entries)
        known = history.compare("latest~1", "latest")
    assert counts(known) == {"new": 1, "changed": 2}
    with open_history(tmp_path / "fresh") as history:
        there = record(history, later, triage=entries, baseline=baseline)
        assert history.check() == []
    assert there.findings == here.findings
    fresh = compare(baseline, there)
    assert accepted_lines(here) == accepted_lines(there) == [5]
    assert (fresh.new, fresh.changed, fresh.fixed) == (known.new, known.changed, known.fixed)
