"""The same facts with other lines or other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from pipesec_tui.flow.facts import DatasetId, Extraction
from pipesec_tui.model.lineage import Where


def relined(extraction: Extraction, lines: Mapping[str, Sequence[int]]) -> Extraction:
    """Facts of texts that were taken out of files, with the lines of the files: line 1 is ``lines[path][0]``."""
    if not lines:
        return extraction

    def place(where: Where) -> Where:
        own = lines.get(where.path)
        if own is None or where.line is None or where.line > len(own):
            return where
        return Where(where.path, own[where.line - 1])

    return structs.replace(
        extraction,
        stages=tuple(structs.replace(each, where=place(each.where)) for each in extraction.stages),
        accesses=tuple(structs.replace(each, where=place(each.where)) for each in extraction.accesses),
    )


def renamed(extraction: Extraction, names: Mapping[DatasetId, DatasetId]) -> Extraction:
    """Facts with datasets by other names: those of a catalog by where they lie."""
    if not names:
        return extraction
    accesses = tuple(
        structs.replace(each, dataset=names.get(each.dataset, each.dataset)) for each in extraction.accesses
    )
    return structs.replace(extraction, accesses=accesses)
