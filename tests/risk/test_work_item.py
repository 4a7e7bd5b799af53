"""What one remedy mends is one item, and the item stays the same while the work does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import Finding, FindingStatus
from pipesec_tui.model.severity import Severity
from pipesec_tui.risk.work_item import RemedyKind, work_items

Make = Callable[..., Finding]


@pytest.fixture(scope="module")
def vulnerable() -> Callable[..., Finding]:
    from pipesec_tui.model.finding import Identity, Location
    from pipesec_tui.model.severity import Confidence

    def make(
        fixed_in: str | None, package: str = "pyyaml", version: str = "5.1", path: str = "requirements.txt",
        line: int = 4, severity: Severity = Severity.HIGH,
    ) -> Finding:  # fmt: skip
        return Finding(
            id=f"PS-{package}-{fixed_in}-{path}", identity=Identity(anchor="a"), rule="vulnerable-dependency",
            check="dependencies", asset=f"pkg:pypi/{package}", area=Area.DEPENDENCIES, severity=severity,
            confidence=Confidence.HIGH, title="", message="", fixed_in=fixed_in, aliases=("CVE-2020-1",),
            location=Location(path=path, start_line=line, purl=f"pkg:pypi/{package}@{version}"), priority=7.0,
        )  # fmt: skip

    return make


def test_one_upgrade_that_fixes_five_findings_is_one_item_with_the_smallest_version_for_all(vulnerable: Make) -> None:
    items = work_items([vulnerable(fix) for fix in ("5.4", "5.10", "5.2", "5.3.1", "5.4rc1")], "shop")
    assert [(item.title, len(item.findings)) for item in items] == [("Upgrade pyyaml to 5.10 in requirements.txt", 5)]


def test_what_no_version_fixes_is_counted_and_said(vulnerable: Make) -> None:
    (item,) = work_items([vulnerable("5.4"), vulnerable(None)], "")
    assert (item.version, item.unfixed) == ("5.4", 1)
    (item,) = work_items([vulnerable(None)], "")
    assert item.title == "Replace pyyaml in requirements.txt: no version is fixed"


def test_a_version_that_cannot_be_ordered_does_not_win(vulnerable: Make) -> None:
    assert work_items([vulnerable("5.4"), vulnerable("9z-final-ish")], "")[0].version == "5.4"


def test_another_file_or_package_is_another_item(vulnerable: Make) -> None:
    found = [vulnerable("5.4"), vulnerable("5.4", path="dev.txt"), vulnerable("2.0", package="jinja2")]
    assert len(work_items(found, "")) == 3


def test_uses_of_a_rule_in_a_file_are_one_item_and_credentials_of_a_file_another(weakness: Make) -> None:
    secrets = [weakness("a.py", n, rule=f"secret-{n}", area=Area.SECRETS) for n in (1, 2)]
    items = work_items([weakness("a.py", 3), weakness("a.py", 9), weakness("b.py", 3), *secrets], "")
    found = {(item.remedy.kind, item.remedy.path, len(item.findings)) for item in items}
    assert found == {(RemedyKind.CODE, "a.py", 2), (RemedyKind.CODE, "b.py", 1), (RemedyKind.SECRETS, "a.py", 2)}


def test_what_was_decided_on_is_no_work(weakness: Make) -> None:
    decided = [structs.replace(weakness(), status=status) for status in FindingStatus if status.value != "open"]
    assert work_items(decided, "") == ()


def test_the_highest_priority_comes_first_then_the_most_findings(weakness: Make) -> None:
    found = [
        structs.replace(weakness(path, line), priority=priority)
        for path, line, priority in (("low.py", 1, 2.0), ("one.py", 1, 9.0), ("two.py", 1, 9.0), ("two.py", 2, 1.0))
    ]
    assert [item.remedy.path for item in work_items(found, "")] == ["two.py", "one.py", "low.py"]


def test_projects_with_names_do_not_share_keys(weakness: Make) -> None:
    assert work_items([weakness()], "shop")[0].key != work_items([weakness()], "bank")[0].key


@given(
    lines=st.lists(st.integers(1, 10**6), min_size=1, max_size=5, unique=True),
    versions=st.lists(st.sampled_from(["5.1", "5.2", "6.0.1"]), min_size=1, max_size=3),
    severity=st.sampled_from(list(Severity)),
)
def test_a_key_outlasts_shifts_of_lines_other_versions_and_judgments(
    vulnerable: Make, lines: list[int], versions: list[str], severity: Severity
) -> None:
    (before,) = work_items([vulnerable("5.4")], "shop")
    found = [vulnerable("9.9", version=v, line=line, severity=severity) for v in versions for line in lines]
    (after,) = work_items(found, "shop")
    assert after.key == before.key
