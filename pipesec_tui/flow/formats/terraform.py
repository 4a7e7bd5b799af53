"""Terraform: jobs, functions and streams as stages, and the buckets, topics and tables between them.

Format: https://developer.hashicorp.com/terraform/language/syntax; resources after the documentation of the providers
aws and google. The parser takes some 100 ms a file, so a file without a resource that matters isn't parsed.
"""

from __future__ import annotations

import re

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.lines import Lines
from pipesec_tui.flow.formats.place import location
from pipesec_tui.flow.formats.tree import Malformed
from pipesec_tui.model.lineage import EdgeKind

MAX_SIZE = 200_000
"""Bytes; the parser takes some 5 s for so many."""
MAX_DEPTH = 60
_STAGES = {
    "aws_glue_job": "glue", "aws_lambda_function": "lambda", "aws_kinesis_firehose_delivery_stream": "firehose",
    "aws_glue_crawler": "glue", "aws_dms_replication_task": "dms", "aws_sfn_state_machine": "stepfunctions",
    "google_dataflow_job": "dataflow", "google_dataproc_job": "dataproc", "google_cloudfunctions_function":
    "cloudfunctions",
    "google_cloudfunctions2_function": "cloudfunctions", "google_pubsub_subscription": "pubsub",
    "google_bigquery_job": "bigquery",
    "google_bigquery_table": "bigquery", "google_storage_transfer_job": "transfer", "aws_batch_job_definition": "batch",
}  # fmt: skip
_NAMED = {
    "aws_s3_bucket": (("bucket",), "s3://{}"), "google_storage_bucket": (("name",), "gs://{}"),
    "aws_kinesis_stream": (("name",), "kinesis://{}"), "aws_sqs_queue": (("name",), "sqs://{}"),
    "aws_dynamodb_table": (("name",), "dynamodb://{}"), "google_pubsub_topic": (("name",), "pubsub://{}"),
    "aws_sns_topic": (("name",), "sns://{}"), "aws_msk_cluster": (("cluster_name",), "kafka://{}"),
}  # fmt: skip
_ATTACHED = frozenset({"aws_s3_bucket_notification", "aws_lambda_event_source_mapping"})
_HEADER = re.compile(r'(?m)^[ \t]*resource[ \t]+"?([\w-]+)"?[ \t]+"?([\w-]+)"?')
_HOLE = re.compile(r"\$\{([^{}]*)\}")
_REFERENCE = re.compile(r"^(?:data\.)?([a-z]\w*)\.([\w-]+)(?:\[[^\]]*\])?(?:\.\w+)?$")
_SYMBOLS = re.compile(r"[\[({]|[\])}]")


def read(path: str, content: bytes) -> Extraction:
    """Stages of the resources of one file; other files of the module aren't looked at. Raises Malformed."""
    text = content.decode("utf-8-sig", "replace")
    places = Lines(text)
    heads = {(match[1], match[2]): places.at(match.start(1)) for match in _HEADER.finditer(text)}
    if not any(kind in _STAGES or kind in _ATTACHED for kind, _ in heads):
        return Extraction()
    if len(content) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE // 1000} kB: not read")
    module = _Module(Draft(path), _parsed(text), heads)
    for kind, name in module.resources:
        module.add(kind, name)
    return module.draft.done()


def _parsed(text: str) -> dict[str, object]:
    depth = deepest = 0
    for symbol in _SYMBOLS.findall(text):
        depth += 1 if symbol in "([{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise Malformed(f"nested more than {MAX_DEPTH} deep: not read")
    import hcl2
    from hcl2 import SerializationOptions
    from lark.exceptions import LarkError

    try:
        options = SerializationOptions(strip_string_quotes=True, preserve_heredocs=False, explicit_blocks=False)
        parsed = hcl2.loads(text if text.endswith("\n") else f"{text}\n", serialization_options=options)
    except LarkError as error:
        line = getattr(error, "line", None)
        raise Malformed(
            f"line {line}: not Terraform" if isinstance(line, int) and line > 0 else "not Terraform"
        ) from None
    # The library's own transformation fails in many ways on what the grammar takes but Terraform does not.
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError, RuntimeError) as error:
        raise Malformed(f"not Terraform that the parser takes: {type(error).__name__}") from None
    return parsed


