"""All that a user can do in the workbench: from this one registry come bindings, help, palette and the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from textual.binding import BindingType

ANYWHERE = "anywhere"
LISTS = "lists"
DIALOGS = "dialogs"


class Action(Struct, frozen=True, kw_only=True):
    """Something to do.

    id      -- ``place.name``; keys.toml rebinds by it
    keys    -- as Textual names them, with commas between
    does    -- the method ``action_…`` of the screen or widget of the place
    title   -- a word or two, for the footer
    tells   -- one sentence, for help and reference
    footer  -- whether the footer shows it; there is room for few
    """

    id: str
    keys: str
    does: str
    title: str
    tells: str
    footer: bool = False

    @property
    def place(self) -> str:
        """Where it applies: ``anywhere``, ``lists``, ``dialogs`` or a view's name."""
        return self.id.partition(".")[0]


class View(Struct, frozen=True, kw_only=True):
    """One of the workbench's views: a mode of the application."""

    name: str
    key: str
    title: str
    tells: str


VIEWS = (
    View(name="overview", key="1", title="Overview", tells="How the pipeline stands, at a glance."),
    View(name="findings", key="2", title="Findings", tells="All findings: sort, filter, read, decide, export."),
    View(name="lineage", key="3", title="Lineage", tells="How data flows from sources through stages to sinks."),
    View(name="inventory", key="4", title="Inventory", tells="Libraries, images and services, and why they are here."),
    View(name="compare", key="5", title="Compare", tells="What changed between any two assessments."),
    View(name="history", key="6", title="History", tells="All assessments so far."),
    View(name="plugins", key="7", title="Plugins", tells="Plugins, their health, and which of them may run."),
    View(name="live", key="8", title="Assess", tells="The assessment that runs, check by check."),
)


def _action(id: str, keys: str, does: str, title: str, tells: str, footer: bool = False) -> Action:
    return Action(id=id, keys=keys, does=does, title=title, tells=tells, footer=footer)


ACTIONS: tuple[Action, ...] = (
    *(
        _action(f"{ANYWHERE}.{view.name}", view.key, f"app.view('{view.name}')", view.title, view.tells)
        for view in VIEWS
    ),
    _action("anywhere.help", "question_mark,f1", "app.help", "Help", "Show the keys that work here.", True),
    _action("anywhere.palette", "colon,ctrl+p", "app.command_palette", "Commands", "Find anything by its name.", True),
    _action("anywhere.assess", "r", "app.assess", "Assess", "Assess the project now.", True),
    _action("anywhere.reload", "R", "app.reload", "Reload", "Read the history again: another process may write."),
    _action("anywhere.export", "e", "app.export", "Export", "Write what is on screen to a file, in any format."),
    _action("anywhere.undo", "u", "app.undo", "Undo", "Take the last decision back."),
    _action("anywhere.theme", "T", "app.next_theme", "Theme", "Change to the next theme."),
    _action("anywhere.previous", "left_square_bracket", "app.step(-1)", "Previous view", "Go to the view before."),
    _action("anywhere.next", "right_square_bracket", "app.step(1)", "Next view", "Go to the view behind."),
    _action("anywhere.older", "less_than_sign,comma", "app.older", "Older", "Look at the assessment before."),
    _action("anywhere.newer", "greater_than_sign,full_stop", "app.newer", "Newer", "Look at the assessment after."),
    _action("anywhere.quit", "q", "app.leave", "Quit", "Leave the workbench.", True),
    _action("lists.up", "up,k", "cursor(-1)", "Up", "Go up a line."),
    _action("lists.down", "down,j", "cursor(1)", "Down", "Go down a line."),
    _action("lists.page_up", "pageup,ctrl+u", "page(-1)", "Page up", "Go up a screenful."),
    _action("lists.page_down", "pagedown,ctrl+d", "page(1)", "Page down", "Go down a screenful."),
    _action("lists.top", "home,g", "end(0)", "Top", "Go to the first line."),
    _action("lists.bottom", "end,G", "end(1)", "Bottom", "Go to the last line."),
    _action("lists.left", "left,h", "sideways(-1)", "Left", "Show what lies to the left."),
    _action("lists.right", "right,l", "sideways(1)", "Right", "Show what lies to the right."),
    _action("lists.open", "enter", "select", "Open", "Open the line."),
    _action("lists.mark", "space", "mark", "Mark", "Mark the line, or take its mark away."),
    _action("lists.mark_all", "A", "mark_all", "Mark all", "Mark all lines of the list, or none."),
    _action("lists.sort", "s", "sort", "Sort", "Sort by the next column; a click on a header does too."),
    _action("lists.turn", "S", "turn", "Reverse", "Reverse the order."),
    _action("findings.filter", "slash,f", "filter", "Filter", "Filter: severity>=high area:sast path:etl/ new.", True),
    _action("findings.clear", "escape", "clear", "Clear", "Take the filter away, then the marks."),
    _action("findings.triage", "t", "triage", "Decide", "Decide on the marked findings, or this one.", True),
    _action("findings.edit", "o", "edit", "Editor", "Open the file in $EDITOR at the line."),
    _action("findings.copy", "y", "copy", "Copy", "Copy the finding to the clipboard (OSC 52)."),
    _action("findings.columns", "c", "columns", "Columns", "Choose the columns."),
    _action("findings.pane", "p", "pane", "Pane", "Show or hide the finding beside the list."),
    _action("findings.flow", "L", "flow", "Flow", "Show where in the data flow this finding lies."),
    _action("compare.base_older", "b", "base(1)", "Older base", "Compare with an older assessment.", True),
    _action("compare.base_newer", "B", "base(-1)", "Newer base", "Compare with a newer assessment."),
    _action("compare.filter", "slash,f", "filter", "Filter", "Filter: outcome:new severity>=high word.", True),
    _action("compare.clear", "escape", "clear", "Clear", "Take the filter away."),
    _action("compare.pane", "p", "pane", "Pane", "Show or hide the finding beside the list."),
    _action("history.compare", "d", "compare", "Compare", "Compare two marked ones, or this and the one before.", True),
    _action("inventory.filter", "slash,f", "filter", "Filter", "Filter by words: name, kind, file.", True),
    _action("inventory.clear", "escape", "clear", "Clear", "Take the filter away."),
    _action("lineage.tree", "v", "tree", "Drawing or tree", "Change between the drawing and the tree.", True),
    _action("lineage.trace", "f", "trace", "One path", "Show only what feeds this node and what it reaches.", True),
    _action("plugins.enable", "plus,a", "enable", "Enable", "Let the plugin run, pinned as it is now.", True),
    _action("plugins.disable", "minus,d", "disable", "Disable", "Keep the plugin from running.", True),
    _action("live.cancel", "x", "cancel", "Cancel check", "End this check: what it said stays.", True),
    _action("live.cancel_all", "X", "cancel_all", "Cancel all", "End all checks.", True),
    _action("dialogs.close", "escape", "close", "Close", "Leave without doing anything.", True),
)  # fmt: skip


