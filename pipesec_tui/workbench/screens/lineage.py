"""Lineage: how data flows, as a drawing and as a tree."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, ScrollableContainer, Vertical
from textual.content import Content
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from pipesec_tui.history.store import History
from pipesec_tui.model.lineage import Node, NodeKind
from pipesec_tui.workbench.actions import bindings
from pipesec_tui.workbench.context import Context
from pipesec_tui.workbench.flow import Flow, declared, drawn, risks
from pipesec_tui.workbench.screens.page import Page
from pipesec_tui.workbench.wording import SEVERITY_WORDS, line

_NONE = (
    "No data flow is known.\n\n"
    "Name sources, stages and sinks in pipesec.toml (`pipesec init` drafts it), or run the lineage check, then assess "
    "again with r."
)


class LineagePage(Page[Flow]):
    """The tree is always there, to go about in; the drawing stands beside it where it fits."""

    VIEW = "lineage"
    BINDINGS = bindings("lineage")
    AUTO_FOCUS = "#flow-tree"

    def __init__(self) -> None:
        super().__init__()
        self._flow: Flow | None = None
        self._traced: str | None = None
        self._wanted: tuple[str | None, str | None] | None = None

    def body(self) -> ComposeResult:
        yield Static("", id="flow-line", markup=False)
        with Horizontal(id="flow"):
            with Vertical(id="flow-left"):
                tree: Tree[str] = Tree("data flow", id="flow-tree")
                tree.show_root = False
                tree.guide_depth = 2
                yield tree
                yield Static("", id="flow-node", markup=False)
            with ScrollableContainer(id="flow-drawing"):
                yield Static("", id="drawing", markup=False)

    def trace_of(self, path: str | None, stage: str | None) -> None:
        """Show the path through the node that a finding lies in, once the flow is there."""
        self._wanted = (path, stage)
        if self._flow is not None and self.is_mounted:
            self._go_to_wanted()

    def gather(self, history: History, context: Context) -> Flow:
        told = declared(context.project)
        scripts = {
            f"stage:{stage.name}": tuple(f"{stage.cwd}/{part}".removeprefix("./") for part in stage.run)
            for stage in context.project.stages
        }
        if context.current is None:
            return Flow(lineage=told, risk={}, declared=True)
        lineage = history.outline(context.current.id).lineage
        seen = bool(lineage.nodes)
        lineage = lineage if seen else told
        by_path = history.worst(context.current.id)
        return Flow(lineage=lineage, risk=risks(lineage, by_path, scripts), declared=not seen)

    def show(self, data: Flow) -> None:
        self._flow = data
        if self._wanted is not None:
            self._go_to_wanted()
        else:
            self._fill()

    def _shown(self) -> Flow | None:
        flow = self._flow
        if flow is None or self._traced is None:
            return flow
        return flow.around(self._traced)

    def _fill(self) -> None:
        flow = self._shown()
        tree: Tree[str] = self.query_one("#flow-tree", Tree)
        tree.clear()
        if flow is None or not flow.lineage.nodes:
            self.query_one("#flow-line", Static).update(_NONE)
            self.query_one("#drawing", Static).update("")
            return
        by_id = {node.id: node for node in flow.lineage.nodes}
        ends = {end for _, end in flow.arrows()}
        starts = [node for node in flow.lineage.nodes if node.id not in ends] or list(flow.lineage.nodes[:1])
        shown: set[str] = set()
        for node in starts:
            _grow(tree.root, node, flow, by_id, shown)
        for node in flow.lineage.nodes:
            if node.id not in shown:
                _grow(tree.root, node, flow, by_id, shown)
        tree.root.expand()
        tree.cursor_line = 0
        told = "as pipesec.toml declares it" if flow.declared else "as the checks saw it"
        trace = "  only one path: f shows all" if self._traced else ""
        legend = "▷ source  ▤ dataset  ⚙ stage  ◼ sink  ☁ service  H2 = 2 findings, the worst high"
        self.query_one("#flow-line", Static).update(f"{len(by_id)} nodes, {told}{trace}\n{legend}")
        self.bench.job("drawing", lambda: drawn(flow), self._drawn)

    def _drawn(self, text: str | None) -> None:
        if self.is_mounted:
            self.query_one("#drawing", Static).update(
                "Too large to draw: the tree shows it, and f limits it to one path." if text is None else text
            )

    def _node(self) -> Node | None:
        tree: Tree[str] = self.query_one("#flow-tree", Tree)
        at = tree.cursor_node
        if at is None or at.data is None or self._flow is None:
            return None
        return next((node for node in self._flow.lineage.nodes if node.id == at.data), None)

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[str]) -> None:
        node = self._node()
        if node is not None and self._flow is not None:
            self.query_one("#flow-node", Static).update(_told(node, self._flow))

    def on_tree_node_selected(self, event: Tree.NodeSelected[str]) -> None:
        event.stop()

    def action_tree(self) -> None:
        self.set_class(not self.has_class("-no-drawing"), "-no-drawing")

    def action_trace(self) -> None:
        node = self._node()
        self._traced = None if self._traced is not None or node is None else node.id
        self._fill()

    def _go_to_wanted(self) -> None:
        wanted, flow = self._wanted, self._flow
        self._wanted = None
        assert wanted is not None
        path, stage = wanted
        nodes = flow.lineage.nodes if flow is not None else ()
        fits = [node for node in nodes if stage is not None and node.kind is NodeKind.STAGE and node.name == stage]
        fits = fits or [node for node in nodes if path is not None and any(w.path == path for w in node.where)]
        if fits:
            self._traced = fits[0].id
        else:
            self._traced = None
            self.notify("That finding lies in no stage that is known.", severity="warning")
        self._fill()


def _grow(parent: TreeNode[str], node: Node, flow: Flow, by_id: dict[str, Node], shown: set[str]) -> None:
    """Add a node and what is behind it; what is shown elsewhere already is only named. Not recursive: a flow may be
    longer than Python's stack."""
    pending = [(parent, node)]
    while pending:
        above, each = pending.pop()
        again = each.id in shown
        shown.add(each.id)
        behind = [by_id[name] for name in flow.following(each.id) if name in by_id] if not again else []
        label = Text(flow.label(each) + (" ↑" if again and flow.following(each.id) else ""))  # never read as markup
        if not behind:
            above.add_leaf(label, each.id)
            continue
        branch = above.add(label, each.id, expand=True)
        pending += [(branch, child) for child in reversed(behind)]


def _told(node: Node, flow: Flow) -> Content:
    parts = [Content.assemble((line(node.name), "bold"), f"  {node.kind.value}")]
    if node.pipeline:
        parts.append(Content(f"in pipeline {line(node.pipeline)}"))
    if node.trust is not None:
        parts.append(Content(f"who can write it: {node.trust.value}"))
    risk = flow.risk.get(node.id)
    if risk is not None:
        tone = f"$severity-{risk[0].value}"
        parts.append(Content.assemble(f"{risk[1]} open findings, the worst ", (SEVERITY_WORDS[risk[0]], tone)))
    parts += [Content(f"at {line(w.path)}{f':{w.line}' if w.line else ''}") for w in node.where[:3]]
    sure = sorted({e.certainty.value for e in flow.lineage.edges if node.id in (e.source, e.target)})
    if sure:
        parts.append(Content(f"edges: {', '.join(sure)}"))
    return Content("\n").join(parts)
