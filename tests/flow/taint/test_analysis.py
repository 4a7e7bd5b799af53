"""Data that goes through datasets, bounds, and programs of any shape."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from pipesec_tui.flow.taint.analysis import analyze
from pipesec_tui.flow.taint.solve import Found
from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Where


def edge(source: str, target: str, kind: EdgeKind, path: str, line: int) -> Edge:
    return Edge(source=source, target=target, kind=kind, where=(Where(path, line),), certainty=Certainty.LITERAL)


FETCH = """\
import csv
import requests

def main():
    rows = requests.get("https://partner.example/rows").json()
    with open("out/x.csv", "w") as target:
        writer = csv.writer(target)
        for row in rows:
            writer.writerow(row)
"""
LOAD = """\
import csv
import subprocess

def main():
    with open("out/x.csv") as source:
        for row in csv.reader(source):
            subprocess.run(f"log {row[0]}", shell=True)
"""
LINEAGE = Lineage(
    edges=(
        edge("stage:fetch", "dataset:out/x.csv", EdgeKind.WRITES, "fetch.py", 6),
        edge("dataset:out/x.csv", "stage:load", EdgeKind.READS, "load.py", 5),
    )
)


def flows(files: dict[str, str], lineage: Lineage | None = None) -> list[Found]:
    return list(analyze(files, lineage=lineage, known=["out/x.csv"]).flows)


def test_what_one_stage_writes_is_followed_to_where_another_reads_it() -> None:
    (found,) = flows({"fetch.py": FETCH, "load.py": LOAD}, LINEAGE)
    assert (found.source.path, found.source.kind) == ("fetch.py", "response")
    assert (found.sink.path, found.sink.family) == ("load.py", "command-injection")
    steps = [step.what for step in found.steps]
    assert steps.index("written to out/x.csv") < steps.index("read from out/x.csv")
    assert next(step.path for step in found.steps if step.what.startswith("read from")) == "load.py"


def test_a_dataset_that_nothing_untrusted_is_written_to_brings_nothing() -> None:
    assert flows({"fetch.py": FETCH.replace("writerow(row)", "writerow([1])"), "load.py": LOAD}, LINEAGE) == []


def test_another_dataset_is_another_one() -> None:
    other = Lineage(edges=(LINEAGE.edges[0], edge("dataset:out/y.csv", "stage:load", EdgeKind.READS, "load.py", 5)))
    assert flows({"fetch.py": FETCH, "load.py": LOAD}, other) == []


def test_frames_are_followed_through_files() -> None:
    files = {
        "a.py": "import pandas as pd, requests\nframe = pd.DataFrame(requests.get('https://x.example').json())\n"
        "frame.to_parquet('out/f.parquet')\n",
        "b.py": "import pandas as pd\nframe = pd.read_parquet('out/f.parquet')\nfor name in frame['name']:\n"
        "    open('out/' + name, 'w')\n",
    }
    lineage = Lineage(
        edges=(
            edge("stage:a", "dataset:out/f.parquet", EdgeKind.WRITES, "a.py", 3),
            edge("dataset:out/f.parquet", "stage:b", EdgeKind.READS, "b.py", 2),
        )
    )
    assert ("a.py", "b.py") in {(found.source.path, found.sink.path) for found in flows(files, lineage)}


def test_a_file_that_does_not_parse_is_told_and_the_others_are_analyzed() -> None:
    analysis = analyze({"bad.py": "def f(:\n", "good.py": "import os, sys\nos.system(sys.argv[1])\n"})
    assert list(analysis.problems) == ["bad.py"]
    assert len(analysis.flows) == 1


def test_deep_nesting_is_a_problem_and_no_error() -> None:
    analysis = analyze({"deep.py": "x = " + "-" * 3000 + "1\n", "long.py": "x = " + " + ".join(["y"] * 5000) + "\n"})
    assert set(analysis.problems) == {"deep.py", "long.py"}


def test_many_calls_and_loops_end() -> None:
    lines = ["import os, sys"]
    lines += [
        f"def f{n}(x):\n    for _ in x:\n        x = f{(n + 1) % 60}(x) + f{(n * 7) % 60}(x)\n    return x"
        for n in range(60)
    ]
    analysis = analyze({"a.py": "\n".join([*lines, "os.system(f0(sys.argv[1]))", ""])})
    assert analysis.problems == {}


def indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def matching(subject: str, body: str) -> str:
    return f"match {subject}:\n    case {{'k': x, **b}} if x:\n{indent(indent(body))}\n    case _:\n        pass"


_NAMES = st.sampled_from(["a", "b", "self", "f", "g", "os", "x"])
_EXPRESSIONS = st.recursive(
    st.one_of(_NAMES, st.sampled_from(["1", "'t'", "sys.argv", "os.environ", "input()", "None", "a.b", "self.x"])),
    lambda inner: st.one_of(
        st.builds("{}({})".format, _NAMES, inner),
        st.builds("{}.append({})".format, _NAMES, inner),
        st.builds("os.system({})".format, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({}, {})".format, inner, inner),
        st.builds("{{'k': {}, **{}}}".format, inner, inner),
        st.builds("[{} for {} in {}]".format, inner, _NAMES, inner),
        st.builds("(lambda x: {})({})".format, inner, inner),
        st.builds("({} if {} in {} else {})".format, inner, inner, inner, inner),
        st.builds("(b := {})".format, inner),
        st.builds('f"{{{}!r}}"'.format, _NAMES),
        st.builds("open(*{}, **{})".format, inner, inner),
    ),
    max_leaves=8,
)
_STATEMENTS = st.recursive(
    st.one_of(
        st.builds("a, *b = {}".format, _EXPRESSIONS), st.builds("self.x = {}".format, _EXPRESSIONS),
        st.builds("x = {}".format, _EXPRESSIONS), st.builds("x += {}".format, _EXPRESSIONS),
        st.builds("a['k'] = {}".format, _EXPRESSIONS), st.builds("return {}".format, _EXPRESSIONS),
        _EXPRESSIONS, st.just("import os, sys as x"), st.just("from . import *"), st.just("global x"), st.just("del a"),
    ),
    lambda inner: st.one_of(
        st.builds(lambda test, body: f"if {test}:\n{indent(body)}", _EXPRESSIONS, inner),
        st.builds(lambda test, body: f"while {test}:\n{indent(body)}\n    break", _EXPRESSIONS, inner),
        st.builds(lambda over, body: f"for a in {over}:\n{indent(body)}\n    continue", _EXPRESSIONS, inner),
        st.builds(lambda body: f"try:\n{indent(body)}\nexcept E as a:\n    pass\nfinally:\n{indent(body)}", inner),
        st.builds(lambda body: f"def f(a, *b, x=1, **g):\n{indent(body)}", inner),
        st.builds(lambda body: f"class g(f, g):\n    def f(self, x):\n{indent(indent(body))}", inner),
        st.builds(matching, _EXPRESSIONS, inner),
        st.builds("{}\n{}".format, inner, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_STATEMENTS, _STATEMENTS)
def test_no_program_makes_it_fail(first: str, second: str) -> None:
    files = {"p/__init__.py": first + "\n", "p/a.py": f"from p import *\nfrom . import f, g\n{second}\n"}
    analysis = analyze(files)
    for path, text in files.items():
        try:
            ast.parse(text)
        except SyntaxError:
            assert path in analysis.problems
        else:
            assert path not in analysis.problems
