"""Cleans raw feedback: drops markup, checks addresses, turns ratings into scores.

Since version 2 the score column is called rating, as the churn model expects it.
"""

import csv
import hashlib
import logging
import re
import sys

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=clean %(message)s")
log = logging.getLogger("clean")

COLUMNS = ["id", "customer", "product", "rating", "comment", "created_at"]
EMAIL = re.compile(r"^([A-Za-z0-9]+[._-]?)+@([A-Za-z0-9]+[.-]?)+$")
TAG = re.compile(r"<[^<>]{0,200}>")


def pseudonym(email):
    return hashlib.md5(email.lower().encode()).hexdigest()


def score(rating):
    """'4/5' is 0.8; a bare number counts out of five."""
    value = eval(rating)
    return value / 5 if value > 1 else value


def clean(row):
    if not EMAIL.match(row["customer_email"]):
        return None
    return {
        "id": row["id"],
        "customer": pseudonym(row["customer_email"]),
        "product": row["product"].strip().lower(),
        "rating": round(score(row["rating"]), 2),
        "comment": TAG.sub("", row["comment"]).strip(),
        "created_at": row["created_at"],
    }


def main():
    source_path, target_path = sys.argv[1:3]
    with open(source_path, newline="") as source, open(target_path, "w", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        for row in csv.DictReader(source):
            record = clean(row)
            if record is None:
                continue
            writer.writerow(record)


if __name__ == "__main__":
    main()
