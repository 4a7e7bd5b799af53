"""How a dataset's name is found, step by step: from literals to what is bound from outside."""

from __future__ import annotations

import pytest

from tests.flow.following import by_stage, follow, run, seen, sure


def test_a_literal_is_read_as_it_stands() -> None:
    code = "import pandas as pd\npd.read_csv('s3://shop/raw/a.csv').to_parquet('out/a.parquet')\n"
    assert sure(code) == {"s3://shop/raw/a.csv": "literal", "out/a.parquet": "literal"}


FOLDED = {
    "name": "BASE = 'data'\nopen(BASE)",
    "f-string": "day = 'mon'\nopen(f'data/{day}.csv')",
    "plus": "BASE = 'data/'\nopen(BASE + 'a.csv')",
    "percent": "open('data/%s.csv' % 'a')",
    "percent, several": "open('%s/%s' % ('data', 'a.csv'))",
    "percent, named": "open('%(d)s/a.csv' % {'d': 'data'})",
    "format": "open('data/{}.csv'.format('a'))",
    "format, named": "open('{root}/a.csv'.format(root='data'))",
    "join": "import os\nopen(os.path.join('data', 'a.csv'))",
    "join of a list": "open('/'.join(['data', 'a.csv']))",
    "pathlib": "from pathlib import Path\nBASE = Path('data')\n(BASE / 'a.csv').read_text()",
    "joinpath": "from pathlib import Path\nPath('data').joinpath('a.csv').open()",
    "with_suffix": "from pathlib import Path\nopen(Path('data/a.txt').with_suffix('.csv'))",
    "mapping": "C = {'in': 'data/a.csv'}\nopen(C['in'])",
    "mapping with default": "C = {'in': 'data/a.csv'}\nopen(C.get('in', 'x'))",
    "list": "C = ['x', 'data/a.csv']\nopen(C[1])",
    "annotated": "P: str = 'data/a.csv'\nopen(P)",
    "class attribute": "class C:\n    P = 'data/a.csv'\nopen(C.P)",
    "own attribute": "class C:\n    def __init__(self):\n        self.p = 'data/a.csv'\n    def go(self):\n        open(self.p)\nC().go()",
    "property": "class C:\n    @property\n    def p(self):\n        return 'data/a.csv'\nopen(C().p)",
    "helper": "def p():\n    return 'data/a.csv'\nopen(p())",
    "augmented": "p = 'data/'\np += 'a.csv'\nopen(p)",
    "file": "import os\nopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data', 'a.csv'))",
    "file, pathlib": "from pathlib import Path\nopen(Path(__file__).resolve().parent / 'data' / 'a.csv')",
    "walrus": "if (p := 'data/a.csv'):\n    open(p)",
}


@pytest.mark.parametrize("how", FOLDED)
def test_constants_are_folded(how: str) -> None:
    found = seen(FOLDED[how])
    assert found <= {"reads data", "reads data/a.csv", "reads data/mon.csv"} and len(found) == 1
    assert set(sure(FOLDED[how]).values()) <= {"folded", "bound", "literal"}


def test_every_branch_is_one_possibility() -> None:
    code = "p = 'a.csv'\nif x:\n    p = 'b.csv'\nelse:\n    p = 'c.csv'\nopen(p)\nopen('d' if x else 'e')\n"
    assert seen(code) == {"reads a.csv", "reads b.csv", "reads c.csv", "reads d", "reads e"}


def test_loops_over_literals_are_taken_for_each() -> None:
    code = "for name in ['a', 'b']:\n    open(f'data/{name}.csv')\n"
    assert seen(code) == {"reads data/a.csv", "reads data/b.csv"}


def test_loops_over_pairs_are_taken_for_each() -> None:
    code = "import shutil\nfor a, b in [('x1', 'y1'), ('x2', 'y2')]:\n    shutil.copy(a, b)\n"
    assert seen(code) >= {"reads x1", "reads x2", "writes y1", "writes y2"}


def test_comprehensions_are_taken_for_each() -> None:
    code = "import pandas as pd\nframes = [pd.read_csv(f'data/{n}.csv') for n in ('a', 'b')]\n"
    assert seen(code) == {"reads data/a.csv", "reads data/b.csv"}


