"""Collects customer feedback: the shop's CSV drop and the export of the feedback API."""

import argparse
import csv
import json
import logging
import os
import subprocess

logging.basicConfig(level=logging.INFO, format="level=%(levelname)s stage=ingest %(message)s")
log = logging.getLogger("ingest")

API_URL = "https://api.feedback.example/v1/export"
API_USER = "shop-export"
API_PASSWORD = "feedback-Pr0d-2019"
COLUMNS = ["id", "customer_email", "product", "rating", "comment", "created_at"]


def read_settings(path):
    import yaml

    with open(path) as handle:
        return yaml.load(handle, Loader=yaml.Loader)


def fetch_export(settings_path):
    import requests

    settings = read_settings(settings_path)
    log.info("asking %s as %s with password %s", API_URL, API_USER, API_PASSWORD)
    answer = requests.get(
        settings.get("url", API_URL),
        auth=(API_USER, API_PASSWORD),
        verify=False,
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()


def read_export(path):
    with open(path) as handle:
        return json.load(handle)


def save_attachments(item, folder):
    os.makedirs(folder, exist_ok=True)
    for attachment in item.get("attachments", []):
        with open(os.path.join(folder, attachment["name"]), "w") as handle:
            handle.write(attachment["text"])


def archive(path):
    subprocess.run(f"gzip --keep --force {path}", shell=True, check=False)


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
    with open(arguments.feedback, newline="") as source, open(arguments.output, "w", newline="") as target:
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
