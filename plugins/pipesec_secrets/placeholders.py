"""Whether a value is a credential at all, or stands for one that comes from elsewhere."""

from __future__ import annotations

import re

_TEMPLATED = re.compile(
    r"[<{\[(][^>})\]]*[>})\]]"  # <password>, {password}, [password], (secret)
    r"|\$\w|\$\{|\$\(|%\(|%s|%[A-Z_]+%|\{\{|\}\}|<%|__\w+__$|@\w+@$",
)
_STAND_IN = re.compile(
    r"(?i)(?:x{3,}|\*{2,}|\.{2,}|-{3,}|_{3,}|#{3,}|\?{2,}|…+)$"
    r"|.*(?:example|placeholder|redacted|your[_\- ]?|my[_\-]?(?:password|secret|token|key)"
    r"|insert[_\- ]|replace[_\- ]?(?:me|with|this)"
    r"|change[_\- ]?this|(?:^|[_\-])(?:here|todo|tbd|fixme|dummy|fake|sample|mock)(?:$|[_\-]))"
    r"|(?:none|null|nil|true|false|undefined|unset|empty|optional|required|string|str|bytes|int|any|todo|tbd|n/a|-|~)$"
)
_REFERENCE = re.compile(
    r"(?i)(?:arn:|vault:|op://|ssm:|secretsmanager|projects/|keyvault|kv/|awssm|gcpsm|env[.:(\[]|enc[\[(:]|secret://|file:"
    r"|data\.|var\.|local\.|module\.|secrets?\.|self\.|config\.|settings\.|os\.|process\.env|https?://|[./~]{1,2}/|/|s3://|gs://)"
)
_CREDENTIAL_WORD = re.compile(
    r"(?i)passw(?:or)?d|passphrase|pwd|secret|token|api[_\-]?key|key|credential|auth|bearer|pass"
)
_WORDS = re.compile(r"[A-Za-z][A-Za-z_.\- /]*")


def is_credential(value: str) -> bool:
    """Whether a value is written out: not empty, not a template, a reference to elsewhere or a plain stand-in.
    A default such as ``changeme`` is a credential: it works until somebody changes it."""
    value = value.strip()
    if len(value) < 4 or any(c.isspace() for c in value) or len(set(value)) < 3:
        return False
    return not (_TEMPLATED.search(value) or _STAND_IN.match(value) or _REFERENCE.match(value))


def is_name(value: str) -> bool:
    """Whether a value rather names a credential (``access_token``, ``user.password``) than being one."""
    return bool(_WORDS.fullmatch(value) and _CREDENTIAL_WORD.search(value))
