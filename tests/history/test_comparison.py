"""What became of each finding, decided by coverage and never by absence alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pipesec_tui.history.comparison import compare
from pipesec_tui.model.assessment import Assessment, CheckRun, CheckStatus
from pipesec_tui.model.comparison import Outcome
from pipesec_tui.model.coverage import Coverage, CoverageStatus
from pipesec_tui.model.lineage import Lineage, Node, NodeKind
from pipesec_tui.model.severity import Severity
from tests.history.made import about, assessed, counts, inventory, of_files, ran, rows, weak_lines

TEXT = st.lists(st.sampled_from(["weak a", "weak b", "x", "y", ""]), max_size=12).map("\n".join)
FILES = st.dictionaries(st.sampled_from(["a.py", "b.py", "lib/c.py", "lib/d.py"]), TEXT, max_size=4)
WEAK = weak_lines("a.py", "weak a")


def why(base: Assessment, head: Assessment) -> tuple[str, str | None]:
    """The outcome and reason of the only finding."""
    comparison = compare(base, head)
    found = [(o.value, f.reason) for o in Outcome if o is not Outcome.UNCHANGED for f in comparison.of(o)]
    assert len(found) == 1 and comparison.unchanged_count == 0
    return found[0]


def head_with(
    run: CheckRun | None = None, coverage: list[Coverage] | None = None, files: tuple[str, ...] = ("a.py",)
) -> Assessment:
    """A later assessment that found nothing."""
    looked = rows("sast", "file:a.py") if coverage is None else coverage
    return assessed([], [run if run is not None else ran("sast", {"eval": 1})], [*inventory(*files), *looked], day=2)


@given(FILES)
def test_an_assessment_compared_with_itself_shows_nothing(files: dict[str, str]) -> None:
    assessment = of_files(files)
    assert set(counts(compare(assessment, assessment))) <= {"unchanged"}


@given(FILES, FILES)
def test_dropping_the_check_or_raising_its_rules_fixes_nothing(base: dict[str, str], head: dict[str, str]) -> None:
    before, after = of_files(base), of_files(head, day=2)
    dropped = structs.replace(after, assessment=structs.replace(after.assessment, checks=()), coverage=(), findings=())
    assert counts(compare(before, dropped)).keys() <= {"not_assessed"}
    raised = compare(before, of_files(head, day=2, revision=2))
    assert not raised.fixed


@given(TEXT, TEXT)
def test_new_one_way_is_fixed_the_other_way(one: str, other: str) -> None:
    a, b = of_files({"a.py": one}), of_files({"a.py": other}, day=2)
    there, back = compare(a, b), compare(b, a)
    assert [f.id for f in there.new] == [f.id for f in back.fixed]
    assert [f.id for f in there.fixed] == [f.id for f in back.new]
    assert there.unchanged_count == back.unchanged_count


BASE = of_files({"a.py": "weak a"})


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (head_with(), ("fixed", None)),
        (head_with(coverage=[]), ("not_assessed", "not_reported")),
        (head_with(coverage=rows("sast", "dir:.")), ("fixed", None)),
        (head_with(coverage=rows("sast", "file:a.py", status=CoverageStatus.PARTIAL, reason="syntax")),
         ("not_assessed", "partial")),
        (head_with(coverage=rows("sast", "file:a.py", status=CoverageStatus.SKIPPED, reason="too large")),
         ("not_assessed", "skipped")),
        (head_with(coverage=rows("sast", "file:a.py", status=CoverageStatus.FAILED, reason="crashed")),
         ("not_assessed", "check_failed")),
        (head_with(coverage=rows("sast", "file:a.py", status=CoverageStatus.FAILED, reason="timed out after 9 s")),
         ("not_assessed", "timeout")),
        (head_with(ran("sast", {"eval": 2})), ("not_assessed", "rule_changed")),
        (head_with(ran("sast", {"other": 1})), ("removed", "rule_retired")),
        (head_with(ran("sast", {"exec": 1}, renamed={"eval": "exec"})), ("fixed", None)),
        (head_with(ran("sast", {"eval": 1}, status=CheckStatus.FAILED)), ("not_assessed", "check_failed")),
        (head_with(ran("sast", {"eval": 1}, status=CheckStatus.FAILED, reason="deadline of 60 s passed")),
         ("not_assessed", "timeout")),
        (head_with(ran("sast", {"eval": 1}, status=CheckStatus.SKIPPED)), ("not_assessed", "check_not_run")),
        (head_with(ran("secrets", {"eval": 1})), ("not_assessed", "plugin_missing")),
        (head_with(files=("b.py",), coverage=rows("sast", "file:b.py")), ("removed", "asset_deleted")),
        (head_with(files=(), coverage=[]), ("not_assessed", "not_reported")),
    ],
)  # fmt: skip
def test_a_finding_that_is_gone_is_fixed_only_where_it_was_looked_for(
    head: Assessment, expected: tuple[str, str | None]
) -> None:
    assert why(BASE, head) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("ignored by .gitignore", ("removed", "excluded")), ("larger than 10 MB", ("not_assessed", "skipped"))],
)
def test_a_file_left_out_is_removed_only_where_the_project_ignores_it(
    reason: str, expected: tuple[str, str | None]
) -> None:
    row = rows("inventory", "file:a.py", status=CoverageStatus.SKIPPED, reason=reason)
    head = assessed([], [ran("sast", {"eval": 1})], [*inventory("b.py"), *row], day=2)
    assert why(BASE, head) == expected


def test_older_data_fixes_nothing() -> None:
    finding = about("pkg:pypi/a", "CVE-1", rule="vulnerable", check="deps", path="r.txt", purl="pkg:pypi/a@1")
    looked = [*inventory("r.txt"), *rows("deps", "file:r.txt", "pkg:pypi/a@1")]
    base = assessed([finding], [ran("deps", {"vulnerable": 1}, "2026-02-02")], looked)
    for data, expected in (("2026-02-01", ("not_assessed", "data_older")), ("2026-02-02", ("fixed", None))):
        assert why(base, assessed([], [ran("deps", {"vulnerable": 1}, data)], looked, day=2)) == expected
    assert why(base, assessed([], [ran("deps", {"vulnerable": 1})], looked, day=2))[1] == "data_older"


def package_head(*coverage: Coverage) -> Assessment:
    return assessed([], [ran("deps", {"no-schema": 1})], [*inventory("r.txt"), *coverage], day=2)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (package_head(*rows("deps", "file:r.txt", "pkg:pypi/a@2")), ("fixed", None)),
        (package_head(*rows("deps", "file:r.txt", "pkg:pypi/a@1"),
                      *rows("deps", "pkg:pypi/a@2", status=CoverageStatus.SKIPPED, reason="no version")),
         ("not_assessed", "skipped")),
        (package_head(*rows("deps", "file:r.txt")), ("removed", "asset_deleted")),
        (package_head(*rows("deps", "file:r.txt", status=CoverageStatus.PARTIAL, reason="line 3")),
         ("not_assessed", "partial")),
        (package_head(*rows("deps", "file:r.txt", status=CoverageStatus.FAILED, reason="broken"),
                      *rows("deps", "pkg:pypi/a@2")), ("not_assessed", "check_failed")),
        (package_head(), ("not_assessed", "not_reported")),
    ],
)  # fmt: skip
def test_a_package_is_judged_by_all_its_versions_and_its_file(
    head: Assessment, expected: tuple[str, str | None]
) -> None:
    finding = about("pkg:pypi/a", "CVE-1", check="deps", path="r.txt", purl="pkg:pypi/a@1")
    base = assessed([finding], [ran("deps", {"no-schema": 1})], [*inventory("r.txt"), *rows("deps", "pkg:pypi/a@1")])
    assert why(base, head) == expected


def test_a_new_finding_says_whether_it_was_looked_for_before() -> None:
    head = of_files({"a.py": "weak a"}, day=2)
    clean = of_files({"a.py": "x"})
    assert why(clean, head) == ("new", None)
    assert why(of_files({"b.py": "x"}), head) == ("new", None)  # the file came later
    assert why(of_files({"a.py": "x"}, revision=2), head) == ("new", "new_rule")
    assert why(assessed([], [], clean.coverage), head) == ("new", "new_coverage")
    assert why(structs.replace(clean, coverage=tuple(inventory("a.py"))), head) == ("new", "new_coverage")


def test_an_advisory_published_since_is_no_regression() -> None:
    finding = about("pkg:pypi/a", "CVE-1", check="deps", path="r.txt", purl="pkg:pypi/a@1")
    looked = [*inventory("r.txt"), *rows("deps", "file:r.txt", "pkg:pypi/a@1")]
    base = assessed([], [ran("deps", {"no-schema": 1}, "2026-01-01")], looked)
    head = assessed([finding], [ran("deps", {"no-schema": 1}, "2026-01-09")], looked, day=9)
    assert why(base, head) == ("new", "new_advisory")
    bumped = [*inventory("r.txt"), *rows("deps", "file:r.txt", "pkg:pypi/a@0")]
    assert why(assessed([], [ran("deps", {"no-schema": 1}, "2026-01-01")], bumped), head) == ("new", None)


def test_a_stage_that_left_the_data_flow_takes_its_findings_with_it() -> None:
    finding = about("stage:clean", "x")
    checks = [ran("schema", {"no-schema": 1}), ran("lineage", {})]
    node = Node(id="stage:clean", kind=NodeKind.STAGE, name="clean")
    base = assessed([finding], checks, rows("schema", "stage:clean"), lineage=Lineage(nodes=(node,)))
    assert why(base, assessed([], checks, day=2)) == ("removed", "asset_deleted")
    assert why(base, assessed([], checks[:1], day=2)) == ("not_assessed", "not_reported")


def test_what_changed_is_named_and_a_shifted_line_is_not_a_change() -> None:
    head = of_files({"a.py": "\n\nweak a"}, day=2)
    assert counts(compare(BASE, head)) == {"unchanged": 1}
    worse = structs.replace(head.findings[0], severity=Severity.CRITICAL, message="Worse.", fixed_in="2")
    changed = compare(BASE, structs.replace(head, findings=(worse,))).changed
    assert [finding.reason for finding in changed] == ["severity,message,fixed_in"]
    moved = compare(BASE, of_files({"b.py": "weak a"}, day=2)).changed
    assert [finding.reason for finding in moved] == ["location"]


def test_what_was_not_looked_at_is_never_unchanged() -> None:
    carried = structs.replace(BASE.findings[0], not_assessed="timeout")
    head = structs.replace(head_with(coverage=[]), findings=(carried,))
    assert why(BASE, head) == ("not_assessed", "timeout")
    assert why(head, head_with()) == ("fixed", None)


def test_a_fix_in_a_renamed_file_is_seen() -> None:
    base = of_files({"a.py": "weak a\nweak b\nweak c"})
    head = of_files({"b.py": "weak a\nweak b"}, day=2)
    assert counts(compare(base, head)) == {"fixed": 1, "changed": 2}