class _Module:
    def __init__(self, draft: Draft, root: dict[str, object], heads: dict[tuple[str, str], int]) -> None:
        self.draft = draft
        self.resources: dict[tuple[str, str], dict[str, object]] = {}
        self._heads = heads
        self._locals: dict[str, str] = {}
        for block in _list(root.get("locals")):
            self._locals |= {key: value for key, value in _block(block).items() if isinstance(value, str)}
        for group in _list(root.get("resource")):
            for kind, named in _block(group).items():
                for name, body in _block(named).items():
                    self.resources[_bare(kind), _bare(name)] = _block(body)

    def add(self, kind: str, name: str) -> None:
        body, line = self.resources[kind, name], self._heads.get((kind, name), 1)
        if kind == "aws_s3_bucket_notification":
            for one in _list(body.get("lambda_function")):
                self._attached(_block(one).get("lambda_function_arn"), body.get("bucket"), line)
        elif kind == "aws_lambda_event_source_mapping":
            self._attached(body.get("function_name"), body.get("event_source_arn"), line)
        elif kind in _STAGES:
            self._stage(kind, name, body, line)

    def text(self, value: object, depth: int = 0) -> str:
        """A value as text: references to resources and locals of the file are followed, the rest are holes."""
        if not isinstance(value, str):
            return ""
        return _HOLE.sub(lambda match: self._resolved(match[1].strip(), depth), value)[:4000]

    def dataset(self, value: object) -> DatasetId | None:
        """The dataset that a reference, an ARN or a name stands for."""
        if not isinstance(value, str) or not value:
            return None
        inner = _HOLE.fullmatch(value)
        reference = _REFERENCE.match(inner[1].strip()) if inner else None
        if reference and reference[1] in _NAMED:
            return DatasetId(_NAMED[reference[1]][1].format(self._resolved(inner[1].strip() if inner else "", 0)), "")
        text = self.text(value)
        arn = re.match(r"^arn:aws[\w-]*:(s3|kinesis|sqs|dynamodb|sns):[^:]*:[^:]*:(?:stream/|table/)?(.+)$", text)
        if arn:
            host, _, rest = arn[2].partition("/")
            return DatasetId(f"{arn[1]}://{host}", rest)
        return location(text) if "://" in text else None

    def _resolved(self, expression: str, depth: int) -> str:
        if depth > 5:
            return "{expr:nested}"
        root, _, rest = expression.partition(".")
        if root == "local" and rest in self._locals:
            return self.text(self._locals[rest], depth + 1)
        if root == "var":
            return f"{{config:{rest}}}"
        reference = _REFERENCE.match(expression)
        if reference and reference[1] in _NAMED:
            body = self.resources.get((reference[1], reference[2]), {})
            own = next((body[key] for key in _NAMED[reference[1]][0] if key in body), None)
            return self.text(own, depth + 1) or f"{{config:{reference[1]}.{reference[2]}}}"
        return f"{{expr:{re.sub(r'[{}]', '', expression)[:80]}}}"

    def _attached(self, function: object, source: object, line: int) -> None:
        match = _HOLE.fullmatch(function) if isinstance(function, str) else None
        reference = _REFERENCE.match(match[1].strip()) if match else None
        dataset = self.dataset(source)
        if dataset is None and isinstance(source, str) and source:
            dataset = DatasetId(f"s3://{self.text(source)}", "")
        if reference and dataset:
            self.draft.access(f"{self.draft.path}#{reference[1]}.{reference[2]}", dataset, EdgeKind.READS, line)

    def _stage(self, kind: str, name: str, body: dict[str, object], line: int) -> None:
        image = self.text(body.get("image_uri")) or None
        stage = self.draft.stage(f"{kind}.{name}", line, language=_STAGES[kind], image=image)
        if kind == "aws_glue_job":
            bound = {_bare(key): self.text(value) for key, value in _block(body.get("default_arguments")).items()}
            for command in _list(body.get("command")):
                if script := self.text(_block(command).get("script_location")):
                    self.draft.run(stage, script, line, bound)
        elif kind.startswith(("aws_lambda", "google_cloudfunctions")):
            self._function(stage, body, line)
        elif kind == "google_dataproc_job":
            for one in (*_list(body.get("pyspark_config")), *_list(body.get("spark_config"))):
                arguments = [self.text(value) for value in _list(_block(one).get("args"))]
                if main := self.text(_block(one).get("main_python_file_uri")):
                    self.draft.run(stage, main, line, {str(number): text for number, text in enumerate(arguments, 1)})
        elif kind == "google_pubsub_subscription":
            self._access(stage, body.get("topic"), EdgeKind.READS, line, "pubsub://{}")
            for one in _list(body.get("cloud_storage_config")):
                self._access(stage, _block(one).get("bucket"), EdgeKind.WRITES, line, "gs://{}")
            for one in _list(body.get("bigquery_config")):
                if target := self.text(_block(one).get("table")):
                    self.draft.access(stage, DatasetId("table", target), EdgeKind.WRITES, line)
        elif kind == "google_bigquery_table":
            for one in _list(body.get("external_data_configuration")):
                for uri in _list(_block(one).get("source_uris")):
                    self._access(stage, uri, EdgeKind.READS, line, "{}")
            target = f"{self.text(body.get('dataset_id'))}.{self.text(body.get('table_id'))}"
            self.draft.access(stage, DatasetId("table", target), EdgeKind.WRITES, line)
        else:
            self._moved(stage, kind, body, line)

    def _moved(self, stage: str, kind: str, body: dict[str, object], line: int) -> None:
        for one in _list(body.get("kinesis_source_configuration")):
            self._access(stage, _block(one).get("kinesis_stream_arn"), EdgeKind.READS, line, "kinesis://{}")
        for key in ("s3_configuration", "extended_s3_configuration"):
            for one in _list(body.get(key)):
                self._access(
                    stage, _block(one).get("bucket_arn"), EdgeKind.WRITES, line, "s3://{}", _block(one).get("prefix")
                )
        for one in _list(body.get("s3_target")):
            self._access(stage, _block(one).get("path"), EdgeKind.READS, line, "{}")
        if kind == "aws_glue_crawler" and (database := self.text(body.get("database_name"))):
            self.draft.access(stage, DatasetId("glue", database), EdgeKind.WRITES, line)
        if kind == "google_dataflow_job":
            for key, value in _block(body.get("parameters")).items():
                text = self.text(value)
                if "://" in text or "input" in key.lower() or "output" in key.lower():
                    way = EdgeKind.WRITES if re.search("output|dead|error", key, re.IGNORECASE) else EdgeKind.READS
                    self._access(stage, value, way, line, "{}")

    def _function(self, stage: str, body: dict[str, object], line: int) -> None:
        bound: dict[str, str] = {}
        for one in _list(body.get("environment")):
            variables = _block(one).get("variables")
            bound = {f"env.{_bare(key)}": self.text(value) for key, value in _block(variables).items()}
        if handler := self.text(body.get("handler")):
            self.draft.run(stage, handler.rpartition(".")[0].replace(".", "/") + ".py", line, bound)

    def _access(
        self, stage: str, value: object, kind: EdgeKind, line: int, pattern: str, prefix: object = None
    ) -> None:
        dataset = self.dataset(value)
        if dataset is None and (text := self.text(value)):
            dataset = DatasetId(pattern.format(text), "") if "://" in pattern else location(text)
        if dataset is not None:
            name = self.text(prefix)
            self.draft.access(stage, DatasetId(dataset.namespace, name) if name else dataset, kind, line)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _block(value: object) -> dict[str, object]:
    return {_bare(key): one for key, one in value.items()} if isinstance(value, dict) else {}


def _bare(key: object) -> str:
    """A label or key without the quotes that the parser leaves around some."""
    return str(key).strip('"')
