"""The application: its views, what they share, and what can be done anywhere.

The first frame comes before all else: only the overview is imported with this module, other views and what starts
operations are imported when they are asked for.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import on
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from pipesec_tui.history.errors import HistoryError
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.rule import RuleSpec
from pipesec_tui.operations.errors import UsageError
from pipesec_tui.report.escape import printable
from pipesec_tui.workbench import keymap
from pipesec_tui.workbench.actions import ANYWHERE, VIEWS, bindings
from pipesec_tui.workbench.context import Context, look
from pipesec_tui.workbench.jobs import JobDone, JobFailed, in_thread
from pipesec_tui.workbench.screens.overview import OverviewPage
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.themes import CYCLE, DEFAULT, SEVERITY_ANSI, SEVERITY_COLORS, THEMES

if TYPE_CHECKING:
    from textual.command import Provider

    from pipesec_tui.operations.assess import AssessOutcome
    from pipesec_tui.operations.session import AssessOptions
    from pipesec_tui.workbench.deciding import Undo
    from pipesec_tui.workbench.live import LiveRun
    from pipesec_tui.workbench.screens.compare import ComparePage
    from pipesec_tui.workbench.screens.export import Export
    from pipesec_tui.workbench.screens.findings import FindingsPage
    from pipesec_tui.workbench.screens.lineage import LineagePage
    from pipesec_tui.workbench.screens.live import LivePage
    from pipesec_tui.workbench.screens.triage import Decision

T = TypeVar("T")
TICK = 0.1
"""Seconds between two looks at a running assessment."""


def _page(view: str) -> Callable[[], Screen[None]]:
    """Imports a view's screen when it is first gone to."""

    def make() -> Screen[None]:
        page: Screen[None] = getattr(
            import_module(f"pipesec_tui.workbench.screens.{view}"), f"{view.capitalize()}Page"
        )()
        return page

    return make


def _provider() -> type[Provider]:
    from pipesec_tui.workbench.palette import ActionProvider

    return ActionProvider


