"""What a command of the shell reads, writes and runs, told by its name and arguments.

After the manuals of the commands: coreutils, curl, wget, aws, gsutil, bq, psql, mysql, sqlite3, duckdb, spark-submit,
pg_dump, kcat, scp, rsync.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import is_uri, location, looks_like_path
from pipesec_tui.flow.formats.sql_script import add_sql
from pipesec_tui.model.lineage import Certainty, EdgeKind, NodeKind, Trust

READS, WRITES = EdgeKind.READS, EdgeKind.WRITES
_PREFIXES = frozenset(
    {"sudo", "time", "nohup", "exec", "env", "nice", "xargs", "command", "then", "eval", "tini", "dumb-init", "--"}
)
_WRAPPERS = (("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("conda", "run"), ("hatch", "run"), ("pdm", "run"))
_COPIERS = frozenset({"cp", "mv", "ln", "install", "scp", "rsync", "sftp"})
_FILTERS = {
    "cat": 0,
    "sort": 0,
    "uniq": 0,
    "head": 0,
    "tail": 0,
    "cut": 0,
    "wc": 0,
    "zcat": 0,
    "awk": 1,
    "sed": 1,
    "jq": 1,
    "grep": 1,
}
"""Commands that read their operands, and how many operands come before those."""
_VALUED = {
    "curl": frozenset(["-o", "--output", "-H", "--header", "-d", "--data", "-X", "--request", "-u", "--user",
        "-F", "--form", "-T", "--upload-file", "--data-binary", "--retry", "-A", "-e", "-m", "--max-time",
        "--connect-timeout", "-b", "-c", "--cacert", "--cert", "--key"]),
    "wget": frozenset(["-O", "--output-document", "-P", "--directory-prefix", "-o", "--header", "--user",
        "--password", "--tries", "-t", "-T", "-e", "-U", "-i"]),
    "aws": frozenset(["--profile", "--region", "--include", "--exclude", "--acl", "--sse", "--endpoint-url",
        "--bucket", "--key", "--body", "--query", "--output", "--storage-class", "--cache-control", "--content-type",
        "--metadata"]),
    "python": frozenset({"-W", "-X"}),
    "head": frozenset({"-n", "-c"}), "tail": frozenset({"-n", "-c"}), "cut": frozenset({"-d", "-f", "-c"}),
    "sort": frozenset({"-k", "-t", "-o", "-S", "-T"}), "awk": frozenset({"-F", "-v", "-f"}), "sed":
        frozenset({"-e", "-f"}),
    "jq": frozenset({"--arg"}), "grep": frozenset({"-e", "-m", "-A", "-B", "-C"}),
    "scp": frozenset({"-i", "-P", "-o", "-F", "-l"}), "rsync": frozenset({"-e", "--exclude", "--include", "--rsh"}),
    "bq": frozenset({"--source_format", "--project_id", "--location", "--schema"}),
}  # fmt: skip
"""Options that take the next word as their value, of commands whose operands matter."""
_QUERY_OPTIONS = {
    "psql": (("-c", "--command"), ("-f", "--file"), "postgres"),
    "mysql": (("-e", "--execute"), (), "mysql"),
    "mariadb": (("-e", "--execute"), (), "mysql"),
    "snowsql": (("-q", "--query"), ("-f", "--filename"), "snowflake"),
    "beeline": (("-e",), ("-f",), "hive"),
    "hive": (("-e",), ("-f",), "hive"),
    "spark-sql": (("-e",), ("-f",), "spark"),
    "clickhouse-client": (("-q", "--query"), ("--queries-file",), "clickhouse"),
    "duckdb": (("-c", "-s"), ("-f", "-init"), "duckdb"),
    "sqlite3": ((), ("-init",), "sqlite"),
    "trino": (("--execute",), ("-f", "--file"), "trino"),
}
_SPARK_VALUED = re.compile(r"^--(?!verbose|supervise|help|version)[a-z-]+$")
_PYTHON = re.compile(r"^(?:python|pypy)[\d.]*$|^ipython$")
_SCRIPT = re.compile(r"\.(?:py|sh|bash|sql|R|scala|jar|ipynb)$")


class Command(Struct, frozen=True):
    """A command as it is run. ``stdin`` is text given to it, or ``@`` and the file that is."""

    argv: list[str]
    line: int
    place: Callable[[str], str]
    stdin: str | None = None


def add(draft: Draft, stage: str, command: Command) -> None:
    """Adds what a command does to a stage; a command that isn't known does nothing that can be told."""
    argv = without_prefixes(command.argv)
    if argv:
        _Known(draft, stage, command, argv).add()


