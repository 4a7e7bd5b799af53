"""What is kept of a Python file, and files that are odd or hostile."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipesec_tui.flow.python.summarize import summarize
from pipesec_tui.flow.python.syntax import ModuleSummary
from tests.flow.following import follow


def test_a_summary_can_be_stored() -> None:
    code = "import os\nclass A:\n    x = 1\n    def f(self, a, *b, c=2, **d):\n        with open(f'{a}') as g:\n            return [x for x in g]\n"
    summary = summarize("a.py", code)
    assert [function.qualname for function in summary.functions] == ["A.f"]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(summary), type=ModuleSummary) == summary


@pytest.mark.parametrize(
    ("text", "problem"),
    [("def f(:\n", "not Python 3"), ("print 'x'", "not Python 3"), ("x = '\0'", "not"), ("(" * 10_000, "not")],
)
def test_what_cannot_be_parsed_says_why(text: str, problem: str) -> None:
    assert problem in (summarize("a.py", text).problem or "")


HOSTILE = {
    "deep calls": "f(" * 80 + ")" * 80,
    "deep attributes": "a" + ".b" * 20_000,
    "long sum": "x = " + "+".join(["'a'"] * 3_000),
    "many branches": "p = 'a'\n" + "\n".join(f"if x:\n    p = p + '{i}'" for i in range(300)) + "\nopen(p)",
    "many options": "a = ['x', 'y', 'z'] * 100\nfor i in a:\n  for j in a:\n    for k in a:\n      open(i + j + k)",
    "wide recursion": "\n".join(f"def f{i}(x):\n    f{(i * 7 + 1) % 200}(x + 'a')\n    f{(i * 3 + 2) % 200}(x + 'b')\n    open(x)" for i in range(200)),
    "doubling": "x = 'a'\n" + "x = x + x\n" * 200 + "open(x)",
    "a long line": "x = [" + "1, " * 60_000 + "]",
    "self reference": "x = {}\nx['a'] = x\nopen(x['a']['a']['a'])\ny = [x]\nopen(str(y))",
    "class that stands on itself": "class A(A):\n    pass\nA().x()\nclass B(C): pass\nclass C(B): pass\nB().y()",
    "decorators": "import functools\n@functools.lru_cache\n@unknown(1)\ndef f(p):\n    open(p)\nf('a')",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_code_ends_in_bounded_time(what: str) -> None:
    began = time.process_time()
    follow(HOSTILE[what])
    assert time.process_time() - began < 5


PIECES = st.sampled_from([
    "x", "y", "open(x)", "x = open(y)", "def f(x, *a, **k): return x", "f(*[x], **{'y': x})", "class C: x = y", "C().x",
    "for x in y: open(x)", "with open(x) as y: pass", "x = [open(i) for i in y]", "import os", "from . import x",
    "x = lambda y: open(y)", "x, *y = y", "x[y] = y", "x.y = y", "x += y", "x = y if x else y", "x = f'{x}{y!r:>{x}}'",
    "y = {**x, 'a': y}", "global x", "del x", "y = x[1:2]", "y = x % (y, 1)", "try:\n  open(x)\nexcept E as y:\n  pass",
    "match x:\n  case [y]: open(y)", "async def g(): await x", "x = yield_", "y = 'a'.format(x, a=y)", "y = x / 'a'",
])  # fmt: skip


@given(st.lists(PIECES, max_size=12))
def test_no_code_makes_it_fail(pieces: list[str]) -> None:
    follow("\n".join(pieces))
