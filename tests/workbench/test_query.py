"""The filter's language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.history.store import FindingFilter
from pipesec_tui.model.area import Area
from pipesec_tui.model.finding import FindingStatus
from pipesec_tui.model.severity import Severity
from pipesec_tui.workbench.query import QueryError, parse

CRITICAL, HIGH, LOW, INFO = Severity.CRITICAL, Severity.HIGH, Severity.LOW, Severity.INFO


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", FindingFilter()),
        ("severity>=high", FindingFilter(severities=(CRITICAL, HIGH))),
        ("severity<medium", FindingFilter(severities=(LOW, INFO))),
        ("severity:low,info", FindingFilter(severities=(LOW, INFO))),
        ("severity=crit", FindingFilter(severities=(CRITICAL,))),
        ("area:sast,sec", FindingFilter(areas=(Area.SAST, Area.SECRETS))),
        ("status:open", FindingFilter(statuses=(FindingStatus.OPEN,))),
        ("status:false-positive", FindingFilter(statuses=(FindingStatus.FALSE_POSITIVE,))),
        ("path:etl/,sql/ rule:eval", FindingFilter(paths=("etl/", "sql/"), rules=("eval",))),
        ('path:"with space/"', FindingFilter(paths=("with space/",))),
        ("new unseen pickle", FindingFilter(began=("new",), not_assessed=True, words=("pickle",))),
        ('"new" "two words"', FindingFilter(words=("new", "two words"))),
        ("is:reopened", FindingFilter(began=("reopened",))),
        ("C++ 100% étl", FindingFilter(words=("C++", "100%", "étl"))),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, meant: FindingFilter) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("severity>=hgh", "severity: 'hgh' is none of critical, high, medium, low, info"),
        ("area:s", "more than one of"),
        ("color:red", "there is no 'color' to filter by"),
        ("path>etl", "path has no order"),
        ("status:", "wants a value"),
        ("severity>=high,low", "takes one severity"),
        ("severity>critical", "no severity is > critical"),
        ("is:old", "none of new, changed, reopened, unseen"),
        ("area:,", "wants a value"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_line(text: str, told: str) -> None:
    with pytest.raises(QueryError, match=told) as raised:
        parse(text)
    assert "\n" not in str(raised.value)


@given(st.text(alphabet=st.sampled_from('abn:<>="\\ \t,severity'), max_size=40))
def test_anything_is_understood_or_refused(text: str) -> None:
    try:
        assert isinstance(parse(text), FindingFilter)
    except QueryError as error:
        assert str(error)
