"""What other languages leave open in SQL text: masked by names that a SQL parser takes, and put back as typed holes."""

from __future__ import annotations

import re

_JINJA_SILENT = re.compile(r"\{%(?:[^%{]|%(?!\})|\{(?!%))*%\}|\{#(?:[^#{]|#(?!\})|\{(?!#))*#\}")
"""None of the patterns here passes over an opening like its own: on many of them it would take quadratic time."""
_OPEN = re.compile(
    r"\{\{(?P<jinja>(?:[^{}]|\{(?!\{)|\}(?!\})){0,2000})\}\}"
    r"|\$\{(?P<shell>[^{}\n]{1,200})\}"
    r"|\{(?P<typed>(?:param|env|config|call|attr|time|expr):[^{}\n]{0,200})\}"
    r"|\{(?P<braces>[A-Za-z_0-9][^{}'\"\n]{0,200}|)\}"
    r"|%\((?P<percent>\w+)\)[sdfr]"
    r"|(?<![%\w])%(?P<format>[sd])(?!\w)"
    r"|(?<![:\w\]\)'\"$]):(?P<bind>'[A-Za-z_]\w*'|\"[A-Za-z_]\w*\"|[A-Za-z_]\w*)",
    re.DOTALL,
)
_CONFIGURED = re.compile(r"^\s*(?:var|conf|config)\s*(?:\(|\.)")
_ENV = re.compile(r"^\s*env_var\s*\(\s*['\"](\w+)")
_PARAM = re.compile(r"^\s*params\.(\w+)")
_TIME = re.compile(
    r"^\s*(?:ds|ds_nodash|ts|ts_nodash|execution_date|logical_date|data_interval_start|data_interval_end|prev_ds|next_ds"
    r"|macros\.ds_add)\b"
)
_ARGUMENT = re.compile(r"['\"]([\w.-]+)['\"]")
_MASK = re.compile(r"__h(\d+)__", re.IGNORECASE)


class Holes:
    """The holes of one text, in the order in which they stand."""

    def __init__(self) -> None:
        self._holes: list[str] = []

    def mask(self, text: str) -> str:
        """The text with every hole replaced by ``__h<N>__``. Lines stay where they are."""
        return _OPEN.sub(self._take, _JINJA_SILENT.sub(_blank, text))

    def restore(self, text: str) -> str:
        """The holes back in their places, as ``{kind:what}``."""
        return _MASK.sub(self._give, text)

    def _take(self, match: re.Match[str]) -> str:
        self._holes.append("{" + _typed(match) + "}")
        return f"__h{len(self._holes) - 1}__" + "\n" * match[0].count("\n")

    def _give(self, match: re.Match[str]) -> str:
        number = int(match[1]) if len(match[1]) < 9 else -1
        return self._holes[number] if 0 <= number < len(self._holes) else match[0]


def _blank(match: re.Match[str]) -> str:
    return " " + "\n" * match[0].count("\n")


def _typed(match: re.Match[str]) -> str:
    if (jinja := match["jinja"]) is not None:
        return _of_jinja(jinja)
    if (shell := match["shell"]) is not None:
        namespace, _, name = shell.rpartition(":")
        return f"{'config' if namespace in ('hiveconf', 'hivevar', 'system') else 'env'}:{_plain(name)}"
    if (typed := match["typed"]) is not None:
        return typed
    name = match["braces"] or match["percent"] or match["format"] or match["bind"] or ""
    name = name.strip("'\"")
    return f"param:{_plain(name)}" if re.fullmatch(r"\w*", name) else f"expr:{_plain(name)}"


def _of_jinja(expression: str) -> str:
    if env := _ENV.match(expression):
        return f"env:{env[1]}"
    if param := _PARAM.match(expression):
        return f"param:{param[1]}"
    if _TIME.match(expression):
        return f"time:{_plain(expression)}"
    if _CONFIGURED.match(expression):
        argument = _ARGUMENT.search(expression)
        return f"config:{argument[1] if argument else _plain(expression)}"
    return f"expr:{_plain(expression)}"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[{}]", "", text).split())[:80]
