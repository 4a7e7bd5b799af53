"""What all views share: the lines at top and bottom, and how they get their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer

from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.comparison import Comparison
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.widgets.masthead import Masthead, Tabs

if TYPE_CHECKING:
    from pipesec_tui.history.store import History
    from pipesec_tui.workbench.app import Workbench

T = TypeVar("T")


class Page(Screen[None], Generic[T]):
    """A view. It is painted first; then ``gather`` reads in a thread what ``show`` puts on screen."""

    VIEW: ClassVar[str]
    AUTO_FOCUS = "VirtualTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._seen = -1

    @property
    def bench(self) -> Workbench:
        """The application, by its own type."""
        return cast("Workbench", self.app)

    def body(self) -> ComposeResult:
        """What lies between the top and the footer."""
        raise NotImplementedError

    def gather(self, history: History, context: Context) -> T:
        """Read what the view shows. Runs in a thread: no widget may be touched."""
        raise NotImplementedError

    def show(self, data: T) -> None:
        """Put on screen what ``gather`` read."""
        raise NotImplementedError

    def document(self, history: History, context: Context) -> Assessment | Comparison:
        """What an export of this view holds; runs in a thread. Raises HistoryError and UsageError."""
        assert context.current is not None
        return history.load(context.current.id)

    def compose(self) -> ComposeResult:
        yield Masthead()
        yield Tabs(self.VIEW)
        yield from self.body()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.refresh_masthead()

    def on_screen_resume(self) -> None:
        self.refresh_masthead()
        if self._seen != self.bench.generation:
            self.reload()

    def refresh_masthead(self) -> None:
        """Write the top line anew."""
        self.query_one(Masthead).show(self.bench.context, self.bench.running)

    def reload(self) -> None:
        """Read anew what the view shows."""
        context = self.bench.context
        self._seen = self.bench.generation
        self.refresh_masthead()
        if context is None:
            return

        def job() -> T:
            from pipesec_tui.history.store import History  # in the thread: the first frame needs none of it

            with History.open() as history:
                return self.gather(history, context)

        self.bench.job(f"view-{self.VIEW}", job, self._arrived)

    def _arrived(self, data: T) -> None:
        if self.is_mounted:
            self.show(data)
