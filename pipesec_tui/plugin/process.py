"""The surroundings of a child process that runs a plugin's code: nothing of the caller's Python settings, no way to
find modules or programs in the working directory."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping

_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT")
_NETWORK = (
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours; ``-P`` keeps the working directory out of the module path."""
    return [sys.executable, "-P", "-X", "utf8", "-m", module, *arguments]


def clean_environment(directory: str, *, network: bool = False) -> Mapping[str, str]:
    """Environment variables for a child whose home and temporary directory is ``directory``."""
    kept = {name: os.environ[name] for name in (*_KEPT, *(_NETWORK if network else ())) if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("PIPESEC_")}
    kept.setdefault("LANG", "C.UTF-8")
    scripts = sysconfig.get_path("scripts")
    return kept | {
        "PATH": os.pathsep.join([scripts, "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": directory,
        "TMPDIR": directory,
        "XDG_CONFIG_HOME": directory,
        "XDG_CACHE_HOME": directory,
    }
