"""The villages side by side, without a map: stock against capacity, and the overload, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.balance import VIEWS
from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.services.figures.balance_columns import RATE, STOCK
from station_app.services.figures.rows import BalanceRow
from station_app.services.figures.total_lines import BalanceTable
from station_app.ui.charts import BarChart, Series
from station_app.ui.figure_view import VILLAGE
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.balance_detail import CAPACITY_OF
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import label

if TYPE_CHECKING:
    from station_app.storage.changes import Changes
    from station_app.ui.pages.balance_view import BalanceView

STOCK_TITLE = Text("各嘎查村存栏与载畜量({year} 年)", "Stock and capacity by village, {year}")
RATE_TITLE = Text("各嘎查村超载率，{view}({year} 年)", "Overload by village, {view}, {year}")
HINT = Text("按 Enter 或双击看这个嘎查村的牧户。", "Enter or a double click shows the households of a village.")
UNKNOWN = Text("缺清点或载畜量，没有超载率：{names}", "No rate, for want of a count or a capacity: {names}")


class VillageCharts(QWidget, Retranslated):
    """Two charts of the same villages. What is shown is chosen on the first tab.

    Signals:
        village_opened(code): somebody wants to see the households of a village.
    """

    village_opened = Signal(str)

    def __init__(self, view: BalanceView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._view = view
        self._rows: list[BalanceRow] = []
        self.stock, self.rate = BarChart(), BarChart()
        for chart in (self.stock, self.rate):
            chart.opened.connect(self._opened)
        split = QSplitter(Qt.Orientation.Horizontal)
        for chart in (self.stock, self.rate):
            box = QVBoxLayout()
            box.setContentsMargins(0, 0, 0, 0)
            box.addWidget(chart)
            split.addWidget(scrolled(box))
        split.setSizes([600, 500])
        split.setChildrenCollapsible(False)
        self._unknown = label("", state="warn", wrap=True)
        hint = label("hint")
        self.say(hint.setText, HINT)
        whole = QVBoxLayout()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(hint)
        whole.addWidget(split, 1)
        whole.addWidget(self._unknown)
        holder = QWidget()
        holder.setLayout(whole)
        self.stack = QStackedWidget()
        self.stack.addWidget(holder)
        self._waiting = label("", state="muted")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self._waiting)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)
        view.figures.ready.connect(lambda _ask: self.reload())
        view.choice_changed.connect(self.reload)

    def reload(self, changes: Changes | None = None) -> None:
        """Show the villages of what is chosen on the first tab."""
        if not self.isVisible():
            return
        ask = self._view.ask_of("village")
        table = self._view.figures.table(ask)
        if table is None:
            self._view.figures.want(ask)
            return
        self.show_table(table, self._view.main_view)

    def show_table(self, table: BalanceTable, main_view: str) -> None:
        """Draw the villages of a balance, worst first."""
        known = [row for row in table.rows if row.view(main_view).rate_percent is not None]
        known.sort(key=lambda row: row.view(main_view).rate_percent or 0, reverse=True)
        unknown = [row for row in table.rows if row.view(main_view).rate_percent is None]
        self._rows = known + unknown
        names = [row.name or row.code for row in self._rows]
        series = [Series(STOCK, [row.stock_su for row in self._rows])]
        for view in VIEWS:
            values = [row.view(view).capacity_su for row in self._rows]
            if any(value is not None for value in values):
                series.append(Series(CAPACITY_OF.format(view=label_of("balance_view", view)), values))
        year = str(table.year)
        self.stock.show_bars(STOCK_TITLE.format(year=year), names, series, "SU", places=0, along=VILLAGE)
        rates = [row.view(main_view).rate_percent for row in known]
        self.rate.show_bars(RATE_TITLE.format(view=label_of("balance_view", main_view), year=year), names[: len(known)], [Series(RATE, rates)], "%",
                            along=VILLAGE)  # fmt: skip
        missing = "、".join(row.name or row.code for row in unknown)
        self.say(self._unknown.setText, UNKNOWN.format(names=missing))
        self._unknown.setVisible(bool(unknown))

    def focus_work(self) -> None:
        """Put the keyboard into the first chart."""
        self.stock.setFocus(Qt.FocusReason.OtherFocusReason)

    def _opened(self, index: int) -> None:
        if 0 <= index < len(self._rows):
            self.village_opened.emit(self._rows[index].key)

    def retranslate(self) -> None:
        super().retranslate()
        self._waiting.setText(tr(STOCK))
