"""EPSS and KEV: imported whole or not at all, dated, and told with what they are about."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pipesec_dependencies.advisory.model import AdvisoryDataError
from pipesec_dependencies.advisory.outlook import import_outlook, load_outlook, outlook_info, recognize
from pipesec_dependencies.command import advisories

from pipesec_tui import CheckSpec, data_dir
from tests.plugins.pipesec_dependencies.conftest import Advise, osv

EPSS = b"""#model_version:v2026.03.17,score_date:2026-10-01T00:00:00Z
cve,epss,percentile
CVE-2020-1747,0.91,0.99
CVE-2021-0001,0.00042,0.05
"""
KEV = json.dumps({
    "title": "CISA Catalog", "catalogVersion": "2026.10.02", "dateReleased": "2026-10-02T14:00:00.0000Z", "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2020-1747", "dateAdded": "2022-03-03", "vendorProject": "x"}],
}).encode()  # fmt: skip


@pytest.fixture
def folder() -> Path:
    return data_dir("advisories")


def test_findings_carry_how_likely_and_how_known_an_exploit_is(
    run_check: Callable[..., Any], spec: CheckSpec, advise: Advise, project: Path, tmp_path: Path
) -> None:
    advise(osv("PYSEC-2020-1", "yamllike", aliases=["CVE-2020-1747"]), osv("PYSEC-2021-1", "other", aliases=[]))
    (project / "requirements.txt").write_text("yamllike==1.0\nother==1.0\n")
    (tmp_path / "epss.csv.gz").write_bytes(gzip.compress(EPSS))
    (tmp_path / "kev.json").write_bytes(KEV)
    for name in ("epss.csv.gz", "kev.json"):
        assert CliRunner().invoke(advisories, ["import", str(tmp_path / name)]).exit_code == 0
    found = {
        o.evidence["advisory"]: o for o in run_check(spec, project).observations if o.rule == "vulnerable-dependency"
    }
    evidence = found["CVE-2020-1747"].evidence
    assert (evidence["epss"], evidence["epss_percentile"], evidence["kev"]) == (0.91, 0.99, "2022-03-03")
    assert evidence["epss_date"].startswith("2026-10-01")
    assert evidence["kev_date"].startswith("2026-10-02")
    assert "exploited since 2022-03-03" in found["CVE-2020-1747"].message
    other = found["PYSEC-2021-1"].evidence
    assert (other["epss"], other["kev"]) == (None, None)
    told = CliRunner().invoke(advisories, ["status"]).stdout
    assert "epss" in told and "kev" in told


def test_without_them_nothing_is_claimed(
    run_check: Callable[..., Any], spec: CheckSpec, advise: Advise, project: Path
) -> None:
    advise(osv("PYSEC-2020-1", "yamllike", aliases=["CVE-2020-1747"]))
    (project / "requirements.txt").write_text("yamllike==1.0\n")
    (found,) = [o for o in run_check(spec, project).observations if o.rule == "vulnerable-dependency"]
    assert (found.evidence["epss"], found.evidence["epss_date"], found.evidence["kev_date"]) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"#model_version:v1\ncve,epss,percentile\n", "score_date"),
        ("a.csv", EPSS + b"CVE-2020-1,x,0.1\n", "line 5"),
        ("a.csv", EPSS + b"CVE-2020-0001,7,0.1\n", "line 5"),
        ("a.csv", EPSS[: EPSS.index(b"CVE")], "no CVE"),
        ("a.csv.gz", gzip.compress(EPSS)[:-9], "can't be read"),
        ("a.json", KEV.replace(b"2022-03-03", b"soon"), "soon"),
        ("a.json", KEV.replace(b'"dateReleased"', b'"when"'), "CISA"),
    ],
)
def test_damaged_files_leave_what_was_there(tmp_path: Path, folder: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / "good.csv").write_bytes(EPSS)
    (tmp_path / "good.json").write_bytes(KEV)
    import_outlook(tmp_path / "good.csv", folder, "epss")
    import_outlook(tmp_path / "good.json", folder, "kev")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AdvisoryDataError, match=told):
        import_outlook(tmp_path / name, folder, recognize(tmp_path / name) or "")
    held = load_outlook(folder, ["CVE-2020-1747", "not an id"])
    assert held.exploited_since(["CVE-2020-1747"]) == "2022-03-03"
    score = held.score(["CVE-2020-1747", "CVE-2021-0001"])
    assert score is not None and score.probability == 0.91


def test_a_date_in_the_future_does_not_make_data_young(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.csv").write_bytes(EPSS.replace(b"2026-10-01", b"2999-10-01"))
    import_outlook(tmp_path / "a.csv", folder, "epss")
    info = outlook_info(folder, "epss")
    assert info is not None and info.date < "2999"


def test_a_damaged_store_is_told(tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "epss.sqlite").write_bytes(b"not a database, but long enough to look like something" * 20)
    with pytest.raises(AdvisoryDataError, match="damaged"):
        load_outlook(folder, ["CVE-2020-1747"])


def test_other_files_are_not_taken_for_either(tmp_path: Path) -> None:
    for name, content in (("a.zip", b"PK\x03\x04"), ("a.json", b'{"id": "PYSEC-1"}'), ("a.csv", b"a,b\n")):
        (tmp_path / name).write_bytes(content)
        assert recognize(tmp_path / name) is None