def of(place: str) -> tuple[Action, ...]:
    """The actions of a place, in the order of the registry."""
    return tuple(action for action in ACTIONS if action.place == place)


def bindings(place: str) -> list[BindingType]:
    """Textual bindings of a place."""
    from textual.binding import Binding

    return [
        Binding(action.keys, action.does, action.title, show=action.footer, id=action.id, tooltip=action.tells)
        for action in of(place)
    ]


def clashes(keymap: Mapping[str, str] | None = None) -> list[str]:
    """Keys that two actions of one place want, a line for each. ``keymap`` gives other keys by action."""
    chosen = keymap or {}
    found: list[str] = []
    for place in dict.fromkeys(action.place for action in ACTIONS):
        owners: dict[str, str] = {}
        beside = () if place in (ANYWHERE, LISTS, DIALOGS) else (*of(LISTS), *of(ANYWHERE))
        for action in (*of(place), *beside):
            for key in chosen.get(action.id, action.keys).split(","):
                other = owners.setdefault(key.strip(), action.id)
                if other != action.id:
                    found.append(f"{shown(key)}: {other} and {action.id} both want it")
    return found


_NAMES = {
    "question_mark": "?", "slash": "/", "colon": ":", "left_square_bracket": "[", "right_square_bracket": "]",
    "plus": "+", "minus": "-", "less_than_sign": "<", "greater_than_sign": ">", "comma": ",", "full_stop": ".",
    "escape": "esc", "pageup": "PgUp", "pagedown": "PgDn",
}  # fmt: skip


def shown(keys: str) -> str:
    """Keys as people write them: ``? F1``."""
    return " ".join(_NAMES.get(key.strip(), key.strip()) for key in keys.split(","))


def reference() -> Iterator[str]:
    """The page on keys, in Markdown."""
    yield "# Keys of the workbench"
    yield (
        "Written from the code by `make docs`. `~/.config/pipesec/keys.toml` (or `keys.toml` in `PIPESEC_HOME`, where "
        "that is set) gives other keys, by action:"
    )
    yield '    [keys]\n    "findings.triage" = "t,ctrl+t"'
    for place in dict.fromkeys(action.place for action in ACTIONS):
        yield f"## {place.capitalize()}"
        rows = [f"| {_code(action.keys)} | `{action.id}` | {action.tells} |" for action in of(place)]
        yield "\n".join(["| key | action | what it does |", "|---|---|---|", *rows])


def _code(keys: str) -> str:
    return " ".join(f"`{key}`" for key in shown(keys).split(" "))
