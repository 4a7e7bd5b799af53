"""Loads clean records and their tokens into the warehouse, and writes the weekly report on demand."""

import argparse
import csv
import json
import logging
import sqlite3

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=load %(message)s")
log = logging.getLogger("load")

REPORT = "<h1>Feedback</h1><ul>{% for row in rows %}<li>{{ row[0] }}: {{ row[1] }}</li>{% endfor %}</ul>"
TABLE = """
CREATE TABLE IF NOT EXISTS feedback (
    id TEXT, customer TEXT, product TEXT, score TEXT, comment TEXT, created_at TEXT, tokens TEXT
)
"""


def read_tokens(path):
    with open(path) as handle:
        records = (json.loads(line) for line in handle)
        return {record["id"]: record["tokens"] for record in records}


def store(database, row, tokens):
    database.execute("DELETE FROM feedback WHERE id = ?", (row["id"],))
    database.execute(
        f"INSERT INTO feedback VALUES ('{row['id']}', '{row['customer']}', '{row['product']}',"
        f" '{row['score']}', '{quote(row['comment'])}', '{row['created_at']}', '{quote(' '.join(tokens))}')"
    )


def quote(text):
    return text.replace("'", "''")


def weekly_report(database, path):
    from jinja2 import Environment

    rows = database.execute("SELECT product, comment FROM feedback ORDER BY product").fetchall()
    with open(path, "w") as handle:
        handle.write(Environment().from_string(REPORT).render(rows=rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clean", help="CSV of clean records")
    parser.add_argument("tokens", help="JSON lines of tokens")
    parser.add_argument("warehouse", help="SQLite database")
    parser.add_argument("--report", metavar="HTML", help="write the weekly report too")
    arguments = parser.parse_args()

    tokens = read_tokens(arguments.tokens)
    database = sqlite3.connect(arguments.warehouse)
    database.execute(TABLE)
    with open(arguments.clean, newline="") as source:
        for row in csv.DictReader(source):
            store(database, row, tokens.get(row["id"], []))
    database.commit()
    if arguments.report:
        weekly_report(database, arguments.report)
    log.info("%d records in the warehouse", database.execute("SELECT count(*) FROM feedback").fetchone()[0])
    database.close()


if __name__ == "__main__":
    main()
