"""Which names mean the same dataset: scheme aliases, container paths, globs and holes, schemas left unsaid."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipesec_tui.flow import naming
from pipesec_tui.flow.facts import DatasetId

MAX_CANDIDATES = 2_000
"""Names of one namespace that patterns are compared with; behind that, names stay apart."""


def canonical(dataset: DatasetId) -> DatasetId:
    """A name by the one spelling: aliases of schemes, default ports, slashes and the case of tables. Idempotent."""
    for _ in range(MAX_ROUNDS):
        # A path may turn out to be a URI, and that URI a table's.
        spelled = _spelled(dataset)
        if spelled == dataset:
            break
        dataset = spelled
    return dataset


def _spelled(dataset: DatasetId) -> DatasetId:
    namespace, name = dataset.namespace, dataset.name
    if namespace == naming.FILE:
        return naming.from_uri(name)
    if namespace == naming.TABLE:
        return naming.from_table(name)
    scheme, mark, _ = namespace.partition("://")
    if not mark or "{" in scheme:
        return dataset
    if scheme.lower() in ("sqlite", "duckdb"):
        return DatasetId(namespace, naming.from_table(name).name if name else "")
    if scheme.lower() == "kafka":
        return naming.from_topic(name)
    found = naming.from_uri(f"{namespace}/{name}")
    if naming.scheme_of(scheme) in _DATABASES:
        return naming.from_table(name, found.namespace)
    return found


_DATABASES = {"postgres", "mysql", "redshift", "snowflake", "sqlserver", "trino", "oracle", "mssql"}


MAX_ROUNDS = 20


def unify(datasets: Iterable[DatasetId], declared: Collection[DatasetId] = ()) -> dict[DatasetId, DatasetId]:
    """Every name with the name that stands for it. Deterministic: it depends on the set of names alone.

    declared -- names from pipesec.toml: they stand for what they take in, globs too

    Names that are joined: the same canonical name; an absolute path and the one relative path that it ends with (a
    container's mount); a table without a database and the one table in a database that ends with its name; a name with
    holes or globs and the one plain name, or declared pattern, that it fits, where enough of it is known to tell.
    """
    first = {canonical(each) for each in declared}
    found = {dataset: canonical(dataset) for dataset in datasets}
    for _ in range(MAX_ROUNDS):
        # What is joined may leave another name with one candidate only. Every round has fewer names.
        stands = _joined({*found.values()} | first, first)
        if not stands:
            break
        found = {dataset: _end(name, stands) for dataset, name in found.items()}
    return found


def _joined(names: set[DatasetId], first: set[DatasetId]) -> dict[DatasetId, DatasetId]:
    """Names with the one that stands for them, where that is another."""
    known = sorted(names)
    stands: dict[DatasetId, DatasetId] = {}
    by_namespace: dict[str, list[DatasetId]] = {}
    for dataset in known:
        by_namespace.setdefault(dataset.namespace, []).append(dataset)
    _join_absolute(by_namespace.get(naming.FILE, []), stands)
    _join_tables(by_namespace, stands)
    for group in by_namespace.values():
        _join_patterns(group, first, stands)
    return {name: other for name, other in stands.items() if name not in first}


def _end(dataset: DatasetId, stands: dict[DatasetId, DatasetId]) -> DatasetId:
    for _ in range(8):
        following = stands.get(dataset)
        if following is None:
            break
        dataset = following
    return dataset


def _join_absolute(group: list[DatasetId], stands: dict[DatasetId, DatasetId]) -> None:
    relative: dict[str, list[DatasetId]] = {}
    for dataset in group:
        if not dataset.name.startswith(("/", "{", "~")) and "/" in dataset.name:
            relative.setdefault(dataset.name.rpartition("/")[2], []).append(dataset)
    for dataset in group:
        if dataset.name.startswith("/"):
            ends = [
                each for each in relative.get(dataset.name.rpartition("/")[2], ())
                if dataset.name.endswith("/" + each.name.removeprefix("../"))
            ]  # fmt: skip
            if len(ends) == 1:
                stands[dataset] = ends[0]


def _join_tables(by_namespace: dict[str, list[DatasetId]], stands: dict[DatasetId, DatasetId]) -> None:
    homes: dict[str, list[DatasetId]] = {}
    for namespace, group in by_namespace.items():
        scheme = namespace.partition("://")[0]
        if scheme in _DATABASES or scheme in ("sqlite", "duckdb", "bigquery"):
            for dataset in group:
                homes.setdefault(naming.plain_table(dataset.name).rpartition(".")[2], []).append(dataset)
    bare: dict[str, list[DatasetId]] = {}
    for dataset in by_namespace.get(naming.TABLE, []):
        bare.setdefault(naming.plain_table(dataset.name), []).append(dataset)
    for plain, group in bare.items():
        shortest = min(group, key=lambda each: (len(each.name), each.name))
        for dataset in group:
            if dataset != shortest:
                stands[dataset] = shortest
        ends = [
            each for each in homes.get(plain.rpartition(".")[2], ())
            if f".{naming.plain_table(each.name)}".endswith(f".{plain}")
        ]  # fmt: skip
        if len(ends) == 1:
            stands[shortest] = ends[0]


def _join_patterns(group: list[DatasetId], declared: set[DatasetId], stands: dict[DatasetId, DatasetId]) -> None:
    if len(group) > MAX_CANDIDATES:
        return
    plain = [each for each in group if each not in stands and naming.pattern_of(each.name) is None]
    patterns = [each for each in group if each not in stands and naming.pattern_of(each.name) is not None]
    for dataset in patterns:
        pattern = naming.pattern_of(dataset.name)
        if pattern is None or len(naming.fixed_part(dataset.name)) < 3:
            continue
        if dataset in declared:
            for each in plain:
                if each not in declared and each not in stands and pattern.fullmatch(each.name):
                    stands[each] = dataset
            for each in patterns:
                if each not in declared and each not in stands and _same_start(each.name, dataset.name):
                    stands[each] = dataset
            continue
        fitting = [each for each in plain if pattern.fullmatch(each.name)]
        if len(fitting) == 1 and dataset not in stands:
            stands[dataset] = _end(fitting[0], stands)
    _join_same_shape([each for each in patterns if each not in stands], declared, stands)


def _join_same_shape(patterns: list[DatasetId], declared: set[DatasetId], stands: dict[DatasetId, DatasetId]) -> None:
    """Names that differ only in what their holes are called: written by one stage, read by another."""
    shapes: dict[str, DatasetId] = {}
    for dataset in patterns:
        if dataset in declared or len(naming.fixed_part(dataset.name)) < 3:
            continue
        pattern = naming.pattern_of(dataset.name)
        shape = pattern.pattern if pattern is not None else dataset.name
        kept = shapes.setdefault(shape, dataset)
        if kept != dataset:
            stands[dataset] = kept


def _same_start(name: str, pattern: str) -> bool:
    """Whether a name with holes may lie below a declared pattern: the fixed beginnings agree."""
    left = name.partition("{")[0].partition("*")[0]
    right = pattern.partition("{")[0].partition("*")[0]
    return len(right) >= 3 and left.startswith(right)
