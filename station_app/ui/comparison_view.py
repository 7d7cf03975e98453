"""What a package changes: totals beside the last time's, the largest changes by name; shown before it is built or taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import across, button, down, label
from station_app.ui.problem_list import Finding, ProblemList

if TYPE_CHECKING:
    from station_app.exchange.package.comparison import Change, Comparison, Total

WHAT, BEFORE, AFTER, DIFFERENCE, NEW = (
    Text("合计", "Total"), Text("上次", "Last time"), Text("这次", "Now"), Text("相差", "Difference"),
    Text("新(没有上次)", "New"))  # fmt: skip
WHOSE, WHICH, WAS, IS, WHY = (
    Text("最大的变化", "Largest changes"), Text("项目", "What"), Text("上次", "Last time"), Text("这次", "Now"),
    Text("要看的", "To look at"))  # fmt: skip
USUAL = Text("与上次相比没有不寻常的数。", "Nothing is unlikely beside the last time.")
FIRST = Text("全部是新的，没有上次可比。", "All of it is new; there is no last time to compare with.")
UNLIKELY = Text("有 {n} 个数看起来不寻常，请先看过。", "Unlikely numbers: {n}. Look at them first.")
TWICE = Text("有 {n} 项会重复登记，请先看过。", "Would be on record twice: {n}. Look at them first.")
EXPLAINED = Text("已写明：{reason}", "Explained: {reason}")
BACK = Text("先不", "Not yet")


def _percent(total: Total) -> str:
    if not total.difference:
        return "0"
    part = f" ({total.percent:+}%)" if total.percent is not None else ""
    return f"{total.difference:+,.{total.places}f}{part}"


def _number(read: Callable[[Total], object]) -> Callable[[Total], str]:
    return lambda total: f"{read(total):,.{total.places}f}"


def _whose(change: Change) -> str:
    return f"{'▲ ' if change.problems else ''}{change.title}"


def _why(change: Change) -> Text:
    said = [p.text for p in change.problems[:1]]
    if said and change.reason:
        said.insert(0, EXPLAINED.format(reason=change.reason))
    return Text(" ".join(t.zh for t in said), " ".join(t.en for t in said))


class ComparisonView(QWidget, Retranslated):
    """Two short tables and a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.verdict = label("strong", wrap=True)
        self.totals = ItemsTable((
            Column(WHAT, lambda t: t.label),
            Column(BEFORE, _number(lambda t: t.before), right=True, width=105),
            Column(AFTER, _number(lambda t: t.after), right=True, width=105),
            Column(DIFFERENCE, _percent, right=True, width=190),
            Column(NEW, lambda t: f"{t.new:,.{t.places}f}" if t.new else "", right=True, width=150),
        ))  # fmt: skip
        self.changes = ItemsTable((
            Column(WHOSE, _whose, width=230, state=lambda c: "warn" if c.problems else ""),
            Column(WHICH, lambda c: c.label, width=200),
            Column(WAS, lambda c: c.before or "—", right=True, width=80),
            Column(IS, lambda c: c.after, right=True, width=90),
            Column(WHY, _why),
        ))  # fmt: skip
        for table in (self.totals, self.changes):
            table.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayout(down(self.verdict, self.changes, self.totals, spacing=8))
        self.setTabOrder(self.changes, self.totals)

    def show_comparison(self, found: Comparison) -> None:
        """Show what changes; nothing at all when no number does."""
        self.totals.set_items(found.totals)
        self.changes.set_items(found.changes)
        compared = any(total.before or total.after for total in found.totals)
        asked = [t.format(n=n) for t, n in ((UNLIKELY, found.unlikely), (TWICE, found.twins)) if n]
        verdict = Text("".join(t.zh for t in asked), " ".join(t.en for t in asked))
        self.say(self.verdict.setText, verdict if asked else USUAL if compared else FIRST)
        theme.mark(self.verdict, state="warn" if found.asks else "ok" if compared else "info")
        for table, items in ((self.totals, found.totals), (self.changes, found.changes)):
            table.setVisible(bool(items))
            row = table.verticalHeader().defaultSectionSize()
            table.setFixedHeight(
                table.horizontalHeader().sizeHint().height() + row * len(items) + 2 * table.frameWidth()
            )
        self.setVisible(bool(found.totals or found.changes or found.asks))


class ComparisonStep(QWidget, Retranslated):
    """The comparison as a step of its own: look, then go on or not.

    Signals:
        gone_on(): the person has looked and goes on.
        left(): not yet.
    """

    gone_on = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._title = label("heading")
        self.view, self.twice = ComparisonView(), ProblemList(rows=4)
        self.go_button, back = button("primary", self.gone_on.emit), button("", self.left.emit)
        self.say(back.setText, BACK)
        self.setFocusProxy(self.go_button)
        inner = down(self._title, self.twice, self.view, None, spacing=10)
        inner.setContentsMargins(0, 0, 8, 0)
        self.setLayout(down(scrolled(inner), across(None, back, self.go_button), spacing=8))

    def show_comparison(self, title: Text, verb: Text, found: Comparison) -> None:
        self.say(self._title.setText, title)
        self.say(self.go_button.setText, verb)
        self.twice.show_findings([Finding(problem) for problem in found.twice])
        self.view.show_comparison(found)
        self.go_button.setFocus(Qt.FocusReason.OtherFocusReason)
