"""Pairs of lines that look alike, of which one is weak: rules on the syntax tree, SQL and shell commands."""

# ruff: noqa: E501 - a pair reads best beside each other
from __future__ import annotations

import ast
import textwrap

import pytest
from pipesec_sast import shell, sql_files, tree
from pipesec_sast.tree import syntax

HEAD = """
import os, requests, sqlalchemy as sa, pandas as pd, jinja2, logging
from pathlib import Path
from flask import request
from psycopg2 import sql
log = logging.getLogger(__name__)
TABLES = {"a": "rows_a"}
"""

PYTHON: list[tuple[str, str, str]] = [
    # SQL: what is put in
    ("sql-built-by-hand", "def f(c, x): c.execute(f'SELECT {x}')", "def f(c, x): c.execute(f'SELECT {int(x)}')"),
    ("sql-built-by-hand", "def f(c, x): c.execute(f'SELECT {x}')", "def f(c, x: int): c.execute(f'SELECT {x}')"),
    ("sql-built-by-hand", "def f(c, x): c.execute(f'SELECT {x!r}')", "def f(c, x): c.execute(f'SELECT {x:d}')"),
    ("sql-built-by-hand", "def f(c, x): c.execute('SELECT %s' % x)", "def f(c, x): c.execute('SELECT %d' % x)"),
    ("sql-built-by-hand", "def f(c, x): c.execute('SELECT %s' % x)", "def f(c, x): c.execute('SELECT %s', x)"),
    ("sql-built-by-hand", "def f(c, x): c.execute('SELECT ' + x)", "def f(c, x): c.execute('SELECT ' + '1')"),
    (
        "sql-built-by-hand",
        "def f(c, x): c.execute(f'SELECT {TABLES[x]} {x}')",
        "def f(c, x): c.execute(f'SELECT {TABLES[x]}')",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x): c.execute('SELECT {}'.format(x))",
        "def f(c, x): c.execute(sql.SQL('SELECT {}').format(sql.Identifier(x)))",
    ),
    (
        "sql-built-by-hand",
        "def f(c, xs): c.execute(f\"SELECT 1 WHERE a IN ({', '.join(xs)})\", xs)",
        "def f(c, xs): c.execute(f\"SELECT 1 WHERE a IN ({', '.join('?' for _ in xs)})\", xs)",
    ),
    (
        "sql-built-by-hand",
        "def f(c, xs):\n    w = ' AND '.join(f'a = {x}' for x in xs)\n    c.execute('SELECT 1 WHERE ' + w)",
        "def f(c, xs):\n    w = ' AND '.join(f'a = :p{i}' for i, x in enumerate(xs))\n    c.execute('SELECT 1 WHERE ' + w)",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    parts = []\n    parts.append(f'a = {x}')\n    c.execute(' AND '.join(parts))",
        "def f(c, x):\n    parts = []\n    parts.append('a = ?')\n    c.execute(' AND '.join(parts), [x])",
    ),
    # SQL: the way it takes
    (
        "sql-built-by-hand",
        "def f(c, x):\n    q = 'SELECT 1'\n    q += f' WHERE a = {x}'\n    c.execute(q)",
        "def f(c, x):\n    q = 'SELECT 1'\n    q += ' WHERE a = ?'\n    c.execute(q, [x])",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    q = f'SELECT {x}'\n    c.execute(q)\n    q = 'SELECT 1'",
        "def f(c, x):\n    q = f'SELECT {x}'\n    q = 'SELECT 1'\n    c.execute(q)",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    q = f'SELECT {x}'\n    if x:\n        q = 'SELECT 1'\n    c.execute(q)",
        "def f(c, x):\n    if x:\n        q = f'SELECT {x}'\n        print(q)\n        q = 'SELECT 1'\n        c.execute(q)",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    if x not in TABLES:\n        print(x)\n    c.execute(f'SELECT {x}')",
        "def f(c, x):\n    if x not in TABLES:\n        raise ValueError(x)\n    c.execute(f'SELECT {x}')",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    if x in TABLES:\n        raise ValueError(x)\n    c.execute(f'SELECT {x}')",
        "def f(c, x):\n    if x in TABLES:\n        c.execute(f'SELECT {x}')",
    ),
    (
        "sql-built-by-hand",
        "def f(c, x):\n    if not x.isidentifier() and x:\n        raise ValueError(x)\n    c.execute(f'SELECT {x}')",
        "def f(c, x):\n    if not x.isidentifier() or not x:\n        raise ValueError(x)\n    c.execute(f'SELECT {x}')",
    ),
    (
        "sql-built-by-hand",
        "def f(c):\n    for t in load(): c.execute(f'DROP TABLE {t}')",
        "def f(c):\n    for t in ('a', 'b'): c.execute(f'DROP TABLE {t}')",
    ),
    (
        "sql-built-by-hand",
        "async def f(conn, x): await conn.fetch(f'SELECT {x}')",
        "async def f(shop, x): await shop.fetch(f'https://h/{x}')",
    ),
    ("sql-built-by-hand", "def f(client, x): client.query(f'SELECT {x}')", "def f(frame, x): frame.query(f'a == {x}')"),
    # others
    ("code-eval", "def f(x): eval(x)", "def f(x): eval('1')"),
    ("code-eval", "def f(x): exec(compile(x, 'a', 'exec'))", "def f(model): model.eval(model)"),
    ("code-eval", "import builtins as b\ndef f(x): b.eval(x)", "from numexpr import eval\n"),
    ("secret-logged", "log.info('%s', password)", "log.info('%s', bool(password))"),
    ("secret-logged", "log.info(f'{self.api_key}')", "log.info(f'{self.api_key_name}')"),
    ("secret-logged", "print(config['password'])", "print(config['password_length'])"),
    ("secret-logged", "log.info('%s %s' % (user, password))", "shop.info('%s %s' % (user, password))"),
    ("secret-logged", "print(os.environ['DB_PASSWORD'])", "print(os.environ['DB_HOST'])"),
    ("plain-http-data", "pd.read_csv('http://data.org/a.csv')", "pd.read_csv('http://10.0.0.3/a.csv')"),
    ("plain-http-data", "requests.get(f'http://data.org/{x}')", "requests.get(f'http://{host}/a')"),
    ("plain-http-data", "U = 'http://data.org'\nrequests.get(U)", "U = 'http://service:8080'\nrequests.get(U)"),
    (
        "request-to-given-url",
        "def f():\n    u = request.args['u']\n    requests.get(u)",
        "def f(u):\n    requests.get(u)",
    ),
    (
        "request-to-given-url",
        "def f(): requests.get('https://' + request.args['h'])",
        "def f(): requests.get('https://a.org/' + request.args['h'])",
    ),
    (
        "request-to-given-url",
        "def f(): requests.get(request.args['u'])",
        "def f(): requests.get(URLS[request.args['u']])",
    ),
    (
        "path-from-request",
        "def f(): open('a/' + request.args['n'])",
        "def f(): open('a/' + str(int(request.args['n'])))",
    ),
    (
        "path-from-request",
        "def f(): Path(request.form['n']).write_text('')",
        "def f(): Path('a').write_text(request.form['n'])",
    ),
    (
        "template-from-value",
        "def f(x): jinja2.Template('Dear ' + x)",
        "def f(x): jinja2.Template('Dear {{ x }}').render(x=x)",
    ),
    ("xpath-built", "def f(t, x): t.xpath(f'//a[@id={x}]')", "def f(t, x): t.xpath('//a[@id=$x]', x=x)"),
]

