"""Cleans raw feedback: holds it against the schema, drops markup, turns ratings into scores.

What the schema refuses goes to rejects.jsonl beside the output, with the reason; too many of them raise an alert.
"""

import csv
import hashlib
import hmac
import json
import logging
import os
import re
import sys

from contract import load_schema, violations

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=clean %(message)s")
log = logging.getLogger("clean")

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ["id", "customer", "product", "score", "comment", "created_at"]
TAG = re.compile(r"<[^<>]{0,200}>")
ALERT_SHARE = 0.2


def pseudonym(email, key):
    return hmac.new(key, email.lower().encode(), hashlib.sha256).hexdigest()


def score(rating):
    """'4/5' is 0.8, and so is a bare 4."""
    return int(rating.removesuffix("/5")) / 5


def clean(row, key):
    return {
        "id": row["id"],
        "customer": pseudonym(row["customer_email"], key),
        "product": row["product"],
        "score": round(score(row["rating"]), 2),
        "comment": TAG.sub("", row["comment"]).strip(),
        "created_at": row["created_at"],
    }


def main():
    source_path, target_path = sys.argv[1:3]
    key = os.environ.get("PSEUDONYM_KEY", "").encode()
    if not key:
        log.info("PSEUDONYM_KEY is not set: good enough for samples, not for customers")
    schema = load_schema(os.path.join(HERE, "schemas", "feedback.schema.json"))
    rejects_path = os.path.join(os.path.dirname(target_path) or ".", "rejects.jsonl")
    kept = refused = 0
    with (
        open(source_path, newline="", encoding="utf-8") as source,
        open(target_path, "w", newline="", encoding="utf-8") as target,
        open(rejects_path, "w", encoding="utf-8") as rejects,
    ):
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        for row in csv.DictReader(source):
            problems = violations(row, schema)
            if problems:
                refused += 1
                rejects.write(json.dumps({"record": row, "because": problems}, default=str) + "\n")
                log.warning("refused a record: %s", problems[0])
                continue
            writer.writerow(clean(row, key))
            kept += 1
    if refused > ALERT_SHARE * (kept + refused):
        log.error("refused %d of %d records", refused, kept + refused)
    log.info("kept %d records, refused %d", kept, refused)


if __name__ == "__main__":
    main()
