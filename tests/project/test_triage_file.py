"""pipesec.triage.toml: decisions go in and come out the same, and each has a reason and an end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.model.finding import FindingStatus, Identity
from pipesec_tui.model.triage import Gap, TriageEntry
from pipesec_tui.project.triage_file import TriageError, append, load, parse, remove

FINDING = TriageEntry(
    state=FindingStatus.ACCEPTED,
    reason="the bucket is public on purpose",
    until="2027-01-31",
    finding="PS-0123456789ab",
    rule="public-bucket",
    path="infra/main.tf",
    identity=Identity(anchor="a" * 32, scope="f", context="b" * 32, ordinal=1, code="c" * 32, line="d" * 32),
    actor="ana",
    at="2026-11-22T20:00:00+00:00",
)
GAP = TriageEntry(
    state=FindingStatus.ACCEPTED, reason="too large", until="2027-01-31", gap=Gap("sast", "file:data/big.csv")
)
VALID = """\
# kept
[[triage]]
state = "accepted"
reason = "r"   # why
until = 2027-01-31
check = "sast"
asset = "file:a"
"""


def test_what_is_added_is_read_again(tmp_path: Path) -> None:
    assert load(tmp_path) == []
    append(tmp_path, FINDING)
    append(tmp_path, GAP)
    assert load(tmp_path) == [FINDING, GAP]
    assert "until = 2027-01-31\n" in (tmp_path / "pipesec.triage.toml").read_text()


def test_comments_and_order_stay(tmp_path: Path) -> None:
    path = tmp_path / "pipesec.triage.toml"
    path.write_text(VALID)
    append(tmp_path, FINDING)
    assert path.read_text().startswith(VALID)
    assert remove(tmp_path, lambda entry: entry.finding == FINDING.finding) == 1
    assert path.read_text().strip() == VALID.strip()
    assert remove(tmp_path, lambda entry: False) == 0
    assert remove(tmp_path, lambda entry: True) == 1
    assert load(tmp_path) == []
    append(tmp_path, GAP)
    assert load(tmp_path) == [GAP]


def test_the_middle_one_of_several_is_removed(tmp_path: Path) -> None:
    others = [msgspec.structs.replace(GAP, gap=Gap("sast", f"file:{n}")) for n in range(3)]
    for entry in others:
        append(tmp_path, entry)
    remove(tmp_path, lambda entry: entry.gap == Gap("sast", "file:1"))
    assert load(tmp_path) == [others[0], others[2]]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ENTRIES = st.builds(
    TriageEntry,
    state=st.sampled_from([FindingStatus.ACCEPTED, FindingStatus.FALSE_POSITIVE]),
    reason=TEXT.filter(str.strip),
    until=st.dates().map(dt.date.isoformat),
    finding=TEXT,
    rule=TEXT,
    path=TEXT,
    identity=st.builds(
        Identity, anchor=TEXT, scope=st.none() | TEXT, ordinal=st.integers(0, 99), code=st.none() | TEXT
    ),
    actor=st.none() | TEXT,
)


@settings(deadline=None, max_examples=25)
@given(st.lists(ENTRIES, max_size=4))
def test_any_decision_survives(entries: list[TriageEntry]) -> None:
    with TemporaryDirectory() as folder:
        for entry in entries:
            append(Path(folder), entry)
        assert load(Path(folder)) == entries


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('reason = "r"', "", 'pipesec.triage.toml:2: triage[0]: needs a "reason"'),
        ('"r"', '" "', "pipesec.triage.toml:4: triage[0].reason: is empty"),
        ("until = 2027-01-31", "", 'pipesec.triage.toml:2: triage[0]: needs a "until"'),
        ("2027-01-31", '"soon"', "pipesec.triage.toml:5: triage[0].until: must be a date"),
        ('"accepted"', '"open"', 'pipesec.triage.toml:3: triage[0].state: must be "accepted" or "false_positive"'),
        ('"accepted"', '"acepted"', "pipesec.triage.toml:3: triage[0].state: must be"),
        ("asset =", "aset =", 'pipesec.triage.toml:7: triage[0].aset: unknown key; did you mean "asset"?'),
        ('asset = "file:a"', "", 'needs both "check" and "asset"'),
        ('check = "sast"\nasset = "file:a"', "", 'needs either "finding" and "identity", or "check" and "asset"'),
        ('check = "sast"', 'finding = "PS-1"', 'needs an "identity"'),
        ("[[triage]]", "[triage]", "triage: must be a list"),
        ("[[triage]]", "[[triage]", "pipesec.triage.toml:2: is not TOML"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = VALID.replace(old, new, 1)
    with pytest.raises(TriageError) as caught:
        parse(text)
    assert said in str(caught.value)
    (tmp_path / "pipesec.triage.toml").write_text(text)
    with pytest.raises(TriageError):
        append(tmp_path, GAP)
    assert (tmp_path / "pipesec.triage.toml").read_text() == text


@pytest.mark.parametrize(
    "entry",
    [
        msgspec.structs.replace(GAP, reason=" "),
        msgspec.structs.replace(GAP, until=None),
        msgspec.structs.replace(GAP, until="soon"),
        msgspec.structs.replace(GAP, state=FindingStatus.OPEN),
        msgspec.structs.replace(GAP, gap=None),
    ],
)
def test_a_decision_without_reason_or_end_is_not_written(tmp_path: Path, entry: TriageEntry) -> None:
    with pytest.raises(ValueError, match=r"reason|end date|isoformat|not a decision|needs either"):
        append(tmp_path, entry)
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_its_place_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(VALID)
    (tmp_path / "pipesec.triage.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TriageError, match="can't be read"):
        load(tmp_path)
    with pytest.raises(TriageError):
        append(tmp_path, GAP)
    assert (tmp_path / "elsewhere").read_text() == VALID
