"""The check as a user meets it: a folder in, findings and coverage out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipesec_tui import CheckSpec, Confidence, Severity
from pipesec_tui.model.project import Project, ProjectInfo
from tests.conftest import CheckResult, RunCheck, load_rules
from tests.plugins.pipesec_dependencies.conftest import Advise, osv, serving

UV_LOCK = """\
version = 1

[[package]]
name = "etl"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "top" }]

[[package]]
name = "top"
version = "3.0"
source = { registry = "https://packages.example/simple" }
dependencies = [{ name = "middle" }]

[[package]]
name = "middle"
version = "1.0"
source = { registry = "https://packages.example/simple" }
dependencies = [{ name = "weak" }]

[[package]]
name = "weak"
version = "1.5"
source = { registry = "https://packages.example/simple" }
"""


def test_a_vulnerable_pin_is_found_with_its_fix(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    advise(
        osv("PYSEC-2026-1", "Weak_Package", aliases=["CVE-2026-7"], severity=[{"type": "CVSS_V3", "score": vector}]),
        osv("GHSA-aaaa-bbbb-cccc", "weak-package", fixed="2.1", aliases=["CVE-2026-7"]),
    )
    (project / "requirements.txt").write_text("# first\nfine==1.0\nweak.package[x]==1.5 ; python_version > '3'\n")

    result = run_check(spec, project)

    (found,) = result.observations
    assert found.rule == "vulnerable-dependency"
    assert (found.location.path, found.location.start_line) == ("requirements.txt", 3)
    assert found.location.purl == "pkg:pypi/weak-package@1.5"
    assert found.asset == "pkg:pypi/weak-package"
    assert found.severity is Severity.CRITICAL
    assert found.cvss == vector
    assert found.fixed_in == "2.1", "2.0 is still affected by the other record of the same advisory"
    assert found.aliases == ("CVE-2026-7", "GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1")
    assert found.title is not None and "CVE-2026-7" in found.title
    assert found.evidence["version"] == "1.5"
    assert found.evidence["data_date"] == "2026-11-01T00:00:00+00:00"
    assert result.covered("pkg:pypi/weak-package@1.5") == "ok"
    assert result.covered("pkg:pypi/fine@1.0") == "ok"
    assert result.covered("file:requirements.txt") == "ok"
    assert [(data.name, data.date) for data in result.data] == [("OSV PyPI", "2026-11-01T00:00:00+00:00")]


def test_an_advisory_that_nobody_rated_takes_the_rules_severity_and_says_so(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak", fixed=None))
    (project / "requirements.txt").write_text("weak==1\n")
    (found,) = run_check(spec, project).observations
    assert found.severity is None
    assert found.evidence["severity"] == "not rated"
    assert found.fixed_in is None
    assert found.remediation is not None and "No fixed version" in found.remediation


def test_without_advisory_data_nothing_is_clean(spec: CheckSpec, project: Path, run_check: RunCheck) -> None:
    (project / "requirements.txt").write_text("weak==1.5\n")
    result = run_check(spec, project)
    assert result.observations == []
    assert result.covered("pkg:pypi/weak@1.5") == "skipped"
    assert result.covered("project:.") == "failed"
    assert all(
        "pipesec advisories sync" in (row.reason or "")
        for row in result.coverage
        if row.asset != "file:requirements.txt"
    )
    assert result.data == []


def test_an_unpinned_requirement_is_a_gap_and_not_clean(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "requirements.txt").write_text("weak>=1\ngit+https://git.example.org/a/b.git@main#egg=other\n./local\n")
    result = run_check(spec, project)
    assert sorted(result.rules()) == ["unpinned-requirement", "vcs-requirement-unpinned"]
    reasons = {row.asset: row.reason for row in result.coverage if row.status.value == "skipped"}
    assert reasons == {
        "file:requirements.txt": "line 3: from a local path, without a name",
        "pkg:pypi/other": "no version: it comes from version control",
        "pkg:pypi/weak": "no pinned version",
    }


def test_the_lock_beside_answers_for_the_project_file(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "pyproject.toml").write_text('[project]\nname = "etl"\ndependencies = ["top>=2", "unlocked"]\n')
    (project / "uv.lock").write_text(UV_LOCK)
    result = run_check(spec, project)
    (row,) = [row for row in result.coverage if row.asset == "file:pyproject.toml"]
    assert (row.status.value, row.reason) == ("ok", "1 without a pinned version: uv.lock has it")
    assert result.covered("pkg:pypi/top") is None
    assert result.covered("pkg:pypi/unlocked") == "skipped"


def test_the_shortest_way_to_a_transitive_dependency_is_told(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "uv.lock").write_text(UV_LOCK)
    result = run_check(spec, project)
    (found,) = result.observations
    assert (found.location.path, found.location.start_line) == ("uv.lock", 21)
    assert found.evidence["introduced_by"] == ["pkg:pypi/top@3.0", "pkg:pypi/middle@1.0"]
    assert found.remediation is not None and "through top@3.0" in found.remediation
    ways = {component.name: (component.direct, component.introduced_by) for component in result.components}
    assert ways["top"] == (True, ())
    assert ways["weak"] == (False, ("pkg:pypi/top@3.0", "pkg:pypi/middle@1.0"))
    assert "etl" not in ways, "the project itself is not one of its dependencies"


def test_a_malformed_manifest_fails_alone(spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "uv.lock").write_text("version = 1\n[[package]\n")
    (project / "poetry.lock").write_bytes(b"\x81\x82")
    (project / "requirements.txt").write_text("weak==1\n???\n-r ../outside.txt\n")
    result = run_check(spec, project)
    assert result.rules() == ["vulnerable-dependency"]
    rows = {row.asset: (row.status.value, row.reason) for row in result.coverage}
    status, reason = rows["file:uv.lock"]
    assert status == "failed" and reason is not None and "line 2" in reason
    assert rows["file:poetry.lock"][0] == "failed"
    status, reason = rows["file:requirements.txt"]
    assert status == "partial" and reason is not None and reason.startswith("line 2: ") and "1 more" in reason


def test_an_include_out_of_the_project_is_not_followed(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project.parent / "requirements-secret.txt").write_text("weak==1\n")
    (project / "requirements.txt").write_text("-r ../requirements-secret.txt\n")
    result = run_check(spec, project)
    assert result.observations == []
    assert result.covered("file:requirements.txt") == "partial"


def test_constraints_pin_for_the_requirements_that_name_them(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "requirements.txt").write_text("-c constraints.txt\nweak\n")
    (project / "constraints.txt").write_text("weak==1\n")
    result = run_check(spec, project)
    assert [(o.rule, o.location.path) for o in result.observations] == [("vulnerable-dependency", "constraints.txt")]
    assert result.covered("pkg:pypi/weak") is None


def test_what_an_advisory_leaves_open_is_a_gap(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    vague = osv("PYSEC-2026-1", "vague")
    vague["affected"][0]["ranges"] = [{"type": "GIT", "repo": "https://x", "events": [{"introduced": "0"}]}]
    advise(vague, osv("PYSEC-2026-2", "odd"))
    (project / "requirements.txt").write_text("vague==1\nodd===2004d\n")
    result = run_check(spec, project)
    assert result.covered("pkg:pypi/vague@1") == "partial"
    assert result.covered("pkg:pypi/odd@2004d") == "partial"


def test_names_and_versions_that_can_not_be_are_problems_of_their_file(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    bad_name, bad_version = 'name = "../../x\\u001b[31m"\nversion = "1"\n', 'name = "a"\nversion = "1 2"\n'
    lock = f"version = 1\n[[package]]\n{bad_name}[[package]]\n{bad_version}"
    (project / "uv.lock").write_text(lock)
    result = run_check(spec, project)
    assert result.components == []
    (row,) = result.coverage
    assert row.status.value == "partial"
    assert "\x1b" not in (row.reason or "")


def test_a_virtual_environment_is_read_and_not_run(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    site = project / ".venv" / "lib" / "python3.11" / "site-packages"
    for name, requires in (("top", "Requires-Dist: weak\n"), ("weak", ""), ("broken", "")):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        text = "" if name == "broken" else f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}\nBody\n"
        (info / "METADATA").write_text(text)
    (site / "top-1.0.dist-info" / "REQUESTED").write_text("")
    (site / "weak.py").write_text("raise SystemExit")
    result = run_check(spec, project, {"venv": ".venv"})
    (found,) = result.observations
    assert found.location.purl == "pkg:pypi/weak@1.0"
    assert found.evidence["introduced_by"] == ["pkg:pypi/top@1.0"]
    assert result.covered("dir:.venv/") == "partial", "broken's metadata could not be read"


@pytest.mark.parametrize("venv", ["..", "/", "missing"])
def test_a_virtual_environment_elsewhere_is_refused(
    venv: str, spec: CheckSpec, project: Path, run_check: RunCheck
) -> None:
    assert run_check(spec, project, {"venv": venv}).covered("project:.") == "failed"


def test_every_rule_flags_its_bad_examples_and_passes_the_good(
    spec: CheckSpec, tmp_path: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    for rule in load_rules(spec):
        assert rule.examples or rule.id == "vulnerable-dependency"
        for number, example in enumerate(rule.examples):
            results: dict[str, CheckResult] = {}
            for kind, text in (("bad", example.bad), ("good", example.good)):
                root = tmp_path / f"{rule.id}-{number}-{kind}"
                root.mkdir()
                (root / example.path).write_text(text)
                results[kind] = run_check(spec, root)
                assert results[kind].covered(f"file:{example.path}") != "failed"
            assert rule.id in results["bad"].rules(), (rule.id, number)
            assert rule.id not in results["good"].rules(), (rule.id, number)


def test_credentials_in_an_index_address_are_told_nowhere(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    text = "--extra-index-url http://hunter2@pkgs.example.org/simple?token=hunter2\n-e git+https://hunter2@git.example.org/a.git\n"
    (project / "requirements.txt").write_text(text)
    result = run_check(spec, project)
    assert sorted(result.rules()) == ["extra-index-url", "insecure-index", "vcs-requirement-unpinned"]
    assert "hunter2" not in repr(result.frames)


def test_the_first_assessment_fetches_the_dump_where_it_may(
    spec: CheckSpec, project: Path, run_check: RunCheck, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("PYSEC-2026-1.json", json.dumps(osv("PYSEC-2026-1", "weak")))
    (project / "requirements.txt").write_text("weak==1\n")
    asked: list[str] = []

    def answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked.append(path)
        return 200, {}, packed.getvalue()

    with serving(answer) as address:
        monkeypatch.setenv("PIPESEC_OSV_MIRROR", address)
        first = run_check(spec, project, offline=False)
        again = run_check(spec, project, offline=False)
    assert first.rules() == again.rules() == ["vulnerable-dependency"]
    assert asked == ["/PyPI/all.zip"]


def test_a_mirror_that_can_not_be_reached_is_a_gap(
    spec: CheckSpec, project: Path, run_check: RunCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPESEC_OSV_MIRROR", "http://127.0.0.1:9")
    (project / "requirements.txt").write_text("weak==1\n")
    result = run_check(spec, project, offline=False)
    assert result.covered("pkg:pypi/weak@1") == "skipped"
    assert result.covered("project:.") == "failed"


def test_private_packages_are_matched_here_but_never_sent(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "acme-etl"), osv("PYSEC-2026-2", "weak", aliases=["CVE-2026-2"]))
    (project / "requirements.txt").write_text("Acme.ETL==1\nweak==1\nnew==1\n")
    asked: list[str] = []

    def answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        name = json.loads(body)["package"]["name"]
        asked.append(name)
        told = {
            "weak": [osv("GHSA-1", "weak", aliases=["CVE-2026-2"])],
            "new": [osv("GHSA-2", "new", aliases=["CVE-2026-3"])],
        }
        return 200, {}, json.dumps({"vulns": told[name]}).encode()

    with serving(answer) as address:
        result = run_check(
            spec, project, {"osv_url": f"{address}/v1/query"}, offline=False, online=True,
            project=Project(info=ProjectInfo(private=("acme_*",))),
        )  # fmt: skip
    assert sorted(asked) == ["new", "weak"]
    found = {str(o.evidence["advisory"]): o.evidence["sources"] for o in result.observations}
    assert found == {
        "PYSEC-2026-1": ["PYSEC-2026-1"],
        "CVE-2026-2": ["PYSEC-2026-2", "pip-audit"],
        "CVE-2026-3": ["pip-audit"],
    }
    assert {row.status.value for row in result.coverage} == {"ok"}


def test_a_package_that_pip_audit_skipped_is_never_clean(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "other"))
    (project / "requirements.txt").write_text("weak==1\n")
    with serving(lambda path, body, headers: (500, {}, b"")) as address:
        result = run_check(spec, project, {"osv_url": address}, offline=False, online=True)
    assert result.covered("pkg:pypi/weak@1") == "partial"
    assert result.covered("project:.") == "failed"


def test_rules_say_what_to_do(spec: CheckSpec) -> None:
    for rule in load_rules(spec):
        assert rule.why and rule.remedy and rule.cwe
        sure = Confidence.LOW if rule.id == "typosquat-suspect" else Confidence.MEDIUM
        assert rule.confidence >= sure


def test_a_long_name_is_told_in_full(spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise) -> None:
    name = "opentelemetry-instrumentation-urllib3"
    advise(osv("PYSEC-2026-1", name))
    (project / "requirements.txt").write_text(f"{name}==1.0\n")
    (found,) = run_check(spec, project).observations
    assert name in found.message
    assert name in (found.title or "") and name in (found.remediation or "")


def test_a_project_can_not_have_its_packages_told_to_others(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    advise(osv("PYSEC-2026-1", "weak"))
    (project / "requirements.txt").write_text("weak==1\n")
    result = run_check(spec, project, {"osv_url": "https://collector.example.org/"}, offline=False, online=True)
    assert result.covered("project:.") == "failed"
    assert result.rules() == ["vulnerable-dependency"]


def test_data_that_is_damaged_half_way_is_a_gap(
    spec: CheckSpec, project: Path, run_check: RunCheck, advise: Advise
) -> None:
    import sqlite3
    from contextlib import closing

    folder = advise(osv("PYSEC-2026-1", "weak"))
    with closing(sqlite3.connect(folder / "PyPI.sqlite")) as database:
        database.execute("UPDATE package SET facts = x'00'")
        database.commit()
    (project / "requirements.txt").write_text("weak==1\n")
    result = run_check(spec, project)
    assert result.covered("project:.") == "failed"
    assert result.covered("pkg:pypi/weak@1") == "skipped"
