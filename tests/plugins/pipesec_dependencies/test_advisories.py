"""Getting advisory data in: every layout, nothing malformed, nothing half."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from pipesec_dependencies.advisory.dump import Limits, read_dump
from pipesec_dependencies.advisory.matcher import match
from pipesec_dependencies.advisory.model import AdvisoryDataError
from pipesec_dependencies.advisory.store import data_info, import_dump, load, store_path
from pipesec_dependencies.advisory.sync import sync
from pipesec_dependencies.command import advisories

from tests.plugins.pipesec_dependencies.conftest import osv, serving, shared_dump

PYPA_YAML = """\
id: PYSEC-2026-5
modified: 2026-05-01T10:00:00.123Z
withdrawn: null
details: 'Something *bad*.'
aliases: [CVE-2026-5]
affected:
- package: {name: weak, ecosystem: PyPI, purl: pkg:pypi/weak}
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: 0
    - fixed: 1.10
  versions: [1.2, '1.3']
"""


def packed(*records: object, **more: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, record in enumerate(records):
            archive.writestr(f"R-{number}.json", json.dumps(record))
        for name, text in more.items():
            archive.writestr(name, text)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "all.zip"
    path.write_bytes(packed(osv("PYSEC-2026-1", "Weak"), osv("GHSA-2", "other", modified="2026-11-02T00:00:00Z")))
    return path


def test_an_archive_is_imported_and_described(dump: Path, folder: Path) -> None:
    info = import_dump(dump, folder)
    assert (info.ecosystem, info.count, info.packages, info.date) == ("PyPI", 2, 2, "2026-11-02T00:00:00+00:00")
    assert data_info(folder) == info
    assert list(load(folder, ["weak", "nothing"])) == ["weak"]
    assert [path.name for path in folder.iterdir()] == ["PyPI.sqlite"]


def test_the_same_facts_have_the_same_digest_wherever_they_come_from(dump: Path, folder: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked" / "nested"
    with zipfile.ZipFile(dump) as archive:
        archive.extractall(unpacked)
    assert import_dump(unpacked.parent, folder).digest == import_dump(dump, folder).digest


def test_a_checkout_of_yaml_is_imported(folder: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "vulns" / "weak").mkdir(parents=True)
    (checkout / ".github").mkdir()
    (checkout / "vulns" / "weak" / "PYSEC-2026-5.yaml").write_text(PYPA_YAML)
    (checkout / ".github" / "broken.yml").write_text("[")
    (checkout / "package.json").write_text('{"name": "no advisory"}')
    (checkout / "list.json").write_text("[1, 2]")
    (checkout / "settings.yaml").write_text("a: 1\n")
    info = import_dump(checkout, folder)
    assert (info.count, info.date) == (1, "2026-05-01T10:00:00+00:00")
    held = load(folder, ["weak"])["weak"]
    assert [found.fixed_in for found in match("1.9", held).matches] == ["1.10"], "1.10 is text, not the number 1.1"


def test_the_layout_of_osv_scanners_cache_is_imported(dump: Path, folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "osv-scanner"
    for ecosystem in ("PyPI", "npm"):
        (cache / ecosystem).mkdir(parents=True)
        (cache / ecosystem / "all.zip").write_bytes(dump.read_bytes())
    assert import_dump(cache, folder).count == 2


def test_links_in_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.json").write_text(json.dumps(osv("PYSEC-2026-1", "weak")))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.json").symlink_to(outside / "a.json")
    (inside / "folder").symlink_to(outside)
    os.mkfifo(inside / "pipe.json")
    with pytest.raises(AdvisoryDataError, match="no advisory for PyPI"):
        import_dump(inside, folder)


BAD_RECORD = osv("PYSEC-2026-1", "weak") | {"affected": "all"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        packed(osv("PYSEC-2026-1", "weak"))[:-40],
        packed(osv("PYSEC-2026-1", "weak"))[:60],
        packed(),
        packed(BAD_RECORD),
        packed(osv("PYSEC-2026-1", "weak"), **{"cut.json": '{"id": "x", "mod'}),
        packed(**{"deep.json": '{"id": ' + "[" * 100_000}),
        packed(**{"deep.yaml": "[" * 200_000 + "]" * 200_000}),
        packed(**{"bomb.yaml": "a: &a [x, x]\nb: &b [*a, *a]\n"}),
        packed({"id": "GHSA-1", "modified": "2026", "affected": [{"package": {"ecosystem": "npm", "name": "x"}}]}),
        packed(osv("PYSEC-2026-1", "weak")).replace(b"R-0.json", b"R-1.json", 1),
    ],
    ids=["empty", "text", "no-end", "cut", "nothing", "schema", "half-json", "deep-json", "deep-yaml", "aliases", "npm",
         "names-differ"],
)  # fmt: skip
def test_a_bad_dump_is_one_clear_line_and_the_data_before_stays(
    content: bytes, dump: Path, folder: Path, tmp_path: Path
) -> None:
    before = import_dump(dump, folder)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(content)
    with pytest.raises(AdvisoryDataError) as caught:
        import_dump(bad, folder)
    assert str(bad) in str(caught.value) and "\n" not in str(caught.value)
    assert data_info(folder) == before
    assert [path.name for path in folder.iterdir()] == ["PyPI.sqlite"]


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(member=100), "larger than 100 bytes"),
        (Limits(members=1), "more than 1"),
        (Limits(total=300), "believable"),
        (Limits(ratio=2, free=1_000), "believable"),
    ],
)
def test_an_archive_that_unpacks_to_too_much_is_refused(limits: Limits, what: str, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(packed(osv("A-1", "weak", details="0" * 5_000), osv("A-2", "weak", details="0" * 5_000)))
    with pytest.raises(AdvisoryDataError, match=what):
        list(read_dump(bomb, limits))


def test_a_wrong_date_does_not_make_old_data_young(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(osv("PYSEC-2026-1", "weak", modified="2999-01-01T00:00:00Z")))
    info = import_dump(tmp_path / "a.json", folder)
    assert info.date <= info.imported


def test_a_damaged_store_is_told_and_can_be_replaced(dump: Path, folder: Path) -> None:
    import_dump(dump, folder)
    store_path(folder).write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    for read in (lambda: data_info(folder), lambda: load(folder, ["weak"])):
        with pytest.raises(AdvisoryDataError, match="damaged"):
            read()
    import_dump(dump, folder)
    assert data_info(folder) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_is_one_line(dump: Path, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(AdvisoryDataError, match="can't be written"):
        import_dump(dump, folder)


def test_a_file_in_the_folders_place_is_one_line(dump: Path, folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(AdvisoryDataError, match="can't be written"):
        import_dump(dump, folder)


def test_sync_fetches_and_asks_again_only_for_what_changed(dump: Path, folder: Path) -> None:
    seen: list[str | None] = []

    def answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        assert path == "/base/PyPI/all.zip"
        seen.append(headers.get("If-None-Match"))
        if headers.get("If-None-Match") == '"one"':
            return 304, {}, b""
        return 200, {"ETag": '"one"'}, dump.read_bytes()

    with serving(answer) as address:
        first, new = sync(folder, mirror=f"{address}/base/")
        again, changed = sync(folder, mirror=f"{address}/base")
    assert (new, changed, seen) == (True, False, [None, '"one"'])
    assert again == first == data_info(folder)
    assert first.source == f"{address}/base/PyPI/all.zip"


@pytest.mark.parametrize(
    ("status", "headers", "cut", "what"),
    [
        (404, {}, 0, "answers 404"),
        (200, {"Content-Length": "100000"}, 0, "cut short"),
        (200, {}, 50, "fetch it again"),
        (302, {"Location": "http://mirror.example.org/all.zip"}, 0, "https only"),
        (302, {"Location": "file:///etc/passwd"}, 0, "not allowed"),
    ],
)
def test_a_failed_sync_is_one_line_and_the_data_before_stays(
    status: int, headers: dict[str, str], cut: int, what: str, dump: Path, folder: Path
) -> None:
    before = import_dump(dump, folder)
    content = dump.read_bytes()
    with (
        serving(lambda path, body, asked: (status, headers, content[: len(content) - cut])) as address,
        pytest.raises(AdvisoryDataError, match=what) as caught,
    ):
        sync(folder, mirror=address)
    assert "\n" not in str(caught.value)
    assert data_info(folder) == before
    assert [path.name for path in folder.iterdir()] == ["PyPI.sqlite"]


@pytest.mark.parametrize("mirror", ["http://mirror.example.org", "ftp://x", "file:///tmp", "nonsense"])
def test_a_mirror_without_authentication_is_refused(mirror: str, folder: Path) -> None:
    with pytest.raises(AdvisoryDataError, match="https only"):
        sync(folder, mirror=mirror)


def test_the_command_imports_and_shows(dump: Path) -> None:
    runner = CliRunner()
    empty = runner.invoke(advisories, ["status"])
    assert empty.exit_code == 0 and "no advisory data" in empty.stdout
    assert json.loads(runner.invoke(advisories, ["status", "--format", "json"]).stdout) == {
        "advisories": [],
        "outlook": [],
    }
    done = runner.invoke(advisories, ["import", str(dump)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "2 advisories" in done.stderr
    table = runner.invoke(advisories, ["status"]).stdout
    assert str(dump) in table and "days old" in table
    (row,) = json.loads(runner.invoke(advisories, ["status", "--format", "json"]).stdout)["advisories"]
    assert (row["ecosystem"], row["source"], row["count"]) == ("PyPI", str(dump), 2)
    assert isinstance(row["age_days"], int)


@pytest.mark.parametrize(
    "arguments", [["import", "missing.zip"], ["sync", "--mirror", "http://x.example"], ["nonsense"]]
)
def test_wrong_use_of_the_command_is_one_line_and_status_2(arguments: list[str]) -> None:
    done = CliRunner().invoke(advisories, arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_bad_file_given_to_the_command_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(b"PK")
    done = CliRunner().invoke(advisories, ["import", str(tmp_path / "all.zip")])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_real_dump_is_imported_whole(folder: Path) -> None:
    info = import_dump(shared_dump(), folder)
    assert (info.count, info.packages, info.date[:10]) == (2_651, 660, "2024-10-10")
    matches = match("2.10", load(folder, ["jinja2"])["jinja2"]).matches
    assert [(found.canonical, found.fixed_in) for found in matches] == [
        ("CVE-2019-10906", "2.10.1"),
        ("CVE-2020-28493", "2.11.3"),
    ]
