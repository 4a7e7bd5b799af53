"""What orchestrators make of code: operators, decorated functions and task classes are stages of their own."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from pipesec_tui.flow import naming
from pipesec_tui.flow.catalogue import DecoratorRow, TaskRow
from pipesec_tui.flow.effects import Effect, Effects, RunEffect
from pipesec_tui.flow.facts import DatasetId, StageFact
from pipesec_tui.flow.python import syntax
from pipesec_tui.flow.resolve_io import Access, Arguments
from pipesec_tui.flow.values import (
    FOLDED,
    INFERRED,
    NONE,
    OPEN,
    ROOT,
    ClassValue,
    Closure,
    External,
    Instance,
    Items,
    Mapping,
    Text,
    Typed,
    Unknown,
    Value,
    each_of,
    either,
    join,
    spelled,
    texts,
    without_jinja,
)
from pipesec_tui.model.lineage import EdgeKind, Where

if TYPE_CHECKING:
    from pipesec_tui.flow.resolve import Follower, Frame

_INTERPRETER = re.compile(r"(?:.*/)?(?:python[0-9.]*|spark-submit|streamlit|uv|poetry)$")
_SPLIT = re.compile(r"&&|\|\||;|\n|\|")


class Tasks:
    """Stages that code declares."""

    def __init__(self, follower: Follower, access: Access) -> None:
        self._follower = follower
        self._catalogue = follower.catalogue
        self._access = access
        self._classes: set[int] = set()

    # functions

    def call(self, closure: Closure, args: Arguments, frame: Frame) -> Value:
        """A call of a project's function: with a decorator of an orchestrator, a stage of its own."""
        row, found = self.decoration(closure)
        if row is None:
            return self._follower.call(closure, args.args, args.named, frame.effects)
        if row.pipeline:
            self._follower.pipelines.append(self._label(found, row.pipeline, closure))
            try:
                return self._follower.call(closure, args.args, args.named, frame.effects)
            finally:
                self._follower.pipelines.pop()
        inner = Effects()
        value = self._follower.call(closure, args.args, args.named, inner)
        stage = self._stage(self._label(found, row.id, closure), closure.module.path, closure.function.line)
        if row.asset:
            self._asset(closure, stage, inner)
        frame.effects.extend(inner.moved(stage))
        return value

    def decoration(self, closure: Closure) -> tuple[DecoratorRow | None, Arguments | None]:
        """The orchestrator's decorator of a function, and its arguments."""
        if not closure.function.decorators:
            return None, None
        from pipesec_tui.flow.resolve import Frame

        frame = Frame(closure.module, closure.outer or closure.module.names, Effects(), closure.function)
        for decorator in closure.function.decorators:
            called = isinstance(decorator, syntax.Call)
            target = decorator.func if isinstance(decorator, syntax.Call) else decorator
            value = self._follower.value(target, frame)
            if isinstance(value, External):
                row = self._catalogue.decorator(value.symbol)
                if row is not None:
                    args = self._follower._calls._arguments(decorator, frame) if called else None  # type: ignore[arg-type]
                    return row, args
        return None, None

    def _label(self, args: Arguments | None, selector: str, closure: Closure) -> str:
        value = args.select(selector) if args is not None else None
        return spelled(next(texts(value)).text) if value is not None else closure.function.name

    def _asset(self, closure: Closure, stage: StageFact, effects: Effects) -> None:
        where = Where(closure.module.path, closure.function.line)
        name = DatasetId("dagster", closure.function.name)
        effects.accesses[Effect(name, EdgeKind.WRITES, where, FOLDED, api="dagster.asset", stage=stage.key)] = None
        for parameter in closure.function.parameters:
            if parameter.name not in ("context", "self", "config") and not parameter.star and parameter.default is None:
                upstream = DatasetId("dagster", parameter.name)
                effects.accesses[
                    Effect(upstream, EdgeKind.READS, where, FOLDED, api="dagster.asset", stage=stage.key)
                ] = None

    def _stage(self, name: str, path: str, line: int, image: str | None = None) -> StageFact:
        return StageFact(
            key=f"{path}#{name}", name=name, where=Where(path, line), pipeline=self._pipeline(), code=path, image=image
        )

    def _pipeline(self) -> str | None:
        return self._follower.pipelines[-1] if self._follower.pipelines else None

    # operators

    def task(self, symbol: str, args: Arguments, frame: Frame) -> Value | None:
        """A call that declares a stage, such as an operator of Airflow; None for any other call."""
        row = self._catalogue.task(symbol)
        if row is None:
            return None
        name_value = args.select(row.id)
        function = args.select(row.call) if row.call else None
        if name_value is not None:
            name = spelled(next(texts(name_value)).text)
        elif isinstance(function, Closure):
            name = function.function.name
        else:
            name = symbol.rpartition(".")[2]
        image = args.select(row.image)
        stage = self._stage(name, frame.module.path, args.line, next(texts(image)).text if image else None)
        dag = args.named.get("dag")
        if stage.pipeline is None and isinstance(dag, Typed) and "pipeline" in dag.bound:
            stage = StageFact(
                key=stage.key, name=stage.name, where=stage.where, pipeline=next(texts(dag.bound["pipeline"])).text,
                code=stage.code, image=stage.image,
            )  # fmt: skip
        inner = self._inner(frame)
        self._operator(row, symbol, function, args, inner)
        frame.effects.extend(inner.effects.moved(stage))
        return Typed("Task")

    def _inner(self, frame: Frame) -> Frame:
        from pipesec_tui.flow.resolve import Frame

        return Frame(frame.module, frame.names, Effects(), frame.function, frame.outer, frame.owner)

    def _operator(self, row: TaskRow, symbol: str, function: Value | None, args: Arguments, frame: Frame) -> None:
        if isinstance(function, Closure):
            named = args.select(row.named) if row.named else None
            given = args.select(row.args) if row.args else None
            self.call(
                function,
                Arguments(
                    list(given.items) if isinstance(given, Items) else [],
                    dict(named.entries) if isinstance(named, Mapping) else {},
                    args.line,
                ),
                frame,
            )
        for end in row.ends:
            self._access.end(end, args, None, symbol, frame)
        for name, kind in (("inlets", EdgeKind.READS), ("outlets", EdgeKind.WRITES)):
            for asset in _assets(args.named.get(name)):
                effect = Effect(
                    self._access.path(asset.text), kind, Where(frame.module.path, args.line), asset.rank, api=symbol
                )
                frame.effects.accesses[effect] = None
        if row.sql:
            text = args.select(row.sql)
            if text is not None:
                self._access.sql(text, row.dialect, None, symbol, args.line, frame)
        if row.shell:
            self.shell(args.select(row.shell), args, frame)
        if row.script:
            script = args.select(row.script)
            argv = args.select(row.argv) if row.argv else None
            for text in texts(script) if script is not None else ():
                rest = [next(texts(each)).text for each in argv.items] if isinstance(argv, Items) else []
                self._run([text.text, *rest], args.line, frame)

    # commands

    def shell(self, value: Value | None, args: Arguments, frame: Frame) -> None:
        """A command line or a list of arguments that runs a script of the project."""
        for each in list(each_of(value if value is not None else NONE))[:24]:
            if isinstance(each, Items):
                self._command([next(texts(item)).text for item in each.items], args.line, frame)
            elif isinstance(each, Text):
                for part in _SPLIT.split(without_jinja(each.text))[:40]:
                    try:
                        words = shlex.split(part, comments=True)
                    except ValueError:
                        words = part.split()
                    self._command(words, args.line, frame)

    def _command(self, words: list[str], line: int, frame: Frame) -> None:
        words = (
            [word for word in words if "=" not in word or word.startswith("-")] if words and "=" in words[0] else words
        )
        while words and (
            _INTERPRETER.match(words[0])
            or words[0] in ("run", "exec", "sudo", "env", "nohup", "time")
            or "executable" in words[0]
        ):
            words = words[1:]
            while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
                words = (
                    words[2:]
                    if words[0] in ("--master", "--deploy-mode", "--packages", "--jars", "--conf", "--py-files")
                    else words[1:]
                )
        if len(words) > 1 and words[0] == "-m":
            words = [words[1].replace(".", "/") + ".py", *words[2:]]
        if words and words[0].endswith(".py"):
            self._run(words, line, frame)

    def _run(self, words: list[str], line: int, frame: Frame) -> None:
        target = words[0].rpartition(ROOT)[2].lstrip("/") if ROOT in words[0] else words[0]
        effect = RunEffect(posixpath.normpath(target), numbered(words[1:]), Where(frame.module.path, line))
        frame.effects.runs[effect] = None

    # classes

    def class_stage(self, of: ClassValue) -> Effects | None:
        """What a task class does, as a stage; None for any other class. (Luigi.)"""
        row = self._class_row(of)
        if row is None or id(of.definition) in self._classes:
            return None
        self._classes.add(id(of.definition))
        follower = self._follower
        instance = self._task_instance(of)
        where = Where(of.module.path, of.definition.line)
        inner = Effects()
        for target, kind in (
            *((each, EdgeKind.WRITES) for each in self._targets(instance, row.outputs)),
            *((each, EdgeKind.READS) for each in self._required(instance, row.inputs, row.outputs)),
        ):
            for text in texts(target.bound.get("path", Unknown("expr", "target"))):
                dataset = (
                    naming.from_table(spelled(text.text))
                    if target.type == "TableTarget"
                    else self._access.path(text.text)
                )
                rank = INFERRED if dataset.holes else max(text.rank, FOLDED)
                inner.accesses[Effect(dataset, kind, where, rank, api=row.sym[0])] = None
        run = follower.class_member(of, row.run, instance)
        if isinstance(run, Closure):
            instance.attributes["<self>"] = instance
            follower.call(run, (), {}, inner)
        if not inner:
            return None
        stage = self._stage(of.definition.name, of.module.path, of.definition.line)
        return inner.moved(stage)

    def _class_row(self, of: ClassValue, depth: int = 0):  # type: ignore[no-untyped-def]
        for base in self._follower.bases(of):
            if isinstance(base, External):
                row = self._catalogue.base(base.symbol)
                if row is not None:
                    return row
            elif isinstance(base, ClassValue) and depth < 5:
                row = self._class_row(base, depth + 1)
                if row is not None:
                    return row
        return None

    def _task_instance(self, of: ClassValue) -> Instance:
        """A task whose parameters are not known but for their defaults."""
        instance = Instance(of)
        frame = self._follower.class_frame(of)
        for statement in of.definition.body:
            if isinstance(statement, syntax.Assign) and isinstance(statement.value, syntax.Call):
                args = self._follower._calls._arguments(statement.value, frame)
                instance.attributes[statement.target] = args.named.get("default", Unknown("param", statement.target))
        return instance

    def _targets(self, instance: Value, method: str) -> list[Typed]:
        if not isinstance(instance, Instance):
            return []
        function = self._follower.class_member(instance.of, method, instance)
        if not isinstance(function, Closure):
            return []
        return [each for each in _inside(self._follower.call(function, (), {}, Effects())) if isinstance(each, Typed)]

    def _required(self, instance: Instance, inputs: str, outputs: str) -> list[Typed]:
        function = self._follower.class_member(instance.of, inputs, instance)
        if not isinstance(function, Closure):
            return []
        needed = _inside(self._follower.call(function, (), {}, Effects()))
        return [target for each in needed for target in self._targets(each, outputs)]


