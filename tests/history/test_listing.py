"""Lists and counts say of an assessment what reading it whole says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipesec_tui.history.store import FindingFilter, History, Sort
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.severity import Severity
from tests.history.made import of_files, open_history, record

FILES = {"etl/a.py": "weak(1)\nx\nweak(2)\n", "etl/b.py": "weak(3)\n", "Other/c.py": "weak(4)\n"}


@pytest.fixture
def history(tmp_path: Path) -> History:
    history = open_history(tmp_path)
    record(history, of_files(FILES, 1))
    record(history, of_files({**FILES, "etl/b.py": "strong\n", "etl/new.py": "weak(5)\n"}, 2))
    return history


def paths(history: History, where: FindingFilter, name: str = "latest") -> Counter[str | None]:
    keys = history.listing(name, where=where)
    return Counter(one.finding.location.path for one in history.listed(keys).values())


@pytest.mark.parametrize("sort", Sort)
def test_a_listing_holds_every_finding_once_in_any_order(history: History, sort: Sort) -> None:
    whole = history.load("latest").findings
    keys = history.listing("latest", sort=sort)
    read = history.listed(keys)
    assert sorted(read[key].finding.id for key in keys) == sorted(finding.id for finding in whole)
    if sort is Sort.PATH:
        order = [read[key].finding.location.path or "" for key in keys]
        assert order == sorted(order)


def test_filters_let_through_what_they_say(history: History) -> None:
    assert paths(history, FindingFilter(paths=("etl/",))) == {"etl/a.py": 2, "etl/new.py": 1}
    assert paths(history, FindingFilter(began=("new",))) == {"etl/new.py": 1}
    assert paths(history, FindingFilter(rules=("ev",), words=("OTHER",))) == {"Other/c.py": 1}
    assert sum(paths(history, FindingFilter(words=("this line IS weak",))).values()) == 4
    assert not paths(history, FindingFilter(words=("nowhere to be found",)))
    assert not paths(history, FindingFilter(severities=(Severity.LOW,)))


def test_the_beginning_of_an_id_finds_it(history: History) -> None:
    finding = history.load("latest").findings[0]
    found = history.listed(history.listing("latest", where=FindingFilter(words=(finding.id[:10],))))
    assert [one.finding.id for one in found.values()] == [finding.id]


def test_a_decision_that_is_not_stored_yet_counts(history: History) -> None:
    name = history.load("latest").findings[0].id
    decided = ((name, FindingStatus.ACCEPTED),)
    for status, count in ((FindingStatus.OPEN, 3), (FindingStatus.ACCEPTED, 1), (FindingStatus.FALSE_POSITIVE, 0)):
        where = FindingFilter(statuses=(status,), decided=decided)
        assert len(history.listing("latest", where=where)) == count


def test_an_older_assessment_is_listed_as_it_was(history: History) -> None:
    assert paths(history, FindingFilter(), "latest~1") == {"etl/a.py": 2, "etl/b.py": 1, "Other/c.py": 1}


def test_counts_are_those_of_the_findings(history: History) -> None:
    counts = history.tally("latest")
    assert sum(count.findings for count in counts) == 4
    assert sum(count.findings for count in counts if count.is_new) == 1
    assert history.worst("latest")["etl/a.py"] == (Severity.HIGH, 2)
    assert [point.open for point in history.trend("latest", 5)] == [{Severity.HIGH: 4}, {Severity.HIGH: 4}]
    assert history.outline("latest").coverage == history.load("latest").coverage


def test_numbers_of_what_was_forgotten_are_left_out(history: History) -> None:
    keys = history.listing("latest~1")
    history.prune(keep=1)
    assert len(history.listed(keys)) == 3
