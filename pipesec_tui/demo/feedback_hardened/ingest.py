"""Collects customer feedback: the shop's CSV drop and the export of the feedback API."""

import argparse
import csv
import gzip
import json
import logging
import os
import shutil

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=ingest %(message)s")
log = logging.getLogger("ingest")

API_URL = "https://api.feedback.example/v1/export"
COLUMNS = ["id", "customer_email", "product", "rating", "comment", "created_at"]
MAX_ATTACHMENT = 100_000


def read_settings(path):
    import yaml

    with open(path, encoding="utf-8") as handle:
        return yaml.safe_load(handle)


def fetch_export(settings_path):
    import requests

    settings = read_settings(settings_path)
    user = settings["user"]
    log.info("asking %s as %s", API_URL, user)
    answer = requests.get(API_URL, auth=(user, os.environ["FEEDBACK_PASSWORD"]), timeout=30)
    answer.raise_for_status()
    return answer.json()


def read_export(path):
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


def save_attachments(item, folder):
    """Attachments are kept under a name of ours: what the sender calls them decides nothing."""
    os.makedirs(folder, exist_ok=True)
    for number, attachment in enumerate(item.get("attachments", [])):
        name = f"{int(item['id'])}-{number}.txt"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
            handle.write(attachment["text"][:MAX_ATTACHMENT])


def archive(path):
    with open(path, "rb") as source, gzip.open(f"{path}.gz", "wb") as target:
        shutil.copyfileobj(source, target)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feedback", help="CSV from the shop")
    parser.add_argument("export", help="saved API export")
    parser.add_argument("output", help="CSV of raw records")
    parser.add_argument("--fetch", metavar="SETTINGS", help="ask the API instead of reading the saved export")
    arguments = parser.parse_args()

    export = fetch_export(arguments.fetch) if arguments.fetch else read_export(arguments.export)
    folder = os.path.dirname(arguments.output) or "."
    os.makedirs(folder, exist_ok=True)
    count = 0
    with (
        open(arguments.feedback, newline="", encoding="utf-8") as source,
        open(arguments.output, "w", newline="", encoding="utf-8") as target,
    ):
        writer = csv.DictWriter(target, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for row in csv.DictReader(source):
            writer.writerow(row)
            count += 1
        for item in export["items"]:
            save_attachments(item, os.path.join(folder, "attachments"))
            writer.writerow(item)
            count += 1
    archive(arguments.output)
    log.info("%d records", count)


if __name__ == "__main__":
    main()