def numbered(words: list[str]) -> tuple[tuple[str, str], ...]:
    """Arguments of a command line as runs name them: by position, counted from 1, and options by their name."""
    rows: list[tuple[str, str]] = []
    position = 0
    index = 0
    while index < len(words):
        word = words[index]
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.partition("=")
            if not equals and index + 1 < len(words) and not words[index + 1].startswith("-"):
                value = words[index + 1]
                index += 1
            rows.append((name, value))
        else:
            position += 1
            rows.append((str(position), word))
        index += 1
    return tuple(rows[:50])


def _inside(value: Value, depth: int = 0) -> list[Value]:
    if depth > 3:
        return []
    if isinstance(value, Items):
        return [one for each in value.items for one in _inside(each, depth + 1)]
    if isinstance(value, Mapping):
        return [one for each in value.entries.values() for one in _inside(each, depth + 1)]
    return [
        one
        for each in each_of(value)
        for one in ([each] if not isinstance(each, Items | Mapping) else _inside(each, depth + 1))
    ]


def _assets(value: Value | None) -> list[Text]:
    return [
        text
        for each in _inside(value if value is not None else Items(()))
        if isinstance(each, Typed | Text)
        for text in texts(each)
    ]


__all__ = ["OPEN", "Tasks", "either", "join", "numbered"]
