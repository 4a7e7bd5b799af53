"""The tables of the history, as migrations.

A *version* is what a finding looked like on one branch from one assessment to another; ``last_seq`` is NULL while it
still does. What stays through a shift of lines is its *text*, stored once by digest. So an older assessment reads back
exactly, and one that changes little costs little. A *sequence* (coverage, components, lineage) is a list of *pieces*,
stored once by digest too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x50495053  # "PIPS"
SCHEMA_VERSION = 1

_FIRST = """
CREATE TABLE project(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE branch(
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES project, name TEXT NOT NULL,
  UNIQUE(project_id, name)) STRICT;
CREATE TABLE assessment(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, branch_id INTEGER NOT NULL REFERENCES branch,
  seq INTEGER, state TEXT NOT NULL CHECK(state IN ('running', 'complete', 'incomplete', 'interrupted')),
  started_at TEXT NOT NULL, finished_at TEXT, head BLOB NOT NULL, findings INTEGER, renames BLOB,
  coverage BLOB, components BLOB, nodes BLOB, edges BLOB,
  host TEXT, boot TEXT, pid INTEGER, pid_started TEXT, spool TEXT,
  UNIQUE(branch_id, seq), CHECK((seq IS NULL) = (state IN ('running', 'interrupted')))) STRICT;
CREATE TABLE finding(
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES project, uid TEXT NOT NULL, first_seen TEXT NOT NULL,
  UNIQUE(project_id, uid)) STRICT;
CREATE TABLE text(
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;
CREATE TABLE version(
  id INTEGER PRIMARY KEY, branch_id INTEGER NOT NULL REFERENCES branch,
  finding_id INTEGER NOT NULL REFERENCES finding, text_id INTEGER NOT NULL REFERENCES text,
  first_seq INTEGER NOT NULL, last_seq INTEGER, began TEXT NOT NULL, ended TEXT, ended_reason TEXT,
  match_pass INTEGER, doubt TEXT, severity INTEGER NOT NULL, status TEXT NOT NULL, priority REAL,
  area TEXT NOT NULL, rule TEXT NOT NULL, path TEXT, line INTEGER, not_assessed TEXT, body BLOB NOT NULL,
  CHECK((last_seq IS NULL) = (ended IS NULL)), CHECK(last_seq IS NULL OR last_seq >= first_seq)) STRICT;
CREATE INDEX version_first ON version(branch_id, first_seq);
CREATE INDEX version_last ON version(branch_id, last_seq);
CREATE INDEX version_finding ON version(finding_id);
CREATE INDEX version_text ON version(text_id);
CREATE INDEX version_gap ON version(branch_id) WHERE not_assessed IS NOT NULL;
CREATE TABLE piece(
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;
CREATE TABLE triage(
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES project, assessment_id INTEGER REFERENCES assessment
  ON DELETE SET NULL, digest BLOB NOT NULL, finding TEXT, check_id TEXT, asset TEXT, state TEXT NOT NULL,
  reason TEXT NOT NULL, until TEXT, actor TEXT, at TEXT, recorded_at TEXT NOT NULL, body BLOB NOT NULL,
  UNIQUE(project_id, digest)) STRICT;
"""


def migrations() -> Migrations:
    """All migrations, in order. Each raises ``user_version`` to its own number."""
    from sqlite_utils import Migrations

    steps = Migrations("pipesec")

    @steps()
    def m001_first(db: Database) -> None:
        for statement in _FIRST.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute("PRAGMA user_version = 1")

    return steps
