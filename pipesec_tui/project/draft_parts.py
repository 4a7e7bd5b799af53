"""What of a pipeline can be read off a project's files without running anything: for `pipesec init`."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator

from msgspec import Struct

from pipesec_tui.model.files import FileEntry, Inventory
from pipesec_tui.project.bounded import read_bounded
from pipesec_tui.project.bounded_yaml import YamlProblem, load_yaml

_DATA_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".avro", ".xml", ".xlsx")
_DATA_FOLDERS = frozenset(
    {"data", "dataset", "datasets", "input", "inputs", "incoming", "raw", "sample", "samples", "seeds"}
)
_SCRIPT_FOLDERS = frozenset(
    {"etl", "elt", "pipeline", "pipelines", "jobs", "ingest", "ingestion", "transform", "stages"}
)
_SHELL = re.compile(r"[|&;<>$`*?~(){}\[\]!#\n\\]|^\s*\w+=")
_MAX_READ = 1 << 20
_MAX_PARTS = 200
_MAX_SAMPLES = 20


class DraftStage(Struct, frozen=True, kw_only=True):
    """A stage that was found. ``reads`` and ``writes`` are paths.

    where -- the file that says so
    sure  -- it is known to be a stage, and how to run it; others are drafted as comments
    why   -- a remark for the reader
    """

    name: str
    where: str
    run: tuple[str, ...]
    cwd: str = "."
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sure: bool = False
    why: str = ""


class DraftDataset(Struct, frozen=True):
    name: str
    path: str
    where: str


class Text:
    """Reads files of an inventory, bounded."""

    def __init__(self, inventory: Inventory) -> None:
        self._root = inventory.root
        self.files = {entry.path: entry for entry in inventory.files if entry.raw is None}

    def bytes(self, path: str) -> bytes:
        """A file's content, empty where it can't be read or is large."""
        if path not in self.files:
            return b""
        try:
            return read_bounded(posixpath.join(self._root, path), _MAX_READ)
        except OSError:
            return b""

    def yaml(self, path: str) -> object:
        """A YAML file's data, None where it can't be read."""
        try:
            return load_yaml(self.bytes(path))
        except YamlProblem:
            return None

    def named(self, *names: str) -> list[str]:
        """The paths of files that are called so."""
        return [path for path in self.files if posixpath.basename(path) in names][:_MAX_PARTS]


def samples(files: Iterable[FileEntry]) -> list[str]:
    """Files that look like incoming data: of a data format, in a folder that is called so."""
    found = [
        entry.path
        for entry in files
        if entry.raw is None and is_data(entry.path) and _DATA_FOLDERS & set(entry.path.lower().split("/")[:-1])
    ]
    return sorted(found, key=lambda path: (path.count("/"), path))[:_MAX_SAMPLES]


def is_data(path: str) -> bool:
    """Whether a path ends as data does."""
    return path.lower().removesuffix(".gz").endswith(_DATA_SUFFIXES)


def dvc_stages(text: Text) -> Iterator[DraftStage]:
    """Stages of `dvc.yaml`: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files."""
    for path in text.named("dvc.yaml"):
        folder = posixpath.dirname(path)
        for name, stage in _mapping(_mapping(text.yaml(path)).get("stages")).items():
            stage = _mapping(stage)
            commands = stage.get("cmd")
            commands = [commands] if isinstance(commands, str) else commands if isinstance(commands, list) else []
            run = _arguments(commands[0]) if len(commands) == 1 and isinstance(commands[0], str) else None
            wdir = stage.get("wdir")
            cwd = posixpath.normpath(posixpath.join(folder, wdir if isinstance(wdir, str) else "."))
            yield DraftStage(
                name=str(name),
                where=path,
                run=run or ("sh", "-c", " && ".join(map(str, commands)) or "…"),
                cwd=cwd,
                reads=tuple(posixpath.normpath(posixpath.join(cwd, dep)) for dep in _paths(stage.get("deps"))),
                writes=tuple(posixpath.normpath(posixpath.join(cwd, out)) for out in _paths(stage.get("outs"))),
                sure=run is not None,
                why="" if run else "its command needs a shell or is made from a template; write what runs as a list",
            )


def make_stages(text: Text) -> Iterator[DraftStage]:
    """Targets of a Makefile that run a Python program of the project, where the line is plain enough to be read."""
    for path in text.named("Makefile", "makefile", "GNUmakefile"):
        folder = posixpath.dirname(path)
        target = ""
        for line in text.bytes(path).decode("utf-8", "replace").splitlines():
            if line.startswith("\t"):
                run = _arguments(line.strip().lstrip("@-+"))
                if (
                    target
                    and run
                    and _is_python(run)
                    and posixpath.normpath(posixpath.join(folder, run[1])) in text.files
                ):
                    yield DraftStage(
                        name=target,
                        where=path,
                        run=run,
                        cwd=folder or ".",
                        why="a Makefile does not say what it reads and writes",
                    )
                    target = ""
            else:
                match = re.match(r"([A-Za-z0-9_.\-/]+)\s*:(?![:=])", line)
                target = match[1] if match and not match[1].startswith(".") else target if not line.strip() else ""


def framework_stages(text: Text) -> Iterator[DraftStage]:
    """Projects of dbt and Kedro, whose own command runs them, and Airflow's DAGs."""
    for path in text.named("dbt_project.yml"):
        name = _mapping(text.yaml(path)).get("name")
        yield DraftStage(
            name=f"dbt-{name}" if isinstance(name, str) else "dbt",
            where=path,
            run=("dbt", "build"),
            cwd=posixpath.dirname(path) or ".",
            why="dbt needs a profile; give one that leads to a stand-in, not to production",
        )
    for path in text.files:
        if path.endswith("conf/base/catalog.yml"):
            cwd = posixpath.normpath(posixpath.join(posixpath.dirname(path), "../.."))
            yield DraftStage(
                name="kedro", where=path, run=("kedro", "run"), cwd=cwd, why="all of Kedro's pipelines at once"
            )
        elif path.endswith(".py") and "dags" in path.split("/")[:-1] and b"airflow" in text.bytes(path):
            name = posixpath.basename(path).removesuffix(".py")
            run = ("airflow", "dags", "test", name)
            yield DraftStage(name=name, where=path, run=run, why="the DAG's id may differ from its file's name")


