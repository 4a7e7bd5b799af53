"""Splits comments into tokens and numbers them by a vocabulary that is kept between runs."""

import csv
import json
import logging
import os
import pickle
import re
import sys

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=tokenize %(message)s")
log = logging.getLogger("tokenize")

VOCABULARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cache", "vocabulary.pkl")
WORD = re.compile(r"[a-z0-9']+")


def load_vocabulary(path):
    if not os.path.exists(path):
        return {}
    with open(path, "rb") as handle:
        return pickle.load(handle)


def number(tokens, vocabulary):
    return [vocabulary.setdefault(token, len(vocabulary)) for token in tokens]


def main():
    source_path, target_path = sys.argv[1:3]
    vocabulary = load_vocabulary(VOCABULARY)
    known = len(vocabulary)
    with open(source_path, newline="") as source, open(target_path, "w") as target:
        for row in csv.DictReader(source):
            tokens = WORD.findall(row["comment"].lower())
            record = {"id": row["id"], "tokens": tokens, "ids": number(tokens, vocabulary)}
            target.write(json.dumps(record) + "\n")
    log.info("%d tokens, %d of them new", len(vocabulary), len(vocabulary) - known)


if __name__ == "__main__":
    main()
