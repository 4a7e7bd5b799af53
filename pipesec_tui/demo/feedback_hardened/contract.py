"""What a record of feedback must look like: the part of JSON Schema that schemas/feedback.schema.json uses."""

import json
import re


def load_schema(path):
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


def violations(record, schema):
    """Names every way in which a record of texts breaks the schema; the first field at fault comes first."""
    found = [f"{name} is missing" for name in schema["required"] if record.get(name) is None]
    found += [f"{name} is unknown" for name in record if name not in schema["properties"]]
    for name, rule in schema["properties"].items():
        value = record.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            found.append(f"{name} is no text")
        elif len(value) > rule.get("maxLength", len(value)):
            found.append(f"{name} is longer than {rule['maxLength']} characters")
        elif "enum" in rule and value not in rule["enum"]:
            found.append(f"{name} is none of {', '.join(rule['enum'])}")
        elif "pattern" in rule and not re.search(rule["pattern"], value):
            found.append(f"{name} does not have the right form")
    return found
