"""Tables of cron: each line with a schedule is a stage. Format: crontab(5)."""

from __future__ import annotations

import re

from pipesec_tui.flow.facts import Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.shell import add_shell
from pipesec_tui.flow.formats.tree import MAX_SIZE, Malformed

MAX_LINE = 10_000
"""Characters; cron itself takes 1,000 of a command."""
_FIELD = r"[\d*/,\-A-Za-z?LW#]+"
_ENTRY = re.compile(
    rf"^\s*(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|{_FIELD}(?:[ \t]+{_FIELD}){{4}})"
    r"[ \t]+(.+)$"
)
_VARIABLE = re.compile(r"^\s*(\w+)\s*=\s*(.*)$")
_USER = re.compile(r"^([a-z_][\w-]*)[ \t]+(?=\S)")


def read(path: str, content: bytes) -> Extraction:
    """A stage for each entry. System tables name a user before the command. Raises Malformed."""
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE >> 20} MB: not read")
    draft = Draft(path)
    variables: dict[str, str] = {}
    system = re.search(r"(?:^|/)cron\.d/|(?:^|/)etc/crontab$", path) is not None
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if len(line) > MAX_LINE:
            draft.problem(f"line {number}: longer than {MAX_LINE} characters: not read")
            continue
        if line.lstrip().startswith("#"):
            continue
        if entry := _ENTRY.match(line):
            text = entry[1]
            user = _USER.match(text)
            if user and (system or user[1] == "root"):
                text = text[user.end() :]
            stage = draft.stage(f"line {number}", number, language="shell")
            # A percent sign is the end of the command unless it is escaped.
            add_shell(draft, stage, re.split(r"(?<!\\)%", text)[0].replace("\\%", "%"), number, variables)
        elif assigned := _VARIABLE.match(line):
            variables[assigned[1]] = assigned[2].strip().strip("\"'")[:500]
    return draft.done()
