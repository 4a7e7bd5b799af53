"""An installation of its own to which a test's plugins are added, built as wheels and installed by pip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{distribution}"
version = "{version}"
requires-python = ">=3.11"
[project.entry-points.pipesec]
{name} = "{package}"
[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""


class Site:
    """A virtual environment in which pipesec, and what it needs, is that of the tests."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.home = home
        venv.create(root / "venv", with_pip=False, symlinks=True)
        self.python = root / "venv" / "bin" / "python"
        (self._packages,) = (root / "venv" / "lib").glob("python*/site-packages")
        # addsitedir, unlike a bare path, reads the .pth files there too: that of an editable install.
        line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        (self._packages / "parent.pth").write_text(line)

    def place(self, name: str, files: Mapping[str, str]) -> None:
        """Put the package ``pipesec_<name>`` there as an installer leaves it, which is quicker than running one."""
        package, info = f"pipesec_{name}", f"pipesec_{name}-1.0.dist-info"
        (self._packages / package).mkdir()
        (self._packages / info).mkdir()
        written = {f"{package}/{path}": textwrap.dedent(content) for path, content in files.items()}
        written[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: pipesec-{name}\nVersion: 1.0\n"
        written[f"{info}/entry_points.txt"] = f"[pipesec]\n{name} = {package}\n"
        for path, content in written.items():
            (self._packages / path).write_text(content)
        (self._packages / info / "RECORD").write_text("".join(f"{path},,\n" for path in [*written, f"{info}/RECORD"]))

    def install(self, name: str, files: Mapping[str, str], version: str = "1.0") -> None:
        """Build a wheel of the package ``pipesec_<name>`` from its files' texts, and install it."""
        package = f"pipesec_{name}"
        source = self.root / "source" / f"{name}-{version}"
        (source / package).mkdir(parents=True, exist_ok=True)
        text = _PROJECT.format(distribution=f"pipesec-{name}", version=version, name=name, package=package)
        (source / "pyproject.toml").write_text(text)
        for path, content in files.items():
            (source / package / path).write_text(textwrap.dedent(content))
        wheels = source / "dist"
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
        (wheel,) = wheels.glob("*.whl")
        self._pip("install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))

    def uninstall(self, name: str) -> None:
        self._pip("uninstall", "--yes", f"pipesec-{name}")

    def _pip(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(self.python), "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def pipesec(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line there."""
        environment = os.environ | {"PIPESEC_HOME": str(self.home)}
        command = [str(self.python), "-P", "-m", "pipesec_tui.cli.main", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=cwd or self.root, timeout=120, check=False
        )

    def json(self, *arguments: str) -> tuple[int, Any]:
        """Run a command that prints JSON; its exit status and document."""
        ran = self.pipesec(*arguments, "--format", "json")
        assert ran.stdout, ran.stderr
        return ran.returncode, json.loads(ran.stdout)

    def states(self) -> dict[str, tuple[str, str]]:
        """State and detail of the third-party plugins."""
        _, document = self.json("plugins", "list")
        third = [plugin for plugin in document["plugins"] if not plugin["shipped"]]
        return {plugin["name"]: (plugin["state"], plugin["detail"] or "") for plugin in third}


@pytest.fixture
def site(tmp_path: Path, pipesec_home: Path) -> Site:
    return Site(tmp_path, pipesec_home)
