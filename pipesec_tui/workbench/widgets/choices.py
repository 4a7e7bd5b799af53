"""One of a few: as Textual's radio buttons, with a sign on the chosen one, since they tell it by color alone."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import RadioButton, RadioSet


class Choices(RadioSet):
    """``chosen`` is the index of the choice."""

    def __init__(self, titles: Sequence[str], chosen: int = 0, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True)
        self._titles = tuple(titles)
        self._first = chosen

    def compose(self) -> ComposeResult:
        for index, title in enumerate(self._titles):
            yield RadioButton(_signed(title, index == self._first), value=index == self._first)

    @property
    def chosen(self) -> int:
        return max(0, self.pressed_index)

    def on_radio_set_changed(self, event: RadioSet.Changed) -> None:
        for index, (button, title) in enumerate(zip(self.query(RadioButton), self._titles, strict=True)):
            button.label = _signed(title, index == event.index)


def _signed(title: str, chosen: bool) -> str:
    return f"{'✓' if chosen else ' '} {title}"
