"""What rows of the catalogue make of a call: typed values, and accesses of datasets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipesec_tui.flow import naming
from pipesec_tui.flow.catalogue import Does, End, Kind, Model, TypeRow
from pipesec_tui.flow.effects import Effect
from pipesec_tui.flow.facts import DatasetId
from pipesec_tui.flow.values import (
    CLOSE,
    INFERRED,
    NONE,
    OPEN,
    ROOT,
    External,
    Handle,
    Instance,
    Items,
    Mapping,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    hole,
    join,
    spelled,
    texts,
)
from pipesec_tui.model.lineage import EdgeKind, NodeKind, Trust, Where

if TYPE_CHECKING:
    from pipesec_tui.flow.resolve import Follower, Frame, SqlReader

MAX_DATASETS = 24
"""Datasets of one argument: of a longer list the first ones."""
_SQL = re.compile(
    r"(?is)^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*|\()*(?:select|insert|update|delete|merge|create|drop|alter|copy|unload|with|"
    r"truncate|replace|load|export|call|begin|set|use)\b"
)


@dataclass(slots=True)
class Arguments:
    """The arguments of a call, and its line."""

    args: list[Value]
    named: dict[str, Value]
    line: int

    def at(self, position: int, name: str) -> Value | None:
        return self.args[position] if position < len(self.args) else self.named.get(name)

    def select(self, selector: str, owner: Value | None = None) -> Value | None:
        """The first of a selector's alternatives that is there."""
        for alternative in selector.split("|") if selector else ():
            found = self._select(alternative, owner)
            if found is not None and found != NONE:
                return found
        return None

    def _select(self, selector: str, owner: Value | None) -> Value | None:
        if selector == "self":
            return owner
        if selector.startswith("@"):
            return owner.bound.get(selector[1:]) if isinstance(owner, Typed) else None
        head, *inner = re.split(r"(?<=[A-Za-z0-9_])\.", selector, maxsplit=1)
        if head.isdigit():
            found = self.args[int(head)] if int(head) < len(self.args) else None
        else:
            found = self.named.get(head)
        for name in inner:
            names = [name] if isinstance(found, Mapping) and name in found.entries else name.split(".")
            for key in names:
                found = found.entries.get(key) if isinstance(found, Mapping) else None
        return found


