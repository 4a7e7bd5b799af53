"""Turns what a pickle does into weaknesses."""

from __future__ import annotations

from collections.abc import Iterator

from pipesec_artifacts.pickles.machine import Call, Import, Walk
from pipesec_artifacts.pickles.names import Dialect, Standing, misused, resolved, standing
from pipesec_artifacts.weakness import Weakness
from pipesec_tui import Evidence

DANGEROUS = "pickle-dangerous-callable"
UNLISTED = "pickle-unlisted-callable"
HIDDEN = "pickle-hidden-callable"

_SHOWN = 120
"""Characters of an argument that are shown."""


def judge(walk: Walk, dialect: Dialect, member: str, *, dangerous_only: bool = False) -> Iterator[Weakness]:
    """The weaknesses of one pickle.

    member         -- of the archive that it lies in, else empty
    dangerous_only -- tell only of what is known to be dangerous, for bytes that may not be a pickle at all
    """
    calls: dict[tuple[str, str], Call] = {}
    for call in walk.calls:
        calls.setdefault((call.target.module, call.target.name), call)
    for key, imported in walk.imports.items():
        verdict = standing(imported, dialect)
        if verdict is Standing.ALLOWED or (dangerous_only and verdict is not Standing.DANGEROUS):
            continue
        yield _of_import(imported, calls.get(key), verdict, member, walk)
    if dangerous_only:
        return
    for call in walk.calls:
        why = misused(call)
        if why is not None:
            name = ".".join(resolved(call.target))
            yield Weakness(
                rule=HIDDEN,
                subject=(member, name),
                message=f"{_in(member)}loading it calls {name}, which {why}.",
                evidence=_evidence(call.target, call, member, walk),
            )
    for odd in walk.odd:
        yield Weakness(
            rule=HIDDEN,
            subject=(member, odd.what),
            message=f"{_in(member)}{odd.what} (byte {odd.offset}).",
            evidence={"offset": odd.offset, "protocol": walk.protocol, "member": member},
        )


def _of_import(imported: Import, call: Call | None, verdict: Standing, member: str, walk: Walk) -> Weakness:
    name = ".".join(resolved(imported))
    does = f"calls {name}" if call is not None else f"imports {name}"
    if verdict is Standing.DANGEROUS:
        rule, why = DANGEROUS, "which runs code or commands, or leads to what does"
    else:
        rule, why = UNLISTED, "which is not among what such a file is known to need"
    return Weakness(
        rule=rule,
        subject=(member, name),
        message=f"{_in(member)}loading it {does}, {why}.",
        evidence=_evidence(imported, call, member, walk),
    )


def _evidence(imported: Import, call: Call | None, member: str, walk: Walk) -> Evidence:
    return {
        "callable": ".".join(resolved(imported)),
        "written": f"{imported.module} {imported.name}",
        "offset": imported.offset,
        "protocol": walk.protocol,
        "called_by": call.by if call is not None else None,
        "arguments": _shown(call) if call is not None else None,
        "member": member,
    }


def _shown(call: Call) -> str:
    given = call.arguments if isinstance(call.arguments, tuple) else (call.arguments,)
    texts = [repr(item) if isinstance(item, str | int | None) else "…" for item in given[:4]]
    return ", ".join(texts)[:_SHOWN]


def _in(member: str) -> str:
    return f"{member}: " if member else ""