def without_prefixes(words: list[str]) -> list[str]:
    """A command without what only changes how it is run: ``sudo``, ``nohup``, ``poetry run``, assignments."""
    argv = list(words)
    while argv and (argv[0] in _PREFIXES or re.match(r"^\w+=", argv[0]) or tuple(argv[:2]) in _WRAPPERS):
        del argv[: 2 if tuple(argv[:2]) in _WRAPPERS else 1]
        while len(argv) > 1 and re.match(r"^-\w", argv[0]):
            del argv[: 2 if argv[0] in ("-u", "-n", "-g", "-I", "-P") else 1]
    return argv


class _Known:
    def __init__(self, draft: Draft, stage: str, command: Command, argv: list[str]) -> None:
        self._draft, self._stage, self._command = draft, stage, command
        self._name = argv[0].rpartition("/")[2]
        self._program = argv[0]
        self._rest = argv[1:]

    def add(self) -> None:
        name, rest = self._name, self._rest
        if _PYTHON.match(name):
            self._python()
        elif name in ("spark-submit", "spark3-submit"):
            self._spark()
        elif name in _QUERY_OPTIONS:
            self._client(*_QUERY_OPTIONS[name])
        elif name in ("curl", "wget"):
            self._download()
        elif name == "aws":
            self._aws()
        elif name in ("gsutil", "gcloud") and set(rest[:3]) & {"cp", "mv", "rsync"}:
            at = next(number for number, word in enumerate(rest) if word in ("cp", "mv", "rsync"))
            self._copy(rest[at + 1 :])
        elif name == "bq":
            self._bq()
        elif name in _COPIERS:
            self._copy(rest)
        elif name == "tee":
            self._each(self._operands(rest), WRITES)
        elif name in _FILTERS:
            self._each([word for word in self._operands(rest)[_FILTERS[name] :] if looks_like_path(word)], READS)
        elif name in ("gzip", "gunzip", "unzip", "tar", "bunzip2", "zstd"):
            self._each([word for word in self._operands(rest)[:1] if looks_like_path(word)], READS)
        elif name in ("pg_dump", "mysqldump", "mongoexport", "pg_restore", "mongoimport"):
            self._dump()
        elif name in (
            "kcat",
            "kafkacat",
            "kafka-console-producer",
            "kafka-console-consumer",
            "kafka-console-producer.sh",
            "kafka-console-consumer.sh",
        ):
            self._kafka()
        elif name in ("papermill", "jupyter") or name in ("bash", "sh", "source", "."):
            scripts = [word for word in self._operands(rest) if _SCRIPT.search(word)]
            if scripts:
                self._run(scripts[0], rest[rest.index(scripts[0]) + 1 :])
        elif name == "dbt" and (found := [word for word in rest if word in ("run", "build", "seed", "snapshot")]):
            project = self._option("--project-dir") or "."
            self._draft.run(
                self._stage,
                self._command.place(f"{project}/dbt_project.yml".removeprefix("./")),
                self._command.line,
                {"1": found[0]},
            )
        elif _SCRIPT.search(self._program):
            self._run(self._program, rest)

    def _access(
        self, text: str, kind: EdgeKind, *, node: NodeKind = NodeKind.DATASET, trust: Trust | None = None
    ) -> None:
        if text in ("", "-", ".") or text.startswith(("/dev/", "-")):
            return
        dataset = location(text if is_uri(text) else self._command.place(text))
        self._dataset(dataset, kind, node, trust)

    def _dataset(
        self, dataset: DatasetId, kind: EdgeKind, node: NodeKind = NodeKind.DATASET, trust: Trust | None = None
    ) -> None:
        certainty = Certainty.LITERAL
        self._draft.access(
            self._stage, dataset, kind, self._command.line, certainty, node=node, trust=trust, api=self._name
        )

    def _each(self, texts: list[str], kind: EdgeKind) -> None:
        for text in texts:
            self._access(text, kind)

    def _operands(self, words: list[str]) -> list[str]:
        valued = _VALUED.get(self._name, frozenset())
        found, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word.startswith("-") and len(word) > 1:
                skip = word in valued
            else:
                found.append(word)
        return found

    def _option(self, *names: str) -> str | None:
        for number, word in enumerate(self._rest):
            if word in names and number + 1 < len(self._rest):
                return self._rest[number + 1]
            for name in names:
                if name.startswith("--") and word.startswith(f"{name}="):
                    return word[len(name) + 1 :]
                if len(name) == 2 and not word.startswith("--") and word.startswith(name) and len(word) > 2:
                    return word[2:]
        return None

    def _run(self, target: str, words: list[str]) -> None:
        arguments = {str(number): word for number, word in enumerate(words, 1)}
        for number, word in enumerate(words):
            if word.startswith("-") and len(word) > 1 and not word[1:2].isdigit():
                name, equals, value = word.partition("=")
                follows = words[number + 1] if number + 1 < len(words) else ""
                arguments[name] = value if equals else follows if not follows.startswith("-") else ""
        self._draft.run(self._stage, self._command.place(target), self._command.line, arguments)

    def _python(self) -> None:
        words = self._rest
        at = 0
        while at < len(words) and words[at].startswith("-") and words[at] not in ("-m", "-c", "-"):
            at += 2 if words[at] in _VALUED["python"] else 1
        if at >= len(words) or words[at] in ("-c", "-"):
            return
        if words[at] == "-m":
            if at + 1 < len(words) and words[at + 1] not in ("pip", "venv", "pytest"):
                self._run(words[at + 1], words[at + 2 :])
        else:
            self._run(words[at], words[at + 1 :])

    def _spark(self) -> None:
        words, at = self._rest, 0
        while at < len(words) and words[at].startswith("-"):
            at += 2 if _SPARK_VALUED.match(words[at]) and "=" not in words[at] else 1
        if at < len(words):
            self._run(words[at], words[at + 1 :])

    def _client(self, query: tuple[str, ...], files: tuple[str, ...], dialect: str) -> None:
        if query and (text := self._option(*query)):
            add_sql(self._draft, self._stage, text, self._command.line, dialect)
        if files and (file := self._option(*files)):
            self._run(file, [])
        stdin = self._command.stdin
        if stdin is not None and stdin.startswith("@"):
            if _SCRIPT.search(stdin):
                self._run(stdin[1:], [])
        elif stdin is not None:
            add_sql(self._draft, self._stage, stdin, self._command.line, dialect)
        if self._name in ("sqlite3", "duckdb"):
            operands = self._operands(self._rest)
            if len(operands) > 1 and not query:
                add_sql(self._draft, self._stage, operands[1], self._command.line, dialect)

    def _download(self) -> None:
        urls = [word for word in self._operands(self._rest) if is_uri(word) or word.startswith("{") or "." in word]
        if self._name == "curl":
            output = self._option("-o", "--output")
            remote = any(re.match(r"^-[a-zA-Z]*O[a-zA-Z]*$|^--remote-name", word) for word in self._rest)
            upload = self._option("-T", "--upload-file", "--data-binary", "-d", "--data")
        else:
            output, upload = self._option("-O", "--output-document"), None
            remote = output is None
            folder = self._option("-P", "--directory-prefix")
            if folder and urls:
                output, remote = f"{folder.rstrip('/')}/{urls[0].rstrip('/').rpartition('/')[2]}", False
        sends = upload is not None
        for url in urls:
            url = url if is_uri(url) or url.startswith("{") else f"http://{url}"
            if sends:
                self._access(url, WRITES, node=NodeKind.SINK)
            else:
                self._access(url, READS, node=NodeKind.SOURCE, trust=Trust.UNTRUSTED)
                if remote and not url.startswith("{"):
                    self._access(url.partition("?")[0].rstrip("/").rpartition("/")[2], WRITES)
        if upload and (upload.startswith("@") or self._option("-T", "--upload-file")):
            self._access(upload.removeprefix("@"), READS)
        if output:
            self._access(output, WRITES)

    def _copy(self, words: list[str]) -> None:
        operands = self._operands(words)
        if len(operands) < 2:
            return
        remote = self._name in ("scp", "rsync", "sftp")
        for source in operands[:-1]:
            self._remote(source, READS) if remote else self._access(source, READS)
        self._remote(operands[-1], WRITES) if remote else self._access(operands[-1], WRITES)

    def _remote(self, text: str, kind: EdgeKind) -> None:
        host = re.match(r"^(?:[\w.{}:-]+@)?([\w.{}-]+):(?!//)(.+)$", text)
        if host is None:
            self._access(text, kind)
        else:
            node = NodeKind.SOURCE if kind is READS else NodeKind.SINK
            self._dataset(
                DatasetId(f"sftp://{host[1]}", host[2].lstrip("/")),
                kind,
                node,
                Trust.PARTNER if kind is READS else None,
            )

    def _aws(self) -> None:
        operands = self._operands(self._rest)
        if operands[:1] == ["s3"] and operands[1:2] and operands[1] in ("cp", "mv", "sync"):
            if len(operands) >= 4:
                self._access(operands[2], READS)
                self._access(operands[3], WRITES)
        elif operands[:1] == ["s3api"] and (bucket := self._option("--bucket")) and (key := self._option("--key")):
            if operands[1:2] == ["get-object"]:
                self._access(f"s3://{bucket}/{key}", READS)
                self._each(operands[2:3], WRITES)
            elif operands[1:2] == ["put-object"]:
                self._access(f"s3://{bucket}/{key}", WRITES)
                self._each([body] if (body := self._option("--body")) else [], READS)

    def _bq(self) -> None:
        operands = self._operands(self._rest)
        if operands[:1] == ["load"] and len(operands) >= 3:
            self._dataset(DatasetId("table", operands[1].replace(":", ".")), WRITES)
            self._access(operands[2], READS)
        elif operands[:1] == ["extract"] and len(operands) >= 3:
            self._dataset(DatasetId("table", operands[1].replace(":", ".")), READS)
            self._access(operands[2], WRITES)
        elif operands[:1] == ["query"]:
            if target := self._option("--destination_table"):
                self._dataset(DatasetId("table", target.replace(":", ".")), WRITES)
            if len(operands) > 1:
                add_sql(self._draft, self._stage, operands[-1], self._command.line, "bigquery")

    def _dump(self) -> None:
        imports = self._name in ("pg_restore", "mongoimport")
        tables = self._option("--collection", "-c") if "mongo" in self._name else self._option("-t", "--table")
        if tables:
            self._dataset(DatasetId("table", tables), WRITES if imports else READS)
        file = self._option("--file", "-f", "--out", "-o", "--result-file")
        if imports and not file:
            file = next((word for word in self._operands(self._rest) if looks_like_path(word)), None)
        if file:
            self._access(file, READS if imports else WRITES)

    def _kafka(self) -> None:
        topic = self._option("--topic", "-t")
        broker = self._option("--bootstrap-server", "--broker-list", "-b") or "{config:broker}"
        if topic:
            produces = "producer" in self._name or "-P" in self._rest
            self._dataset(DatasetId(f"kafka://{broker}", topic), WRITES if produces else READS)
