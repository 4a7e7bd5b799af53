"""Consent to run a project's commands: what `pipesec allow` shows, and what it stores.

Consent is given for the digest of all that decides what would happen; whatever of it changes asks again. It is kept in
the user's state directory, where a hostile repository can't plant it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from pipesec_tui.home import home
from pipesec_tui.model.files import Inventory
from pipesec_tui.model.project import Project, Stage
from pipesec_tui.project.bounded import read_bounded, replace_file
from pipesec_tui.project.commands import Input, ProjectFiles, command_files

_MAX_STORED = 16 << 20
_EXTENSIONS = (".pipesec/models/", ".pipesec/attacks/")


class StageConsent(Struct, frozen=True, kw_only=True):
    """One stage as it would run.

    files    -- what of the project its command names or imports
    data     -- samples of the sources it reads, and what the stand-ins of its services start from
    services -- stand-ins that would be started for it, as ``name (kind)``
    image    -- the image and, where it is known, its digest
    """

    stage: str
    run: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    timeout: str | None
    image: str | None
    isolation: str
    files: tuple[Input, ...]
    data: tuple[Input, ...]
    services: tuple[str, ...]


class ConsentPlan(Struct, frozen=True, kw_only=True):
    """All that consent is asked for.

    root                    -- absolute path of the project
    on_promote, on_rollback -- commands after a canary's verdict; ``canary_files`` are those they name
    extensions              -- models and attacks in `.pipesec/`: with consent, their sanitizers and suppressions count
    """

    root: str
    stages: tuple[StageConsent, ...] = ()
    canary: tuple[str | None, str | None] = (None, None)
    on_promote: tuple[str, ...] = ()
    on_rollback: tuple[str, ...] = ()
    canary_files: tuple[Input, ...] = ()
    extensions: tuple[Input, ...] = ()

    def is_empty(self) -> bool:
        """Whether there is nothing to consent to."""
        return not (self.stages or self.on_promote or self.on_rollback or self.extensions)

    def digest(self) -> str:
        """BLAKE2b-128 of the whole plan, in hexadecimal."""
        return blake2b(msgspec.json.encode(self, order="deterministic"), digest_size=16).hexdigest()


class ConsentError(OSError):
    """Stored consents can't be read; the message is one line that says what to do."""


class _Consent(Struct, frozen=True):
    digest: str
    at: str


class _Stored(Struct, frozen=True):
    consents: dict[str, _Consent] = {}


def plan(
    project: Project, root: Path, inventory: Inventory, *, image_digests: Mapping[str, str] | None = None
) -> ConsentPlan:
    """What would run of a project. ``image_digests`` gives images by name the digest they have now, where known.

    Reads files that its commands name and the inventory left out; runs nothing. Raises OSError where the
    installation's key can't be kept.
    """
    files = ProjectFiles(inventory)
    canary = project.canary
    on_promote = canary.on_promote if canary else ()
    on_rollback = canary.on_rollback if canary else ()
    named = [*command_files(on_promote, ".", files), *command_files(on_rollback, ".", files)]
    return ConsentPlan(
        root=inventory.root,
        stages=tuple(_stage(stage, project, files, image_digests or {}) for stage in project.stages if stage.run),
        canary=(canary.baseline, canary.candidate) if canary else (None, None),
        on_promote=on_promote,
        on_rollback=on_rollback,
        canary_files=tuple(sorted(set(named))),
        extensions=tuple(item for folder in _EXTENSIONS for item in files.below(folder)),
    )


def granted(plan: ConsentPlan) -> bool:
    """Whether the user has consented to exactly this. Consents that can't be read are none."""
    if plan.is_empty():
        return True
    try:
        consent = _stored().consents.get(plan.root)
    except ConsentError:
        return False
    return consent is not None and consent.digest == plan.digest()


def grant(plan: ConsentPlan) -> None:
    """Stores consent to a plan, instead of any earlier one to the same project. Raises OSError."""
    with _changing() as consents:
        now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
        consents[plan.root] = _Consent(plan.digest(), now)


def revoke(root: Path) -> bool:
    """Takes back the consent to a project; whether there was one. Raises OSError."""
    with _changing() as consents:
        return consents.pop(os.path.realpath(root), None) is not None


def _stage(stage: Stage, project: Project, files: ProjectFiles, image_digests: Mapping[str, str]) -> StageConsent:
    services = [service for service in project.services if service.name in stage.uses]
    samples = [source.sample for source in project.sources if source.name in stage.reads and source.sample]
    seeds = [service.seed for service in services if service.seed]
    image = stage.image
    if image is not None and image in image_digests:
        image = f"{image} ({image_digests[image]})"
    return StageConsent(
        stage=stage.name,
        run=stage.run,
        cwd=stage.cwd,
        env=stage.env,
        timeout=stage.timeout,
        image=image,
        isolation="auto",
        files=tuple(sorted(set(command_files(stage.run, stage.cwd, files)))),
        data=tuple(sorted({item for path in (*samples, *seeds) for item in files.at(path)})),
        services=tuple(f"{service.name} ({service.kind.value})" for service in services),
    )


def _path() -> Path:
    return home() / "consent.json"


def _stored() -> _Stored:
    try:
        return msgspec.json.decode(read_bounded(_path(), _MAX_STORED), type=_Stored)
    except FileNotFoundError:
        return _Stored()
    except (OSError, msgspec.DecodeError) as error:
        raise ConsentError(f"{_path()} can't be read ({error}); remove it, and consent again where needed") from None


@contextmanager
def _changing() -> Iterator[dict[str, _Consent]]:
    """The consents, stored again afterwards, while no other process changes them."""
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(home() / "consent.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        consents = dict(_stored().consents)
        yield consents
        replace_file(_path(), msgspec.json.format(msgspec.json.encode(_Stored(consents))) + b"\n")
    finally:
        os.close(descriptor)
