"""Runs the stages in order: python run.py [OUTPUT_FOLDER]"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    out = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "out"))
    os.makedirs(out, exist_ok=True)
    raw, clean, tokens, warehouse = (
        os.path.join(out, name) for name in ("raw.csv", "clean.csv", "tokens.jsonl", "warehouse.db")
    )
    for command in (
        ["ingest.py", "data/feedback.csv", "data/api_export.json", raw],
        ["clean.py", raw, clean],
        ["tokenize_text.py", clean, tokens],
        ["load.py", clean, tokens, warehouse],
    ):
        subprocess.run([sys.executable, *command], cwd=HERE, check=True)


if __name__ == "__main__":
    main()
