"""Keras models: layers that carry code, and layers that are not Keras's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from pipesec_artifacts.part import Part
from pipesec_artifacts.weakness import MAX_IN_MEMORY, Exhausted, Inspection, Unreadable

LAMBDA = "keras-lambda-layer"
CUSTOM = "keras-custom-object"
_OWN = ("keras", "tensorflow.keras", "tf_keras", "tensorflow.python.keras", "builtins")
_BEGINNINGS = (b'{"class_name"', b'{"module"', b'{"name"', b'{"config"', b'{"registered_name"')
_MAX_CONFIGS = 1_000


def read_keras_config(part: Part, inspection: Inspection) -> None:
    """Looks at the ``config.json`` of a model in the format of Keras 3. Raises Unreadable."""
    with part.stream(inspection) as stream:
        content = stream.read(MAX_IN_MEMORY + 1)
    if len(content) > MAX_IN_MEMORY:
        raise Exhausted(f"larger than {MAX_IN_MEMORY >> 20} MiB: not looked at")
    try:
        config: object = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(f"a model's configuration that is no JSON: {error}") from None
    _look(config, part, inspection)


def read_hdf5(part: Part, inspection: Inspection) -> None:
    """Looks at the configurations that lie as JSON text in an HDF5 file. The structure around them is not read, and a
    file may hold Python objects in other ways (pandas writes pickles into ``HDFStore``), so that the rest is a gap."""
    with part.stream(inspection) as stream:
        content = stream.read(MAX_IN_MEMORY + 1)
    decoder = json.JSONDecoder()
    at, count = 0, 0
    while count < _MAX_CONFIGS:
        starts = [found for text in _BEGINNINGS if (found := content.find(text, at)) >= 0]
        if not starts:
            break
        at = min(starts)
        count += 1
        text = content[at : at + (16 << 20)].decode("utf-8", "replace")
        try:
            config, length = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            at += 1
            continue
        _look(config, part, inspection)
        at += max(1, length)
    inspection.gap(part.member, "HDF5: only configurations of models in the file's text are looked at, not its objects")


def _look(config: object, part: Part, inspection: Inspection) -> None:
    for layer in _objects(config):
        name, module = layer.get("class_name"), layer.get("module")
        if name in ("Lambda", "__lambda__"):
            inspection.tell(LAMBDA, part.member, "the model has a Lambda layer, which is Python code", layer=str(name))
        elif isinstance(module, str) and not _is_own(module):
            told = f"{module}.{name}"
            what = f"loading the model imports {told}, which is not Keras's"
            inspection.tell(CUSTOM, part.member, what, told, callable=told)


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN)


def _objects(config: object) -> Iterator[dict[str, object]]:
    """All tables with a class, at any depth."""
    pending = [config]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
        elif isinstance(item, dict):
            pending += item.values()
            if "class_name" in item:
                yield item
