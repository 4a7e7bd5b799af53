"""CloudFormation and SAM templates: jobs, functions and delivery streams, and the buckets and streams between them.

Format: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.flow.formats.draft import Draft
from pipesec_tui.flow.formats.place import location
from pipesec_tui.flow.formats.tree import Mapping, Plain, Text, load_one
from pipesec_tui.model.lineage import EdgeKind

_HOLE = re.compile(r"\$\{([\w:.!-]+)\}")
_NAMES = {
    "AWS::S3::Bucket": ("BucketName", "s3://{}"),
    "AWS::Kinesis::Stream": ("Name", "kinesis://{}"),
    "AWS::SQS::Queue": ("QueueName", "sqs://{}"),
    "AWS::SNS::Topic": ("TopicName", "sns://{}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb://{}"),
    "AWS::Serverless::SimpleTable": ("TableName", "dynamodb://{}"),
}  # fmt: skip


def read(path: str, content: bytes) -> Extraction:
    """A stage for each job, function and delivery stream. Raises Malformed."""
    template = _Template(Draft(path), load_one(content, tags=True).mapping("Resources"))
    for name, resource in template.resources.mappings():
        template.add(name, resource)
    return template.draft.done()


class _Template:
    def __init__(self, draft: Draft, resources: Mapping) -> None:
        self.draft = draft
        self.resources = resources

    def add(self, name: str, resource: Mapping) -> None:
        kind, properties = str(resource.text("Type") or ""), resource.mapping("Properties")
        line = self.resources.line_of(name)
        if kind == "AWS::Glue::Job":
            stage = self.draft.stage(name, line, language="glue")
            script = self.value(properties.mapping("Command").get("ScriptLocation"))
            arguments = {key: self.value(value) for key, value in properties.mapping("DefaultArguments").items()}
            if script:
                self.draft.run(stage, script, properties.line_of("Command"), arguments)
        elif kind in ("AWS::Lambda::Function", "AWS::Serverless::Function"):
            self._function(name, properties, line)
        elif kind == "AWS::KinesisFirehose::DeliveryStream":
            self._firehose(name, properties, line)
        elif kind == "AWS::S3::Bucket":
            for one in properties.mapping("NotificationConfiguration").sequence("LambdaConfigurations"):
                if isinstance(one, Mapping) and (function := self._referred(one.get("Function"))):
                    self.draft.access(self._key(function), self.dataset(name), EdgeKind.READS, one.line)
        elif kind == "AWS::Lambda::EventSourceMapping":
            function, source = (
                self._referred(properties.get("FunctionName")),
                self._referred(properties.get("EventSourceArn")),
            )
            if function and source:
                self.draft.access(self._key(function), self.dataset(source), EdgeKind.READS, line)

    def value(self, value: Plain | None, depth: int = 0) -> str:
        """A property as text; what is only known when the stack is made is a hole."""
        if value is None or depth > 8:
            return ""
        if isinstance(value, Text):
            return str(value)
        if isinstance(value, Mapping) and len(value) == 1:
            (function, inner), *_ = value.items()
            if function == "Ref" and isinstance(inner, Text):
                return self._reference(inner, depth)
            if function == "Fn::GetAtt":
                name = str(inner[0]) if isinstance(inner, list) and inner else str(inner).partition(".")[0]
                return self._reference(name, depth)
            if function == "Fn::Sub":
                text = inner if isinstance(inner, Text) else inner[0] if isinstance(inner, list) and inner else ""
                return _HOLE.sub(lambda match: self._reference(match[1].partition(".")[0], depth), str(text))
            if function == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
                return str(inner[0]).join(self.value(one, depth + 1) for one in inner[1])
        return "{expr:cloudformation}"

    def dataset(self, name: str) -> DatasetId:
        """The bucket, stream, queue or table that a resource makes."""
        resource = self.resources.mapping(name)
        key, pattern = _NAMES.get(str(resource.text("Type")), ("Name", "aws://{}"))
        known = self.value(resource.mapping("Properties").get(key))
        return DatasetId(pattern.format(known or f"{{config:{name}}}"), "")

    def _reference(self, name: str, depth: int) -> str:
        resource = self.resources.mapping(name)
        kind = str(resource.text("Type"))
        if kind in _NAMES:
            own = resource.mapping("Properties").get(_NAMES[kind][0])
            if own is not None and (text := self.value(own, depth + 1)):
                return text
        return f"{{config:{name}}}"

    def _referred(self, value: Plain | None) -> str | None:
        """The resource of this template that a value refers to."""
        if isinstance(value, Mapping) and len(value) == 1:
            inner = next(iter(value.values()))
            name = str(inner[0]) if isinstance(inner, list) and inner else str(inner).strip("${}").partition(".")[0]
            return name if name in self.resources else None
        return None

    def _key(self, name: str) -> str:
        return self.draft.stage(name, self.resources.line_of(name), language="lambda")

    def _function(self, name: str, properties: Mapping, line: int) -> None:
        stage = self._key(name)
        handler, code = (
            properties.text("Handler"),
            properties.text("CodeUri") or properties.mapping("Code").text("ZipFile"),
        )
        bound = {
            f"env.{key}": self.value(one) for key, one in properties.mapping("Environment").mapping("Variables").items()
        }
        if handler and "ZipFile" not in properties.mapping("Code"):
            module = handler.rpartition(".")[0].replace(".", "/") + ".py"
            folder = code if code and "://" not in code and not PurePosixPath(code).suffix else ""
            self.draft.run(stage, posixpath.normpath(posixpath.join(folder, module)), handler.line, bound)
        for _, event in properties.mapping("Events").mappings():
            about = event.mapping("Properties")
            kind = event.text("Type")
            source = (
                about.get("Bucket") if kind == "S3" else about.get("Stream") or about.get("Queue") or about.get("Topic")
            )
            if referred := self._referred(source):
                self.draft.access(stage, self.dataset(referred), EdgeKind.READS, event.line)

    def _firehose(self, name: str, properties: Mapping, line: int) -> None:
        stage = self.draft.stage(name, line, language="firehose")
        source = properties.mapping("KinesisStreamSourceConfiguration").get("KinesisStreamARN")
        if referred := self._referred(source):
            self.draft.access(
                stage, self.dataset(referred), EdgeKind.READS, properties.line_of("KinesisStreamSourceConfiguration")
            )
        for key in ("S3DestinationConfiguration", "ExtendedS3DestinationConfiguration"):
            target = properties.mapping(key)
            if bucket := self._referred(target.get("BucketARN")):
                dataset = self.dataset(bucket)
                self.draft.access(
                    stage, DatasetId(dataset.namespace, self.value(target.get("Prefix"))), EdgeKind.WRITES, target.line
                )
            elif arn := self.value(target.get("BucketARN")):
                self.draft.access(stage, location(arn.replace("arn:aws:s3:::", "s3://")), EdgeKind.WRITES, target.line)
