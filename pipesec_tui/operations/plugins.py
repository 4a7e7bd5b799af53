"""Enabling and disabling plugins."""

from __future__ import annotations

from msgspec import structs

from pipesec_tui.operations.errors import UsageError
from pipesec_tui.plugin import enabling
from pipesec_tui.plugin.registry import SHIPPED, PluginState, discover, find


def enable(name: str) -> str:
    """Enable an installed plugin, pinned as it is now, and say in one line what that means.

    Asking it what it brings runs its code, which is what the user consents to here. A plugin that can't be loaded is
    enabled all the same, and shows as a gap until it can. Raises UsageError for one that isn't installed.
    """
    choices = enabling.load()
    if name in choices.disabled:
        enabling.store(structs.replace(choices, disabled=tuple(n for n in choices.disabled if n != name)))
        return f"{name} is enabled again"
    found = find(name)
    if found is None:
        raise UsageError(f"no plugin {name!r} is installed; `pipesec plugins list` shows those that are")
    distribution, _ = found
    if distribution.name == SHIPPED:
        return f"{name} ships with pipesec and is enabled"
    path = enabling.editable_path(distribution)
    pin = enabling.Pin(
        distribution=distribution.name, version=distribution.version,
        hash=None if path else enabling.content_hash(distribution), path=path,
    )  # fmt: skip
    enabling.store(structs.replace(choices, enabled=choices.enabled | {name: pin}))
    plugin = discover(fresh=True).get(name)
    checks = tuple(check.id for check in plugin.specs.checks) if plugin is not None and plugin.specs else ()
    enabling.store(structs.replace(choices, enabled=choices.enabled | {name: structs.replace(pin, checks=checks)}))
    pinned = f"pinned by path: {path}" if path else f"pinned to version {pin.version} and its files as they are now"
    if plugin is None or plugin.state is not PluginState.LOADED:
        why = plugin.detail if plugin is not None else "it is gone"
        return f"{name} is enabled ({pinned}), but could not be loaded: {why}"
    return f"{name} is enabled ({pinned}); checks: {', '.join(checks) or 'none'}"


def disable(name: str) -> str:
    """Keep a plugin from running. Raises UsageError for one that is unknown."""
    choices = enabling.load()
    if name in choices.enabled:
        left = {key: pin for key, pin in choices.enabled.items() if key != name}
        enabling.store(structs.replace(choices, enabled=left))
        return f"{name} is disabled"
    found = find(name)
    if found is None:
        raise UsageError(f"no plugin {name!r} is installed or enabled; `pipesec plugins list` shows those that are")
    if found[0].name == SHIPPED:
        enabling.store(structs.replace(choices, disabled=tuple(sorted({*choices.disabled, name}))))
        return f"{name} is disabled: its checks are not assessed any more"
    return f"{name} was not enabled"