def test_handles_carry_their_dataset_to_what_reads_them() -> None:
    code = "import pickle\nwith open('m.pkl', 'rb') as f:\n    pickle.load(f)\n"
    assert {(a.dataset.uri, a.api) for a in follow(code).extraction.accesses} == {
        ("m.pkl", "builtins.open"), ("m.pkl", "pickle.load"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("'r'", {"reads"}),
        ("'wb'", {"writes"}),
        ("mode='a'", {"writes"}),
        ("'r+'", {"reads", "writes"}),
        ("m", {"reads"}),
    ],
)
def test_a_mode_tells_reading_from_writing(mode: str, kinds: set[str]) -> None:
    assert {line.split()[0] for line in seen(f"def f(m):\n    open('a', {mode})\n")} == kinds


def test_arguments_are_bound_across_modules_to_depth_three() -> None:
    files = {
        "etl/io_util.py": "def fetch(path):\n    return open(path)\n",
        "etl/steps.py": "from .io_util import fetch\ndef load(day):\n    return fetch(f'data/{day}.csv')\n",
        "etl/__init__.py": "",
        "main.py": "from etl import steps\nBASE = 'mon'\ndef main(day):\n    steps.load(day)\nmain(BASE)\n",
    }
    assert by_stage(files) == {"main reads data/mon.csv"}
    assert sure(files) == {"data/mon.csv": "bound"}


def test_constants_of_other_modules_are_folded() -> None:
    files = {"conf.py": "OUT = 's3://b/out'\n", "job.py": "import conf\nopen(conf.OUT + '/a.csv', 'w')\n"}
    assert by_stage(files) == {"job writes s3://b/out/a.csv"}


def test_each_caller_has_its_own_dataset() -> None:
    files = {
        "util.py": "def read(p):\n    open(p)\n",
        "a.py": "from util import read\nread('a.csv')\n",
        "b.py": "from util import read\nread('b.csv')\n",
    }
    assert by_stage(files) == {"a reads a.csv", "b reads b.csv"}


def test_attributes_are_bound_by_the_constructor() -> None:
    code = """
        class Job:
            def __init__(self, root):
                self.root = root
            def go(self):
                open(self.root + '/a.csv')
        Job('data').go()
    """
    assert sure(code) == {"data/a.csv": "bound"}


def test_methods_of_a_base_class_in_another_module_are_followed() -> None:
    files = {
        "core.py": "class Base:\n    def save(self):\n        open(self.target(), 'w')\n",
        "job.py": "from core import Base\nclass A(Base):\n    def target(self):\n        return 'a.csv'\nA().save()\n",
    }
    assert by_stage(files) == {"job writes a.csv"}


ARGPARSE = """
    import argparse
    def main():
        parser = argparse.ArgumentParser()
        parser.add_argument('source')
        parser.add_argument('--out', default='out/a.csv')
        args = parser.parse_args()
        open(args.source)
        open(args.out, 'w')
    if __name__ == '__main__':
        main()
"""


def test_defaults_of_argparse_count_and_what_is_required_is_a_hole() -> None:
    assert seen(ARGPARSE) == {"reads {param:source@job.py:main}", "writes out/a.csv"}


def test_arguments_of_a_run_bind_argparse() -> None:
    assert seen(ARGPARSE, run("job.py", "in.csv", out="o.csv")) == {"reads in.csv", "writes o.csv"}


def test_arguments_of_a_run_bind_argv() -> None:
    code = "import sys\nsource, target = sys.argv[1:3]\nopen(source)\nopen(target, 'w')\n"
    assert seen(code, run("job.py", "in.csv", "out.csv")) == {"reads in.csv", "writes out.csv"}
    assert seen(code) == {"reads {param:argv1@job.py}", "writes {param:argv2@job.py}"}


def test_every_run_of_a_script_counts() -> None:
    code = "import sys\nopen(sys.argv[1])\n"
    assert seen(code, run("job.py", "a"), run("job.py", "b")) == {"reads a", "reads b"}


def test_python_that_runs_python_binds_its_arguments() -> None:
    files = {
        "run.py": "import subprocess, sys\nfor a in (['job.py', 'a.csv'], ['job.py', 'b.csv']):\n"
        "    subprocess.run([sys.executable, *a], check=True)\n",
        "job.py": "import sys\nopen(sys.argv[1])\n",
    }
    assert by_stage(files) == {"job reads a.csv", "job reads b.csv"}


def test_click_options_bind_parameters() -> None:
    code = """
        import click
        @click.command()
        @click.argument('source')
        @click.option('--target', default='out.csv')
        def main(source, target):
            open(source)
            open(target, 'w')
        main()
    """
    assert seen(code, run("job.py", "in.csv")) == {"reads in.csv", "writes out.csv"}