SQL = [
    ("sql-dynamic-statement", "EXECUTE 'DROP TABLE ' || name;", "EXECUTE 'DROP TABLE ' || quote_ident(name);"),
    ("sql-dynamic-statement", "EXECUTE format('DROP TABLE %s', n);", "EXECUTE format('DROP TABLE %I', n);"),
    ("sql-dynamic-statement", "EXECUTE IMMEDIATE 'DROP ' || n", "EXECUTE IMMEDIATE 'DROP TABLE a'"),
    ("sql-dynamic-statement", "DO $x$ BEGIN EXECUTE 'a' || b; END $x$;", "DO $x$ BEGIN EXECUTE 'a || b'; END $x$;"),
    ("sql-grant-all", "grant all on a to b", "/* grant all on a to b */ SELECT 1"),
    ("sql-runs-program", "COPY a TO PROGRAM 'x'", "COPY a TO 'program'"),
]

SHELL = [
    ("shell-unguarded-removal", 'rm -rf "$A/"', 'rm -rf "$A/build"'),
    ("shell-unguarded-removal", "rm -fr $A/*", "rm -fr ${A:?}/*"),
    ("shell-unguarded-removal", 'rm -r "${A}"/etc', 'set -eu\nrm -r "${A}"/etc'),
    ("shell-world-writable", "chmod 0666 a", "chmod 0664 a"),
    ("shell-secret-argument", "mysql -psecret1", "mysql -p"),
    ("shell-secret-argument", "sshpass -p x ssh h", "sshpass -f file ssh h"),
    ("shell-secret-argument", "docker login -p $T r.io", "docker run -p 80:80 r.io"),
    ("pip-install-from-url", "pip3 install http://h.io/a.zip", "pip3 install a==1 -i https://h.io/simple"),
    ("pip-install-from-url", "python -m pip install git+https://h.io/a", "python -m pip install git+https://h.io/a@v1.2"),
    ("shell-predictable-temporary-file", "ls > /tmp/a", "ls < /tmp/a"),
]  # fmt: skip


def in_python(code: str) -> set[str]:
    parsed = ast.parse(HEAD + textwrap.dedent(code))
    return {rule for rule, _ in tree.find(syntax.read(parsed))}


@pytest.mark.parametrize(("rule", "weak", "safe"), PYTHON)
def test_python_that_is_weak_is_told_from_python_that_is_not(rule: str, weak: str, safe: str) -> None:
    assert rule in in_python(weak)
    assert rule not in in_python(safe)


@pytest.mark.parametrize(("rule", "weak", "safe"), SQL)
def test_sql_that_is_weak_is_told_from_sql_that_is_not(rule: str, weak: str, safe: str) -> None:
    assert rule in {seen[0] for seen in sql_files.find(weak)}
    assert rule not in {seen[0] for seen in sql_files.find(safe)}


@pytest.mark.parametrize(("rule", "weak", "safe"), SHELL)
def test_commands_that_are_weak_are_told_from_commands_that_are_not(rule: str, weak: str, safe: str) -> None:
    assert rule in {seen.rule for seen in shell.find(weak)}
    assert rule not in {seen.rule for seen in shell.find(safe)}


def test_names_that_go_in_circles_and_sums_of_thousands_end() -> None:
    assert "sql-built-by-hand" not in in_python("def f(c):\n    a = b\n    b = a\n    c.execute(f'SELECT 1' + '2')")
    in_python("def f(c, x):\n    c.execute(" + " + ".join(["'a'", "x"] * 300) + ")")
    in_python("def f(c, x):\n    q = 'a'\n" + "    q = q + x + q\n" * 40 + "    c.execute(q)")