def script_stages(text: Text) -> Iterator[DraftStage]:
    """Python programs in folders that are called as pipelines are."""
    for path in text.files:
        folders = path.lower().split("/")[:-1]
        if (
            path.endswith(".py")
            and _SCRIPT_FOLDERS & set(folders)
            and "tests" not in folders
            and b"__main__" in text.bytes(path)
        ):
            folder, name = posixpath.split(path)
            yield DraftStage(name=name.removesuffix(".py"), where=path, run=("python", name), cwd=folder)


def kedro_datasets(text: Text) -> Iterator[DraftDataset]:
    """Data sets of a Kedro catalog that lie in files."""
    for path in text.files:
        if path.endswith("conf/base/catalog.yml"):
            root = posixpath.normpath(posixpath.join(posixpath.dirname(path), "../.."))
            for name, item in _mapping(text.yaml(path)).items():
                place = _mapping(item).get("filepath")
                if isinstance(place, str) and isinstance(name, str) and "://" not in place and "{" not in place:
                    yield DraftDataset(name, posixpath.normpath(posixpath.join(root, place)), path)


def _is_python(run: tuple[str, ...]) -> bool:
    return len(run) > 1 and re.fullmatch(r"python[0-9.]*", run[0]) is not None and run[1].endswith(".py")


def _arguments(command: str) -> tuple[str, ...] | None:
    """A command as a list of arguments; None where only a shell can tell."""
    if _SHELL.search(command):
        return None
    try:
        return tuple(shlex.split(command)) or None
    except ValueError:
        return None


def _mapping(value: object) -> dict[object, object]:
    return dict(list(value.items())[:_MAX_PARTS]) if isinstance(value, dict) else {}


def _paths(value: object) -> list[str]:
    """Paths of a list whose items are paths, or paths with settings."""
    items = value if isinstance(value, list) else []
    found = [next(iter(item), None) if isinstance(item, dict) and item else item for item in items[:_MAX_PARTS]]
    return [item for item in found if isinstance(item, str) and "$" not in item and "://" not in item]