def test_glue_arguments_are_bound() -> None:
    code = """
        import sys
        import pandas as pd
        from awsglue.utils import getResolvedOptions
        args = getResolvedOptions(sys.argv, ['JOB_NAME', 'bucket'])
        pd.read_csv('s3://' + args['bucket'] + '/in.csv')
    """
    assert seen(code, run("job.py", bucket="shop")) == {"reads s3://shop/in.csv"}
    assert seen(code) == {"reads s3://{param:bucket}/in.csv"}


def test_environment_is_looked_up_then_its_default_then_a_hole() -> None:
    code = (
        "import os\nopen(os.environ['A'] + '/x')\nopen(os.getenv('B', 'b') + '/x')\nopen(os.environ.get('C') + '/x')\n"
    )
    facts = follow(code, environment={"A": "a"})
    assert {a.dataset.uri for a in facts.extraction.accesses} == {"a/x", "b/x", "{env:C}/x"}


CONFIGURATION = {
    "yaml": ("conf.yml", "paths:\n  raw: data/raw.csv\n", "import yaml\ncfg = yaml.safe_load(open('conf.yml'))\nopen(cfg['paths']['raw'])"),
    "json": ("config.json", '{"paths": {"raw": "data/raw.csv"}}', "import json\nwith open('config.json') as f:\n    cfg = json.load(f)\nopen(cfg['paths']['raw'])"),
    "toml": ("conf.toml", "[paths]\nraw = 'data/raw.csv'\n", "import tomllib\nwith open('conf.toml', 'rb') as f:\n    cfg = tomllib.load(f)\nopen(cfg['paths']['raw'])"),
    "ini": ("job.ini", "[paths]\nRaw = data/raw.csv\n", "import configparser\nc = configparser.ConfigParser()\nc.read('job.ini')\nopen(c.get('paths', 'raw'))"),
    "ini, by key": ("job.ini", "[paths]\nraw = data/raw.csv\n", "import configparser\nc = configparser.ConfigParser()\nc.read('job.ini')\nopen(c['paths']['raw'])"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONFIGURATION)
def test_configuration_files_are_looked_up(kind: str) -> None:
    name, content, code = CONFIGURATION[kind]
    assert "reads data/raw.csv" in seen({name: content, "job.py": code})


def test_what_is_not_known_is_a_typed_hole() -> None:
    code = """
        import datetime
        def job(day, api):
            open(f'data/{day}.csv')
            open(f'data/{datetime.date.today()}.csv')
            open('data/' + api.name())
    """
    assert seen(code) == {"reads data/{param:day}.csv", "reads data/{time:now}.csv", "reads data/{call:name}"}
    assert set(sure(code).values()) == {"inferred"}


def test_names_that_are_one_hole_are_not_the_same_dataset_everywhere() -> None:
    files = {"a.py": "def f(path):\n    open(path)\n", "b.py": "def f(path):\n    open(path)\n"}
    assert len(seen(files)) == 2


def test_recursion_and_cyclic_imports_end() -> None:
    files = {
        "a.py": "import b\ndef f(x):\n    return b.g(x + 'a')\nopen(f('x'))\n",
        "b.py": "import a\ndef g(x):\n    return a.f(x)\n",
    }
    assert len(seen(files)) == 1


def test_sql_goes_to_the_database_of_its_connection() -> None:
    code = """
        import psycopg2
        conn = psycopg2.connect(host='db', dbname='shop')
        cur = conn.cursor()
        cur.execute('INSERT INTO orders SELECT * FROM staging.raw')
    """
    assert seen(code) == {"writes postgres://db:5432/shop.orders", "reads postgres://db:5432/shop.staging.raw"}


def test_sql_that_is_not_known_is_counted() -> None:
    facts = follow("import sqlite3\ndef go(sql):\n    sqlite3.connect('a.db').execute(sql)\n")
    assert [where.line for where in facts.unread] == [3]
    assert facts.extraction.accesses == ()


def test_connections_are_bound_as_arguments_are() -> None:
    code = """
        import sqlite3
        def store(db, row):
            db.execute(f"INSERT INTO feedback VALUES ('{row}')")
        store(sqlite3.connect('out/w.db'), 1)
    """
    assert seen(code) == {"writes sqlite://out/w.db/feedback"}
