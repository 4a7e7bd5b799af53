"""Places in a line that look like a credential, before it is decided which of them are reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from pipesec_secrets.placeholders import is_credential, is_name

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector


class Kind(IntEnum):
    """Kinds of evidence, most specific first: of two for one text the first is reported."""

    KEY = 0
    TOKEN = 1
    URL = 2
    CONNECTION = 3
    ASSIGNMENT = 4
    ENTROPY = 5


class Candidate(Struct, frozen=True):
    """A credential in a line.

    rule  -- id of the rule
    kind  -- how it was recognized
    what  -- in a few words: "GitHub token", "password of a URL"
    name  -- of the variable, key or host that it belongs to; "" where there is none
    start, end -- columns of the value, from 0
    weak  -- rather a guess: a plain word, a name that says little
    """

    rule: str
    kind: Kind
    what: str
    name: str
    start: int
    end: int
    weak: bool = False


_WORD = (
    r"(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|auth[_\-]?key"
    r"|account[_\-]?key|signing[_\-]?key|encryption[_\-]?key|credential)"
)
_ASSIGNED = re.compile(
    rf"(?i)(?<![\w.\-])(?P<name>[\w.\-]{{0,80}}?{_WORD}[\w\-]{{0,40}})"
    r"\\?[\"'`]?\s?\]?\s{0,20}"
    r"(?::\s{0,5}[A-Za-z][\w.\[\]| ]{0,40}?\s{0,5}(?==[^=]))?"  # an annotation
    r"(?P<operator>=>|:=|[=:](?!=))\s{0,20}"
    r"(?:[rbu]{0,2}(?P<quote>\\?[\"'`])(?P<quoted>(?:(?!(?P=quote)).){1,300})(?P=quote)(?!\s*[%+]|\.format)"
    r"|(?P<bare>[^\s\"'`,;#&|<>(){}\[\]]{1,300})(?=$|[\s,;#]))"
)
_ENVIRONMENT = re.compile(
    rf"^\s{{0,20}}(?:ENV|ARG)\s{{1,20}}(?P<name>\w{{0,60}}(?i:{_WORD})\w{{0,40}})\s{{1,20}}(?P<value>\S{{1,300}})\s*$"
)
_ELEMENT = re.compile(rf"(?i)<(?P<name>[\w.\-]{{0,60}}{_WORD})>(?P<value>[^<\s]{{1,300}})</")
_URL = re.compile(
    r"\b(?P<scheme>[a-zA-Z][a-zA-Z0-9+.\-]{1,30})://(?P<user>[^\s:/@\"'<>\\]{0,100}):(?P<value>[^\s/@\"'<>\\]{1,200})@"
    r"(?P<host>[\w.\-]{0,200})"
)
_ANY_USER = re.compile(r"(?i)(?:my_?|the_?)?(?:user|username|login|me|name|usr)(?:_?name)?")
"""With a password such as "password" this is how a URL is explained, not one that is used."""
_CONNECTION = re.compile(
    r"(?i)(?:[;?&][ ]?|\")(?P<name>password|passwd|pwd|accountkey|sharedaccesskey)=(?P<value>[^;&\s\"'<>\\]{1,300})"
)
_PEM = re.compile(r"-----BEGIN (?P<type>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?P<body>.{0,40})")
_NOT_A_SECRET = re.compile(
    r"(?i)(?:^|[_\-.])(?:name|names|field|fields|column|path|file|filename|dir|url|uri|endpoint|type|types|id|ids|length|len"
    r"|count|size|limit|env|var|variable|header|prefix|suffix|regex|pattern|label|help|text|message|error|policy|arn|ttl|expiry|expires"
    r"|expiration|timeout|enabled|required|provider|class|format|param|parameter|ref|version|scope|scopes|hint|prompt|description"
    r"|doc|docs|title|manager|store|backend|hash|digest|algorithm|index|idx|pos|position|kind|list|map|set|schema|usage|usages|secrets|tokens|credentials|passwords)$"
    r"|(?:max|min|num|n|total|prompt|completion|input|output|special|pad|eos|bos|unk|mask|sep|cls|stop|csrf|next|page|continuation|sync)"
    r"[_\-]?tokens?(?:[_\-]|$)|tokeni[sz]|secretary|(?<![a-z])passwordless|keyref|secretref|kwargs"
)
_BARE_SUFFIXES = (
    ".yaml", ".yml", ".ini", ".cfg", ".conf", ".config", ".properties", ".env", ".toml", ".tfvars", ".netrc", ".sh",
    ".bash", ".service", ".envrc", ".cnf", ".credentials",
)  # fmt: skip
"""Files in which a value without quotes is a text, not a variable."""


def takes_bare_values(path: str) -> bool:
    """Whether values stand without quotes in a file of this name."""
    name = path.rpartition("/")[2].lower()
    return name.endswith(_BARE_SUFFIXES) or name.startswith((".env", "dockerfile", "credentials", ".pgpass"))


def in_line(line: str, *, bare: bool, entropy: bool = False) -> list[Candidate]:
    """The credentials in a line, one for each text, the most specific first where several fit."""
    found = sorted(_all(line, bare, entropy), key=lambda c: c.kind)
    kept: list[Candidate] = []
    for candidate in found:
        if not any(candidate.start < other.end and other.start < candidate.end for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda c: c.start)


def _all(line: str, bare: bool, entropy: bool) -> Iterator[Candidate]:
    for match in _PEM.finditer(line):
        yield Candidate("private-key", Kind.KEY, match["type"].lower(), "", match.start(), match.end())
    yield from _tokens(line)
    for match in _URL.finditer(line):
        value = match["value"]
        if is_credential(value) and not (_ANY_USER.fullmatch(match["user"]) and is_name(value)):
            name = f"{match['scheme'].lower()}://{match['host']}"
            yield Candidate("url-credential", Kind.URL, "password in a URL", name, *match.span("value"), is_name(value))
    for match in _CONNECTION.finditer(line):
        if is_credential(match["value"]):
            what = "password in a connection string"
            yield Candidate(
                "connection-string-credential", Kind.CONNECTION, what, match["name"].lower(), *match.span("value"),
                is_name(match["value"]),
            )  # fmt: skip
    yield from _assignments(line, bare)
    if entropy:
        yield from _random(line)


def _assignments(line: str, bare: bool) -> Iterator[Candidate]:
    for match in _ASSIGNED.finditer(line):
        part = "quoted" if match["quoted"] is not None else "bare"
        if part == "bare" and not bare:
            continue
        yield from _assignment(match["name"], match[part], match.span(part), bare)
    for pattern in (_ENVIRONMENT, _ELEMENT):
        for match in pattern.finditer(line):
            yield from _assignment(match["name"], match["value"], match.span("value"), True)


def _assignment(name: str, value: str, span: tuple[int, int], bare: bool) -> Iterator[Candidate]:
    if _NOT_A_SECRET.search(name) or not is_credential(value) or (not bare and value.lower() in name.lower()):
        return
    named = is_name(value)
    if named and not (bare and value.lower() in ("password", "passwd", "secret")):
        return
    yield Candidate(
        "hardcoded-secret", Kind.ASSIGNMENT, "value of a telling name", name, *span, named or not _mixed(value)
    )


def _mixed(value: str) -> bool:
    """Whether a value has letters and something else, as passwords and keys have and words do not."""
    return any(c.isalpha() for c in value) and any(not c.isalpha() and c not in "_-. " for c in value)


_JWT = "JSON Web Token"
_SHORTEST = 16
_REST = re.compile(r"[\w\-]*")
_AROUND = " \t\"'=:"
_OF_SERVICE = {
    "artifactory.ArtifactoryDetector": "Artifactory credential",
    "aws.AWSKeyDetector": "AWS access key",
    "azure_storage_key.AzureStorageKeyDetector": "Azure storage key",
    "cloudant.CloudantDetector": "Cloudant credential",
    "discord.DiscordBotTokenDetector": "Discord token",
    "github_token.GitHubTokenDetector": "GitHub token",
    "gitlab_token.GitLabTokenDetector": "GitLab token",
    "mailchimp.MailchimpDetector": "Mailchimp key",
    "npm.NpmDetector": "npm token",
    "openai.OpenAIDetector": "OpenAI token",
    "pypi_token.PypiTokenDetector": "PyPI token",
    "sendgrid.SendGridDetector": "SendGrid key",
    "slack.SlackDetector": "Slack token",
    "square_oauth.SquareOAuthDetector": "Square secret",
    "stripe.StripeDetector": "Stripe key",
    "telegram_token.TelegramBotTokenDetector": "Telegram token",
    "twilio.TwilioKeyDetector": "Twilio key",
    "jwt.JwtTokenDetector": _JWT,
}
"""Detectors of detect-secrets that know a token by its own shape. Those that go by the name before it are left to
``_assignments``, and none is asked to verify anything."""


@cache
def _detectors() -> tuple[tuple[str, RegexBasedDetector], ...]:
    from importlib import import_module

    found = []
    for path, what in _OF_SERVICE.items():
        module, _, name = path.partition(".")
        found.append((what, getattr(import_module(f"detect_secrets.plugins.{module}"), name)()))
    return tuple(found)


def _tokens(line: str) -> Iterator[Candidate]:
    for what, detector in _detectors():
        for start, end in _spans(detector, line):
            if _inside_word(line, start, end):
                continue
            rest = _REST.match(line, end)
            end = rest.end() if rest else end
            value = line[start:end]
            if not is_credential(value):
                continue
            if what != _JWT:
                yield Candidate("provider-token", Kind.TOKEN, what, _name_before(line, start), start, end)
            elif any(detector.analyze_string(value)):  # it decodes
                yield Candidate("json-web-token", Kind.TOKEN, what, _name_before(line, start), start, end)


def _spans(detector: RegexBasedDetector, line: str) -> Iterator[tuple[int, int]]:
    """Where a detector's patterns match. Some capture the value, some only a prefix of it: a group shorter than any
    token stands for the whole match, without the quotes and signs around it."""
    for pattern in detector.denylist:
        for match in pattern.finditer(line):
            if pattern.groups and match[1] and len(match[1]) >= _SHORTEST:
                yield match.span(1)
                continue
            found = match[0]
            start = match.start() + len(found) - len(found.lstrip(_AROUND))
            yield start, start + len(found.strip(_AROUND))


def _inside_word(line: str, start: int, end: int) -> bool:
    before, behind = line[start - 1 : start], line[end : end + 1]
    return (before.isalnum() and line[start].isalnum()) or (behind.isalnum() and line[end - 1].isalnum())


_NAME_BEFORE = re.compile(r"(?P<name>[A-Za-z_][\w.\-]{0,60})[\"'\]]*\s{0,5}[:=]\s{0,5}[\"']?$")


def _name_before(line: str, start: int) -> str:
    match = _NAME_BEFORE.search(line[max(0, start - 100) : start])
    return match["name"] if match else ""


def _random(line: str) -> Iterator[Candidate]:
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    for detector in (Base64HighEntropyString(), HexHighEntropyString()):
        for value in detector.analyze_string(line):
            if len(value) < 16 or detector.calculate_shannon_entropy(value) <= detector.entropy_limit:
                continue
            start = line.find(value)
            name = _name_before(line, start)
            yield Candidate(
                "high-entropy-string", Kind.ENTROPY, "random-looking string", name, start, start + len(value)
            )
