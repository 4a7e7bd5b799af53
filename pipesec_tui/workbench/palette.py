"""The command palette: everything that the registry holds and that works in the view at hand."""

from __future__ import annotations

from collections.abc import Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider

from pipesec_tui.workbench.actions import ANYWHERE, Action, of, shown


class ActionProvider(Provider):
    """Offers actions by title; what each does stands below."""

    def _offered(self) -> Iterator[Action]:
        view = getattr(self.screen, "VIEW", None)
        for place in (view, ANYWHERE):
            if place is not None:
                yield from (action for action in of(place) if action.does != "app.command_palette")

    async def discover(self) -> Hits:
        for action in self._offered():
            yield DiscoveryHit(self._name(action), self._run(action), help=action.tells)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._offered():
            score = max(matcher.match(action.title), matcher.match(action.tells) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(self._name(action)), self._run(action), help=action.tells)

    def _name(self, action: Action) -> str:
        return f"{action.title}  ({shown(action.keys)})".replace("[", "\\[")

    def _run(self, action: Action):  # type: ignore[no-untyped-def]
        screen = self.screen

        async def run() -> None:
            await screen.run_action(action.does)

        return run