class Access:
    """Turns rows and arguments into effects of a frame."""

    def __init__(self, follower: Follower, sql: SqlReader | None) -> None:
        self._follower = follower
        self._sql = sql

    def typed(self, row: TypeRow, callee: External, args: Arguments) -> Value:
        """The value that a row of ``types`` gives."""
        owner = callee.owner
        if row.type == "=":
            return owner if owner is not None else Unknown("call", callee.symbol.rpartition(".")[2])
        if row.from_:
            for value in each_of(args.select(row.from_) or NONE):
                if isinstance(value, Typed):
                    return value
        bound = dict(owner.bound) if isinstance(owner, Typed) else {}
        for name, selector in row.bind.items():
            found = args.select(selector, owner)
            if found is not None:
                bound[name] = found
        return Typed(row.type, bound, row.dialect or (owner.dialect if isinstance(owner, Typed) else None))

    def collection(self, owner: Typed, name: str) -> Value:
        """``client.database.collection`` of MongoDB."""
        path = owner.bound.get("path")
        known = next(texts(path)).text + "." if path is not None else ""
        return Typed(owner.type, {**owner.bound, "path": Text(known + name)}, owner.dialect)

    def apply(self, model: Model, callee: External, args: Arguments, frame: Frame) -> Value | None:
        """What a call does by a row; None where the row turns out not to speak of it."""
        owner = callee.owner
        if model.only == "path" and len(args.args) != 1:
            return None
        if model.does is Does.SQL:
            if not self._sql_call(model, callee, args, frame):
                return None
            return self._result(model, owner, args, callee)
        if model.does is Does.SHELL:
            self._follower._calls._tasks.shell(args.select(model.text, owner), args, frame)
            return Unknown("call", "output")
        if model.does is Does.VALUE:
            return self._template(model.name, args, owner)
        main = End(does=model.does, kind=model.kind, data=model.data, namespace=model.namespace, name=model.name)
        found = list(self._datasets(main, args, owner, model, frame))
        if model.does is Does.NAMES:
            return args.select(model.data, owner) or Unknown("call", callee.symbol.rpartition(".")[2])
        if not found and (model.only == "data" or callee.symbol.startswith("*.")):
            return None
        mode = self._mode(args.select(model.mode, owner)) if model.does is Does.OPENS else (model.does,)
        for does in mode:
            self._record(does, found, callee.symbol, args.line, frame, model.trust)
        for end in model.also:
            self.end(end, args, owner, callee.symbol, frame)
        if model.does is Does.OPENS:
            path = args.select(model.data, owner) or (Text(found[0][0].uri) if found else None)
            return Handle(tuple(found), path)
        return self._result(model, owner, args, callee)

    def end(
        self, end: End, args: Arguments, owner: Value | None, api: str, frame: Frame, stage: str | None = None
    ) -> None:
        """One further dataset of a call."""
        found = list(self._datasets(end, args, owner, None, frame))
        self._record(end.does, found, api, args.line, frame, None, stage)

    def _result(self, model: Model, owner: Value | None, args: Arguments, callee: External) -> Value:
        if model.returns == "=":
            return owner if owner is not None else Unknown("call", "result")
        if model.returns:
            bound = {name: args.select(at, owner) or NONE for name, at in model.bind.items()}
            return Typed(model.returns, bound, model.dialect)
        return Unknown("call", callee.symbol.rpartition(".")[2])

    def _mode(self, value: Value | None) -> tuple[Does, ...]:
        """Of ``open``: what its mode says; reading, as Python does, where there is none."""
        if value is None:
            return (Does.READS,)
        modes = {text.text for text in texts(value)}
        writes = any(char in mode for mode in modes for char in "wax+") and not all(OPEN in mode for mode in modes)
        reads = any(("r" in mode or "+" in mode or not mode.strip("btU")) for mode in modes if OPEN not in mode)
        return tuple(does for does, holds in ((Does.READS, reads or not writes), (Does.WRITES, writes)) if holds)

    # datasets

    def _datasets(
        self, end: End, args: Arguments, owner: Value | None, model: Model | None, frame: Frame
    ) -> Iterator[tuple[DatasetId, int]]:
        if end.name and not end.data:
            namespace = self._namespace(end, args, owner)
            name = self._template(end.name, args, owner)
            yield from self._named(end, namespace, name, model, args, owner, frame)
            return
        value = args.select(end.data, owner)
        if value is None:
            return
        if isinstance(value, Typed) and not value.bound.get("path"):
            return  # a buffer, a cursor, a writer: no name of a dataset
        namespace = self._namespace(end, args, owner)
        for each in list(_leaves(value))[:MAX_DATASETS]:
            if isinstance(each, Handle):
                yield from each.datasets
            elif (end.kind is Kind.HANDLE and not isinstance(each, Text)) or isinstance(each, Instance):
                continue
            else:
                yield from self._named(end, namespace, each, model, args, owner, frame)

    def _namespace(self, end: End, args: Arguments, owner: Value | None) -> Value | None:
        """None where there is no template for it, or where the receiver lacks what the template names."""
        missing = any(args.select(one, owner) is None for one in re.findall(r"\{(@[^{}|]*)\}", end.namespace))
        return self._template(end.namespace, args, owner) if end.namespace and not missing else None

    def _named(
        self, end: End, namespace: Value | None, name: Value, model: Model | None, args: Arguments,
        owner: Value | None, frame: Frame,
    ) -> Iterator[tuple[DatasetId, int]]:  # fmt: skip
        places: list[Text | None] = list(texts(namespace)) if namespace is not None else [None]
        for place in places[:4]:
            for text in list(texts(name))[:MAX_DATASETS]:
                rank = max(text.rank, place.rank if place is not None else 0)
                dataset = self._identity(end.kind, place, text.text, model, args, owner, frame)
                if dataset is not None:
                    yield dataset, INFERRED if dataset.holes else rank

    def _identity(
        self, kind: Kind, place: Text | None, text: str, model: Model | None, args: Arguments, owner: Value | None,
        frame: Frame,
    ) -> DatasetId | None:  # fmt: skip
        text = self._qualified(text, frame)
        if not text.strip():
            return None
        if place is not None and "://" not in text:
            namespace = spelled(place.text)
            if (kind is Kind.TABLE and namespace.startswith("jdbc:")) or ("://" in namespace and kind is Kind.URI):
                return naming.from_uri(f"{namespace}/{spelled(text)}") if kind is Kind.URI else naming.from_table(text)
            return DatasetId(namespace, spelled(text))
        match kind:
            case Kind.TABLE:
                namespace, prefix = self.database(self._connection(model, args, owner))
                schema = args.select(model.prefix, owner) if model is not None and model.prefix else None
                name = f"{next(texts(schema)).text}.{text}" if schema is not None else text
                return naming.from_table(naming.qualified(spelled(name), namespace, prefix), namespace)
            case Kind.TOPIC:
                return naming.from_topic(spelled(text), "kafka")
            case Kind.CATALOG:
                return DatasetId("kedro", spelled(text)) if not text.startswith(("params:", "parameters")) else None
            case Kind.S3 | Kind.GCS:
                scheme = "s3" if kind is Kind.S3 else "gs"
                return naming.from_uri(spelled(text) if "://" in text else f"{scheme}://{spelled(text)}")
            case Kind.HTTP:
                base = args.select(model.base, owner) if model is not None and model.base else None
                if base is not None and "://" not in text:
                    text = f"{next(texts(base)).text.rstrip('/')}/{text.lstrip('/')}"
                return naming.from_uri(spelled(text)) if "://" in text else DatasetId("http", spelled(text))
            case _:
                if model is not None and model.scheme:
                    scheme_value = args.select(model.scheme, owner)
                    if scheme_value is not None and "://" not in text:
                        scheme_name = next(texts(scheme_value)).text
                        text = text if scheme_name in ("file", "local") else f"{scheme_name}://{text}"
                return self.path(text)

    def path(self, text: str) -> DatasetId:
        """A path or URI as code spells it. A path from ``__file__`` is one of the project."""
        if ROOT in text:
            return naming.from_path(spelled(text.rpartition(ROOT)[2].lstrip("/")) or ".")
        return naming.from_uri(spelled(text))

    def _qualified(self, text: str, frame: Frame) -> str:
        """A name that is nothing but one hole would be the same in every file: it is told apart by its function."""
        if text.startswith(OPEN) and text.endswith(CLOSE) and text.count(OPEN) == 1:
            function = frame.function.qualname
            place = frame.module.path if function == "<module>" else f"{frame.module.path}:{function}"
            return text[:-1] + "@" + place + CLOSE
        return text

    def _connection(self, model: Model | None, args: Arguments, owner: Value | None) -> Value | None:
        if model is not None and model.conn:
            return args.select(model.conn, owner)
        return owner if isinstance(owner, Typed) else None

    def database(self, connection: Value | None) -> tuple[str, str]:
        """Namespace and prefix of tables that are reached over a connection, or a connection's URL."""
        for value in each_of(connection if connection is not None else NONE):
            if isinstance(value, Text):
                return _database_of(spelled(value.text))
            if not isinstance(value, Typed):
                continue
            bound = {name: spelled(next(texts(each)).text) for name, each in value.bound.items()}
            if "file" in bound:
                file = bound["file"]
                if file.startswith(":memory") or not file:
                    return f"{value.dialect}://memory", ""
                return f"{value.dialect}://{self.path(next(texts(value.bound['file'])).text).name}", ""
            if "url" in bound:
                return _database_of(bound["url"])
            if "connection" in bound:
                return f"{naming.scheme_of(value.dialect or 'table')}://{bound['connection']}", ""
            if "host" in bound:
                return naming.database(value.dialect, bound["host"], bound.get("port", ""), bound.get("database", ""))
            return (value.dialect or naming.TABLE, "") if value.dialect in ("bigquery",) else (naming.TABLE, "")
        return naming.TABLE, ""

    def _template(self, template: str, args: Arguments, owner: Value | None) -> Value:
        pieces: list[Value] = []
        for index, piece in enumerate(re.split(r"\{([^{}]*)\}", template)):
            if index % 2 == 0:
                pieces.append(Text(piece))
                continue
            found = args.select(piece, owner)
            if found is None:
                pieces.append(Text(hole("param", piece.split("|")[0].lstrip("@")), INFERRED))
            else:
                pieces.append(either(_leaves(found)))
        return (
            join(pieces)
            if len([p for p in pieces if p != Text("")]) > 1
            else next((p for p in pieces if p != Text("")), Text(""))
        )

    # SQL

    def _sql_call(self, model: Model, callee: External, args: Arguments, frame: Frame) -> bool:
        value = args.select(model.text, callee.owner)
        if value is None:
            return not model.only
        if model.only == "sql" and not any(_SQL.match(text.text) for text in texts(value)):
            return False
        connection = self._connection(model, args, callee.owner)
        dialect = model.dialect or _dialect(connection)
        self.sql(value, dialect, connection, callee.symbol, args.line, frame)
        return True

    def sql(
        self, value: Value, dialect: str | None, connection: Value | None, api: str, line: int, frame: Frame,
        stage: str | None = None,
    ) -> None:  # fmt: skip
        """What SQL texts read and write. A text that is nothing but a hole is counted as unread."""
        namespace, prefix = self.database(connection)
        for text in [each for leaf in _leaves(value) for each in texts(leaf)][:8]:
            if not text.text.translate({ord(OPEN): None}).strip() or re.fullmatch(
                f"{OPEN}[^{CLOSE}]*{CLOSE}", text.text.strip()
            ):
                frame.effects.unread[Where(frame.module.path, line)] = None
                continue
            if text.text.endswith(".sql") and "\n" not in text.text and " " not in text.text.strip():
                frame.effects.unread[Where(frame.module.path, line)] = None
                continue
            if self._sql is None:
                frame.effects.unread[Where(frame.module.path, line)] = None
                return
            for seen in self._sql(spelled(text.text), dialect):
                found = seen.dataset
                if found.namespace == naming.TABLE:
                    found = naming.from_table(naming.qualified(found.name, namespace, prefix), namespace)
                does = Does.READS if seen.kind is EdgeKind.READS else Does.WRITES
                self._record(does, [(found, INFERRED if found.holes else text.rank)], api, line, frame, None, stage)

    # effects

    def _record(
        self, does: Does, found: Iterable[tuple[DatasetId, int]], api: str, line: int, frame: Frame,
        trust: Trust | None, stage: str | None = None,
    ) -> None:  # fmt: skip
        where = Where(frame.module.path, line)
        for dataset, rank in found:
            remote = dataset.namespace.startswith(("http:", "https:")) or dataset.namespace == "http"
            if does is Does.CALLS:
                kind, node = EdgeKind.CALLS, NodeKind.SERVICE
            elif does is Does.READS:
                kind, node = EdgeKind.READS, NodeKind.SOURCE if remote or trust else NodeKind.DATASET
            else:
                kind, node = EdgeKind.WRITES, NodeKind.DATASET
            effect = Effect(
                dataset, kind, where, rank, node, trust or (Trust.UNTRUSTED if remote and does is Does.READS else None),
                api, stage,
            )  # fmt: skip
            frame.effects.accesses[effect] = None


def _leaves(value: Value, depth: int = 0) -> Iterator[Value]:
    """The values in lists and options."""
    if depth < 4 and isinstance(value, Items):
        for each in value.items:
            yield from _leaves(each, depth + 1)
    elif depth < 4 and not isinstance(value, Items):
        for each in each_of(value):
            if isinstance(each, Items):
                yield from _leaves(each, depth + 1)
            elif isinstance(each, Mapping):
                for one in each.entries.values():
                    yield from _leaves(one, depth + 1)
            else:
                yield each


def _database_of(url: str) -> tuple[str, str]:
    if "://" not in url:
        return naming.TABLE, ""
    found = naming.from_uri(url.removeprefix("jdbc:"))
    return found.namespace, found.name


def _dialect(connection: Value | None) -> str | None:
    for value in each_of(connection if connection is not None else NONE):
        if isinstance(value, Typed):
            if value.dialect is not None:
                return value.dialect
            url = value.bound.get("url")
            if url is not None:
                text = next(texts(url)).text
                return naming.scheme_of(text.partition("://")[0]) if "://" in text and OPEN not in text[:8] else None
    return None
