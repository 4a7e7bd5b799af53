"""What the engine makes of good checks and bad ones."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from pipesec_tui import Severity
from pipesec_tui.engine.plan import PlanError, make_plan
from pipesec_tui.engine.run import Engine, Settings
from pipesec_tui.model.assessment import AssessmentStatus, CheckStatus
from pipesec_tui.model.events import CheckProgress, CheckStarted, FindingSeen
from pipesec_tui.model.project import Project
from tests.engine.conftest import RunEngine, check, inventory, registry, rule


def test_a_good_check_finds_what_is_weak_and_covers_all_it_saw(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("good")))
    assert ran.found("good") == [("a.py", 2), ("a.py", 5)]
    assert ran.coverage("good") == {"file:a.py": ("ok", None), "file:b.py": ("ok", None)}
    assert ran.assessment.assessment.status is AssessmentStatus.COMPLETE
    first, second = ran.assessment.findings
    assert (first.identity.scope, second.identity.scope) == (None, "f")
    assert first.severity is Severity.HIGH
    assert first.id != second.id


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("raises", "RuntimeError: broken in two lines"),
        ("exits", "called sys.exit(0)"),
        ("exits_hard", "ended with status 7 before it was done"),
        ("dies", "killed by SIGSEGV"),
        ("silent", "the check did not report on it"),
        ("rubbish_on_pipe", "wrote rubbish on the pipe for events"),
        ("undeclared_rule", "rule 'not-mine' is not declared"),
    ],
)
def test_a_bad_check_costs_itself_and_shows_as_a_gap(
    run_engine: RunEngine, tree: Path, function: str, said: str
) -> None:
    ran = run_engine(tree, registry(check("good"), check("bad", function)))
    assert ran.found("good") == [("a.py", 2), ("a.py", 5)]
    assert ran.checks["good"].status is CheckStatus.OK
    assert ran.checks["bad"].status in (CheckStatus.FAILED, CheckStatus.PARTIAL)
    reasons = [reason or "" for status, reason in ran.coverage("bad").values() if status == "failed"]
    assert reasons
    assert all(said in reason for reason in reasons)
    assert ran.assessment.assessment.status is AssessmentStatus.INCOMPLETE


def test_a_check_that_allocates_without_end_is_stopped(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("bad", "allocates", memory=512 << 20)))
    assert ran.checks["bad"].reason == "ran out of the memory it may use"


def test_a_check_that_hangs_is_killed_at_its_deadline(run_engine: RunEngine, tree: Path) -> None:
    started = time.monotonic()
    ran = run_engine(tree, registry(check("bad", "hangs", timeout=1.0)))
    assert time.monotonic() - started < 10
    assert ran.coverage("bad")["file:a.py"] == ("failed", "timeout after 1 s")


def test_what_a_check_prints_never_gets_among_the_events(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("prints")))
    assert ran.checks["prints"].status is CheckStatus.OK
    assert ran.found("prints") == [("a.py", 2), ("a.py", 5)]


def test_a_child_that_a_check_leaves_behind_is_killed(run_engine: RunEngine, tree: Path) -> None:
    started = time.monotonic()
    ran = run_engine(tree, registry(check("leaves_child")))
    assert ran.checks["leaves_child"].status is CheckStatus.OK
    assert time.monotonic() - started < 20


def test_twenty_thousand_frames_arrive_in_order(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("floods")))
    told = [event.progress.done for event in ran.events if isinstance(event, CheckProgress)]
    assert told[:20_000] == list(range(20_000))


def test_workers_see_nothing_of_the_callers_environment(
    run_engine: RunEngine, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tree))
    monkeypatch.setenv("DATABASE_PASSWORD", "geheim")
    monkeypatch.chdir(tree)
    ran = run_engine(tree, registry(check("sees_environment", scope="project")))
    evidence = ran.assessment.findings[0].evidence
    assert evidence == {
        "cwd_empty": "True", "python_variables": "[]", "path_has_cwd": "False", "home": "True", "secret": "",
    }  # fmt: skip


def test_a_module_of_the_target_named_like_ours_is_not_imported(run_engine: RunEngine, tree: Path) -> None:
    for name in ("pipesec_tui", "msgspec", "tests"):
        (tree / f"{name}.py").write_text(f"open({str(tree / 'ran')!r}, 'w')\n")
    run_engine(tree, registry(check("good")))
    assert not (tree / "ran").exists()


def test_findings_are_told_while_the_check_runs(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("good")))
    live = [event.finding.id for event in ran.events if isinstance(event, FindingSeen)]
    assert sorted(live) == sorted(finding.id for finding in ran.assessment.findings)


def test_a_check_reads_what_the_check_that_it_needs_found(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("after", "tells_upstream", scope="project", needs=("good",)), check("good")))
    assert ran.found("after") == ran.found("good")


def test_asking_for_one_check_runs_what_it_needs_too(run_engine: RunEngine, tree: Path) -> None:
    found = registry(
        check("after", "tells_upstream", scope="project", needs=("good",)), check("good"), check("other", "good")
    )
    ran = run_engine(tree, found, only=["after"])
    assert len(ran.found("after")) == 2
    assert ran.checks["other"].status is CheckStatus.SKIPPED
    assert not ran.checks["other"].selected


def test_unknown_checks_and_circles_are_refused(tree: Path) -> None:
    files = inventory(tree)
    with pytest.raises(PlanError, match="there is no check 'nope'; there are: good"):
        make_plan(registry(check("good")), Project(), files, only=["nope"])
    circle = registry(check("a", "good", needs=("b",)), check("b", "good", needs=("a",)))
    with pytest.raises(PlanError, match="in a circle"):
        make_plan(circle, Project(), files)


def test_a_check_with_no_file_for_it_does_not_apply(run_engine: RunEngine, tree: Path) -> None:
    ran = run_engine(tree, registry(check("good", files=("*.sql",))))
    assert ran.checks["good"].status is CheckStatus.NOT_APPLICABLE
    assert ran.assessment.assessment.status is AssessmentStatus.COMPLETE


def test_a_dynamic_check_waits_for_consent(run_engine: RunEngine, tree: Path) -> None:
    found = registry(check("good", dynamic=True))
    assert run_engine(tree, found).checks["good"].status is CheckStatus.CONSENT
    assert run_engine(tree, found, consent=True).checks["good"].status is CheckStatus.OK


class TestCache:
    """The cache answers exactly for what did not change."""

    def started(self, ran: object) -> CheckStarted:
        return next(event for event in ran.events if isinstance(event, CheckStarted))  # type: ignore[attr-defined]

    def test_an_unchanged_project_starts_no_worker(self, run_engine: RunEngine, tree: Path) -> None:
        found = registry(check("good"))
        first, second = run_engine(tree, found), run_engine(tree, found)
        assert self.started(first).cached == 0
        assert self.started(second).cached == 2
        assert second.checks["good"].duration == 0
        assert [f.identity for f in second.assessment.findings] == [f.identity for f in first.assessment.findings]
        assert [f.message for f in second.assessment.findings] == [f.message for f in first.assessment.findings]
        assert second.coverage("good") == first.coverage("good")

    def test_only_changed_files_are_looked_at_again(self, run_engine: RunEngine, tree: Path) -> None:
        found = registry(check("good"))
        run_engine(tree, found)
        (tree / "b.py").write_text("weak = 1\n")
        os.utime(tree / "b.py", ns=(1, 1))
        ran = run_engine(tree, found)
        assert self.started(ran).cached == 1
        assert ran.found("good") == [("a.py", 2), ("a.py", 5), ("b.py", 1)]

    @pytest.mark.parametrize("change", ["rule", "declaration", "code"])
    def test_another_rule_declaration_or_code_empties_it(self, run_engine: RunEngine, tree: Path, change: str) -> None:
        run_engine(tree, registry(check("good")))
        if change == "rule":
            found = registry(check("good"), rules=[rule("weak", revision=2), rule("echo")])
        elif change == "code":
            found = registry(check("good"), stamp="2")
        else:
            found = registry(check("good", timeout=21.0))
        assert self.started(run_engine(tree, found)).cached == 0

    def test_a_failed_check_leaves_nothing_in_it(self, run_engine: RunEngine, tree: Path) -> None:
        found = registry(check("bad", "raises"))
        run_engine(tree, found)
        assert self.started(run_engine(tree, found)).cached == 0

    def test_what_depends_on_more_than_its_key_is_not_kept(self, run_engine: RunEngine, tree: Path) -> None:
        found = registry(check("volatile"))
        run_engine(tree, found)
        assert self.started(run_engine(tree, found)).cached == 0

    def test_a_cache_that_cannot_be_read_is_done_without(
        self, run_engine: RunEngine, tree: Path, pipesec_home: Path
    ) -> None:
        (pipesec_home / "cache").mkdir()
        (pipesec_home / "cache" / "results.sqlite").write_bytes(b"not a database" * 1000)
        assert len(run_engine(tree, registry(check("good"))).found("good")) == 2

    def test_no_cache_looks_again(self, run_engine: RunEngine, tree: Path) -> None:
        found = registry(check("good"))
        run_engine(tree, found)
        assert self.started(run_engine(tree, found, settings=Settings(use_cache=False))).cached == 0


def test_cancelling_ends_the_workers_and_leaves_gaps(tree: Path) -> None:
    files = inventory(tree)
    plan = make_plan(registry(check("bad", "hangs")), Project(), files)
    engine = Engine(plan, Project(), files, id="A-1", name="test")
    started = time.monotonic()
    status = None
    for event in engine.events():
        if isinstance(event, CheckStarted):
            engine.cancel("bad")
        run = getattr(event, "run", None)
        status = run.status if run is not None else status
    assert status is CheckStatus.CANCELLED
    assert time.monotonic() - started < 10


def test_closing_the_events_early_ends_the_workers(tree: Path) -> None:
    files = inventory(tree)
    engine = Engine(make_plan(registry(check("bad", "hangs")), Project(), files), Project(), files, id="A-1", name="t")
    events = engine.events()
    next(events), next(events)
    started = time.monotonic()
    events.close()
    assert time.monotonic() - started < 10


def test_any_executor_of_concurrent_futures_will_do(run_engine: RunEngine, tree: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        ran = run_engine(tree, registry(check("good"), check("bad", "dies")), executor=executor)
    assert len(ran.found("good")) == 2
    assert ran.checks["bad"].reason == "killed by SIGSEGV"