class Workbench(App[int]):
    """``root`` is the project. What was read is ``context``; ``generation`` counts how often it was."""

    TITLE = "pipesec"
    CSS_PATH = "styles/workbench.tcss"
    BINDINGS = bindings(ANYWHERE)
    COMMANDS = App.COMMANDS | {_provider}
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        view.name: OverviewPage if view.name == "overview" else _page(view.name) for view in VIEWS
    }
    DEFAULT_MODE = "overview"

    def __init__(self, root: Path, options: AssessOptions | None = None) -> None:
        super().__init__()
        self.root = root
        self.options = options
        self.context: Context | None = None
        self.generation = 0
        self.rules: dict[str, RuleSpec] = {}
        self.live: LiveRun | None = None
        self._wanted: str | None = None
        self._undo: list[Undo] = []
        self._keys = keymap.load()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(SEVERITY_ANSI if self.theme.startswith("ansi") else SEVERITY_COLORS)

    def on_mount(self) -> None:
        self.set_keymap(self._keys.keys)
        for problem in self._keys.problems:
            self.notify(problem, severity="warning", markup=False)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._leave_with, 128 + number)
        self.set_interval(TICK, self._tick)
        self.call_after_refresh(self._read)

    def _read(self) -> None:
        """Paint first, read then."""
        self.action_reload()
        self.job("rules", _known_rules, self._learn_rules)

    def _learn_rules(self, rules: dict[str, RuleSpec]) -> None:
        self.rules = rules

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        self.notify(f"keys.toml: several actions want one key: {names}", severity="warning", markup=False)

    # Work in threads

    def job(self, group: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do something in a thread, then something with its answer here. A later job of the group takes its place."""
        self.run_worker(
            partial(in_thread, self.post_message, group, job, done), thread=True, exclusive=True, group=group,
            exit_on_error=False,
        )  # fmt: skip

    @on(JobDone)
    def _finish_job(self, message: JobDone) -> None:
        try:
            message.finish()
        except (HistoryError, UsageError, OSError) as error:
            self.show_error("showing it", error)

    @on(JobFailed)
    def _job_failed(self, message: JobFailed) -> None:
        self.show_error(message.what, message.error)

    def show_error(self, what: str, error: Exception) -> None:
        """Say what went wrong; the workbench goes on."""
        text = printable(str(error)) or type(error).__name__
        self.tell(f"That did not work ({what})", text)

    def tell(self, title: str, text: str) -> None:
        """Something to read, in a dialog."""
        from pipesec_tui.workbench.screens.dialog import Message

        self.push_screen(Message(title, text))

    # What is looked at

    @property
    def page(self) -> Page[object] | None:
        """The view on screen, below any dialog."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Page):
                return cast("Page[object]", screen)
        return None

    @property
    def running(self) -> str | None:
        """Some words on the assessment that runs, where one does."""
        return self.live.word() if self.live is not None and self.live.running else None

    def look_at(self, assessment: str, then: str | None = None) -> None:
        """Look at another assessment, and go to a view."""
        self._wanted = assessment
        self.action_reload()
        if then is not None:
            self.go(then, lambda page: None)

    def action_reload(self) -> None:
        wanted = self._wanted
        self.job("context", lambda: look(self.root, wanted), self._looked)

    def _looked(self, context: Context) -> None:
        for problem in context.problems:
            if self.context is None or problem not in self.context.problems:
                self.notify(problem, severity="warning", markup=False)
        self.context = context
        self.generation += 1
        if self.page is not None:
            self.page.reload()

    def _step_record(self, step: int) -> None:
        context = self.context
        if context is None or context.current is None:
            return
        place = context.finished.index(context.current) + step
        if 0 <= place < len(context.finished):
            self.look_at(context.finished[place].id)
        else:
            self.notify("There is no older assessment." if step > 0 else "This is the latest assessment.")

    def action_older(self) -> None:
        self._step_record(1)

    def action_newer(self) -> None:
        self._step_record(-1)

    # Going about

    async def action_view(self, name: str) -> None:
        if self.page is self.screen:  # else a dialog is open
            await self.switch_mode(name)

    def go(self, name: str, then: Callable[[Page[object]], None]) -> None:
        """Go to a view, and do something with its page once it is there."""

        async def arrive() -> None:
            await self.action_view(name)
            if self.page is not None and name == self.page.VIEW:
                then(self.page)

        self.call_later(arrive)

    async def action_step(self, step: int) -> None:
        names = [view.name for view in VIEWS]
        await self.action_view(names[(names.index(self.current_mode) + step) % len(names)])

    def show_findings(self, query: str, finding: str | None = None) -> None:
        """Go to the findings of a filter, and to one of them."""

        def narrow(page: Page[object]) -> None:
            cast("FindingsPage", page).narrow(query, finding)

        self.go("findings", narrow)

    def show_comparison(self, base: str, head: str) -> None:
        """Go to the comparison of two assessments."""

        def choose(page: Page[object]) -> None:
            cast("ComparePage", page).choose(base)
            self.look_at(head)

        self.go("compare", choose)

    def show_flow(self, finding: Finding) -> None:
        """Go to the path of the data through where a finding lies."""

        def trace(page: Page[object]) -> None:
            cast("LineagePage", page).trace_of(finding.location.path, finding.location.stage)

        self.go("lineage", trace)

    def action_help(self) -> None:
        from pipesec_tui.workbench.screens.help import Help

        if self.page is self.screen and self.page is not None:
            self.push_screen(Help(self.page.VIEW, self._keys.keys))

    def action_next_theme(self) -> None:
        place = CYCLE.index(self.theme) if self.theme in CYCLE else -1
        self.theme = CYCLE[(place + 1) % len(CYCLE)]
        self.notify(f"Theme {self.theme}")

    # Assessing

    async def action_assess(self) -> None:
        await self.action_view("live")
        if self.page is not self.screen or (self.live is not None and self.live.running):
            return
        from pipesec_tui.operations.session import AssessOptions
        from pipesec_tui.workbench.live import LiveRun

        live = self.live = LiveRun(self.root, self.options or AssessOptions())
        self.run_worker(
            partial(in_thread, self.post_message, "assessing", partial(_assessed, live), self._assessed), thread=True,
            group="assessing", exit_on_error=False,
        )  # fmt: skip

    def _assessed(self, answer: AssessOutcome | str | None) -> None:
        live = self.live
        if live is None:
            return
        if isinstance(answer, str):
            live.finish(None, answer)
            self.tell("It could not be assessed", printable(answer))
        else:
            live.finish(answer)
            for note in answer.notes if answer is not None else ():
                self.notify(note, markup=False)
        self._wanted = None
        self._draw_live()
        self.action_reload()

    def _tick(self) -> None:
        live = self.live
        if live is None or not live.running:
            return
        live.drain()
        self._draw_live()

    def _draw_live(self) -> None:
        page = self.page
        if page is None or not page.is_mounted:
            return
        page.refresh_masthead()
        if page.VIEW == "live":
            cast("LivePage", page).tick()

    # Deciding

    def decide(self, findings: Sequence[Finding]) -> None:
        """Ask for a decision on findings of the latest assessment, and write it down."""
        from pipesec_tui.operations.session import today
        from pipesec_tui.workbench import deciding
        from pipesec_tui.workbench.screens.triage import TriageDialog

        def decided(decision: Decision | None) -> None:
            if decision is not None:
                job = partial(deciding.decide, self.root, findings, decision, self.context)
                self.job("deciding", job, self._decided)

        self.push_screen(TriageDialog(findings, today()), decided)

    def _decided(self, undo: Undo) -> None:
        self._undo.append(undo)
        self.notify(f"{undo.told}. u takes it back.", markup=False)
        page = self.page
        if page is not None and page.VIEW == "findings":
            cast("FindingsPage", page).table.clear_marks()
        self.action_reload()

    def action_undo(self) -> None:
        if not self._undo:
            self.notify("There is no decision to take back; those of earlier days are in pipesec.triage.toml.")
            return
        from pipesec_tui.workbench import deciding

        undo = self._undo.pop()
        self.job("deciding", partial(deciding.take_back, self.root, undo), self._undone)

    def _undone(self, told: str) -> None:
        self.notify(told, markup=False)
        self.action_reload()

    # Exporting

    def action_export(self) -> None:
        page, context = self.page, self.context
        if page is None or page is not self.screen or context is None:
            return
        if context.current is None:
            self.notify("There is nothing to export yet: press r to assess the project.")
            return
        from pipesec_tui.workbench import exporting
        from pipesec_tui.workbench.screens.export import ExportDialog

        stem = exporting.stem(context, page.VIEW)

        def chosen(export: Export | None) -> None:
            if export is None:
                return

            def job() -> Path:
                from pipesec_tui.history.store import History

                with History.open() as history:
                    document = page.document(history, context)
                exporting.write(document, export, self.rules)
                return export.path

            self.job("export", job, self._exported)

        self.push_screen(ExportDialog(exporting.what(page.VIEW), stem, Path.cwd()), chosen)

    def _exported(self, path: Path) -> None:
        self.notify(f"Wrote {path}", markup=False)

    # Leaving

    def action_leave(self) -> None:
        if self.page is not self.screen:
            self.pop_screen()
            return
        if self.live is not None and self.live.running:
            text = "The assessment that runs would be given up: the history shows it as interrupted."

            def answered(yes: bool | None) -> None:
                if yes:
                    self._leave_with(0)

            from pipesec_tui.workbench.screens.dialog import Message

            self.push_screen(Message("Leave now?", text, question="Leave"), answered)
            return
        self._leave_with(0)

    async def action_quit(self) -> None:
        self.action_leave()  # Textual's own key for it

    def _leave_with(self, status: int) -> None:
        if self.live is not None and self.live.running:
            self.live.stop()
        self.exit(status, return_code=status)


def _known_rules() -> dict[str, RuleSpec]:
    from pipesec_tui.plugin.registry import discover

    return discover(run_third_party=False).rules()


def _assessed(live: LiveRun) -> AssessOutcome | str | None:
    """What came of it, or one line on why nothing did."""
    try:
        return live.work()
    except Exception as error:
        return str(error) or type(error).__name__
