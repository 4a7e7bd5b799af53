"""The line at the top: whose assessment this is, and the views."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from pipesec_tui.workbench.actions import VIEWS
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.wording import ago, line, short


class Tabs(Static):
    """The views with their keys; a click goes there."""

    DEFAULT_CSS = "Tabs { height: 1; background: $panel; color: $foreground; }"

    def __init__(self, view: str) -> None:
        super().__init__(markup=False)
        self._view = view
        self._spans: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        self._write()

    def on_resize(self) -> None:
        self._write()

    def _write(self) -> None:
        roomy = self.size.width >= 100
        parts: list[Content | tuple[str, str]] = []
        self._spans = []
        x = 0
        for view in VIEWS:
            here = view.name == self._view
            title = view.title if roomy or here else view.title[:4].rstrip()
            text = f" {view.key} {title} "
            parts.append((text, "bold reverse" if here else ""))
            self._spans.append((x, x + len(text), view.name))
            x += len(text)
        self.update(Content.assemble(*parts))

    async def on_click(self, event: events.Click) -> None:
        for start, end, name in self._spans:
            if start <= event.x < end:
                await self.run_action(f"app.view('{name}')")


class Masthead(Static):
    """Project and assessment."""

    DEFAULT_CSS = "Masthead { height: 1; background: $surface; color: $foreground; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, context: Context | None, running: str | None) -> None:
        """Write the line anew; ``running`` is a word on the assessment that runs."""
        if context is None:
            self.update("pipesec")
            return
        parts: list[str | tuple[str, str]] = [("pipesec ", "bold $primary"), (line(context.name, 60), "bold")]
        current = context.current
        if current is None:
            parts.append("  not assessed yet")
        else:
            branch = f" on {line(current.branch, 30)}" if current.branch else ""
            state = current.state.value
            parts.append(
                f"  {short(current.id)}{branch}, {ago(current.started_at)}, {state}, {current.findings} findings"
            )
            if not context.is_latest:
                parts.append(("  older assessment: > goes on", "bold $warning"))
        if running is not None:
            parts.append((f"  ◆ {running}", "bold $accent"))
        self.update(Content.assemble(*parts))
