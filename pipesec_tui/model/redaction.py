"""Taking secrets out of text before it is stored, shown or digested."""

from __future__ import annotations

import math
import re
from collections import Counter

MASK = "[redacted]"

_WORD = (
    r"(?:passw(?:or)?d|pwd|secret|token|(?:api|access|private|auth|account|signing|encryption)[_\-]?key|credential"
    r"|passphrase)"
)
# The look behind keeps a long run of such characters from being read once for each of them.
_NAME = rf"(?<![\w.\-])[\w.\-]*{_WORD}[\w.\-]*"
_ASSIGNED = re.compile(
    rf"(?i)(?P<head>[\"']?{_NAME}[\"']?\]?\s*(?::\s*\w+\s*)?(?:=>|:=|==(?=\s*[rbuf]?[\"'])|=(?!=)|:)\s*)"
    r"(?P<value>[rbuf]?\"(?:[^\"\\\n]|\\.)*\"|[rbuf]?'(?:[^'\\\n]|\\.)*'|[^\s,;)}\]]+)"
)
# ENV DB_PASSWORD x, --password x, "password", "x", <password>x<, Bearer x, -u user:x
_HANDED = re.compile(
    rf"(?i)(?P<head>\b(?:ENV|ARG)\s+{_NAME}\s+|(?<!\S)(?=-){_NAME}\s+|[\"']{_NAME}[\"']\s*,\s*[\"']|<{_NAME}>"
    r"|\b(?:Bearer|Basic)\s+|(?<!\S)-u\s+[^\s:]{1,60}:)[^\s\"'<>]+"
)
_SPEAKS_OF_SECRETS = re.compile(rf"(?i){_WORD}")
_LITERAL = re.compile(r"(?P<quote>[\"'])(?P<body>[^\"'\\\s]{6,})(?P=quote)")
_KNOWN = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bglpat-[A-Za-z0-9_\-]{16,}"
    r"|\bxox[abposr]-[A-Za-z0-9\-]{8,}"
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|\bAIza[0-9A-Za-z_\-]{30,}"
    r"|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"
)
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-zA-Z][\w+.\-]{1,20}://[^\s/:@\"']{0,100}:)[^\s/@\"']{1,200}(?=@)")
_PEM = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?")
_RUN = re.compile(r"[A-Za-z0-9+/=_\-]{20,}")
_WORDS = re.compile(r"(?:[a-z]{1,19}\d{0,2}[-_/])+[a-z]{1,19}\d{0,2}")
"""Names of packages and paths (``opentelemetry-instrumentation-urllib3``), which are long and varied but no keys."""
_PLAIN_CALL = re.compile(r"[A-Za-z_][\w.]*[\(\[]")


def redact(text: str, *secrets: str) -> str:
    """``text`` with what looks like a secret replaced by ``[redacted]``, and every one of ``secrets`` too.

    Masked are: values assigned or handed to names that speak of credentials, literals of letters and digits on a line
    that does, tokens of known shape, passwords in URLs, private keys in PEM, and runs of 20 or more characters whose
    entropy is that of a key. Code behind an equals sign (``token = os.environ[…]``) stays.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    text = _PEM.sub(rf"\1{MASK}", text)
    text = _URL_PASSWORD.sub(rf"\g<head>{MASK}", text)
    text = _KNOWN.sub(MASK, text)
    text = _ASSIGNED.sub(_mask_value, text)
    text = _HANDED.sub(rf"\g<head>{MASK}", text)
    if _SPEAKS_OF_SECRETS.search(text):
        text = "".join(
            _LITERAL.sub(_mask_literal, line) if _SPEAKS_OF_SECRETS.search(line) else line
            for line in text.splitlines(keepends=True)
        )
    return _RUN.sub(_mask_run, text)


def _mask_value(match: re.Match[str]) -> str:
    value = match["value"]
    if _PLAIN_CALL.match(value) and value[0] not in "\"'":
        return match[0]
    quote = value[-1] if value[-1] in "\"'" else ""
    return f"{match['head']}{quote}{MASK}{quote}"


def _mask_literal(match: re.Match[str]) -> str:
    body = match["body"]
    mixed = any(c.isdigit() for c in body) and any(c.isalpha() for c in body)
    return f"{match['quote']}{MASK}{match['quote']}" if mixed else match[0]


def _mask_run(match: re.Match[str]) -> str:
    run = match[0]
    if _WORDS.fullmatch(run):
        return run
    mixed = any(c.isdigit() for c in run) and any(c.isalpha() for c in run)
    return MASK if mixed and entropy(run) > 3.5 else run


def entropy(text: str) -> float:
    """Shannon entropy of a text's characters, in bits a character."""
    if not text:
        return 0.0
    length = len(text)
    return -sum(n / length * math.log2(n / length) for n in Counter(text).values())
