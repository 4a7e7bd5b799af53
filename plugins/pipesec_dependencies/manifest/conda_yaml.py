"""environment.yml of conda: its ``pip`` section names packages of PyPI.

https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html . Conda's own packages are
another ecosystem: no advisory data covers them, and that is said rather than guessed from equal names.
"""

from __future__ import annotations

from pipesec_dependencies.manifest.model import MalformedManifest, Manifest, ManifestKind, Problem
from pipesec_dependencies.manifest.plain_yaml import MalformedYaml, Text, load_plain, mapping, sequence
from pipesec_dependencies.manifest.requirements_txt import RequirementsReader


def parse(path: str, text: str) -> Manifest:
    """Reads the pip section. Raises MalformedManifest where it is no YAML."""
    try:
        data = load_plain(text, lines=True)
    except MalformedYaml as error:
        raise MalformedManifest(str(error)) from None
    reader = RequirementsReader(direct=True)
    conda: list[Text] = []
    for item in sequence(mapping(data).get("dependencies")):
        if isinstance(item, Text):
            conda.append(item)
            continue
        for entry in sequence(mapping(item).get("pip")):
            if isinstance(entry, Text):
                reader.read(entry.line, entry)
    packages = [item for item in conda if item.partition("=")[0].strip() not in ("pip", "python")]
    if packages:
        what = f"{len(packages)} packages of conda's own are not assessed: no advisory data covers them"
        reader.problems.append(Problem(packages[0].line, what))
    return Manifest(
        path=path,
        kind=ManifestKind.REQUIREMENTS,
        dependencies=tuple(reader.dependencies),
        problems=tuple(reader.problems),
        indexes=tuple(reader.indexes),
        includes=tuple(reader.includes),
    )
