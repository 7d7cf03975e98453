"""One row of the balance beside the table: its figures in every view, supply by kind, the years, what is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QWidget

from station_app.domain.calc.balance import VIEWS
from station_app.domain.calc.numbers import percentage
from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.services.figures import balance
from station_app.services.figures.balance_columns import (
    CAPACITY,
    DEMAND,
    GRADE,
    OVER,
    RATE,
    STOCK,
    SUPPLY,
    grade_said,
    grade_state,
)
from station_app.services.figures.columns import DOUBTFUL
from station_app.services.figures.rows import SINGLE, BalanceRow, supply_label
from station_app.services.figures.total_lines import BalanceTable
from station_app.ui.charts import LineChart, Series
from station_app.ui.charts.figures import Value, figure_text, unit_said
from station_app.ui.figure_detail import MISSING, FigureDetail, grid, titled, words
from station_app.ui.figure_view import door_of
from station_app.ui.i18n import tr

if TYPE_CHECKING:
    from station_app.ui.session import Session

FIGURES, SUPPLY_TITLE = Text("存栏与载畜量", "Stock and capacity"), Text("饲草供需", "Forage")
VIEW = Text("口径", "View")
STOCK_LINE = Text("存栏 {su} 羊单位{more}", "Stock {su} SU{more}")
HEADS = Text("({head} 头只，{day} 清点)", " ({head} head, counted {day})")
ONLY_HEADS = Text("({head} 头只)", " ({head} head)")
NO_STOCK = Text("存栏未知", "Stock not known")
LAND_LINE = Text("草场 {mu} 亩", "Land {mu} mu")
BANNED = Text("，另有禁牧 {mu} 亩", ", and {mu} mu under a ban")
COVERED = Text("{n} 户中 {known} 户可算，{over} 户超载", "{known} of {n} households computed, {over} overloaded")
LEFT, SHORT = Text("余", "Surplus"), Text("缺", "Shortage")
TREND = Text("{name}：历年存栏与载畜量", "{name}: stock and capacity over the years")
CAPACITY_OF = Text("载畜量({view})", "Capacity: {view}")
NONE_HERE = Text("没有登记饲草料", "No forage on record")
YEARS = 5


class BalanceDetail(FigureDetail):
    """The row in sight."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.chart = LineChart()
        super().__init__(session, (self.chart,), 27, parent=parent)
        self._table: BalanceTable | None = None
        self._view = "natural"
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(60)  # running down the table asks once
        self._later.timeout.connect(self._ask_years)

    def show_row(self, row: BalanceRow, table: BalanceTable, view: str,
                 doors: Sequence[tuple[Text, Callable[[], None]]]) -> None:  # fmt: skip
        """Show a row of a balance in its main view; ``doors`` are what can be opened from it."""
        before = self.row
        self.row, self._table, self._view = row, table, view
        self.offer(doors)
        self.retranslate()
        if before is None or (before.key, before.level) != (row.key, row.level):
            self.chart.hide()
        self._later.start()

    def retranslate(self) -> None:
        super().retranslate()
        row = self.row
        if row is None:
            return
        grade = grade_said(row, self._view)
        self.head(row.name or row.code, tr(grade) if grade is not None else "", grade_state(row, self._view))
        self.above.addWidget(self._views_card(row))
        self.above.addWidget(self._forage_card(row))
        self.show_problems(row.problems, partial(door_of, self.session))

    def _views_card(self, row: BalanceRow) -> QFrame:
        su = unit_said("SU")
        headings = ((VIEW, ""), (CAPACITY, su), (RATE, "%"), (OVER, su), (GRADE, ""))
        lines = [[(tr(text), "hint", "") for text, _ in headings], [(unit, "hint", "") for _, unit in headings]]
        for view in (each for each in VIEWS if each in row.views):
            figures, part = row.view(view), "strong" if view == self._view else ""
            numbers = ((figures.capacity_su, 1), (figures.rate_percent, 2), (figures.overloaded_su, 1))
            grade = grade_said(row, view)
            lines.append([
                (tr(label_of("balance_view", view)), part, ""),
                *((figure_text(value, places) or MISSING, part, "") for value, places in numbers),
                (tr(grade) if grade is not None else "", part, grade_state(row, view)),
            ])  # fmt: skip
        said = [self._stock_line(row), tr(LAND_LINE, mu=figure_text(row.area_mu, 1))]
        if row.banned_mu:
            said[-1] += tr(BANNED, mu=figure_text(row.banned_mu, 1))
        if row.level not in SINGLE:
            shown = row.view(self._view)
            counts = {"n": row.households, "known": shown.households, "over": shown.overloaded}
            said.append(tr(COVERED, **{name: f"{number:,}" for name, number in counts.items()}))
        doubt = words(tr(DOUBTFUL), state="warn") if row.doubtful else None
        figures_grid = grid(lines, right=(1, 2, 3), stretch=4)
        return titled(FIGURES, words("\n".join(said), wrap=True), figures_grid, beside=doubt)

    def _stock_line(self, row: BalanceRow) -> str:
        if row.stock_su is None:
            return tr(NO_STOCK)
        more = ""
        if row.head is not None:
            head = f"{row.head:,}"
            more = tr(HEADS, head=head, day=row.counted_on) if row.counted_on else tr(ONLY_HEADS, head=head)
        return tr(STOCK_LINE, su=figure_text(row.stock_su, 1), more=more)

    def _forage_card(self, row: BalanceRow) -> QFrame:
        lines = []

        def amount(name: Text, kg: Value, part: str = "", state: str = "", share: Value = None) -> None:
            said = figure_text(kg, 0)
            percent = f"{figure_text(share, 1)}%" if share is not None else ""
            lines.append(
                [(tr(name), part, state), (f"{said} kg" if said else MISSING, part, state), (percent, "hint", "")]
            )

        for kind, kg in sorted(row.supply.items(), key=lambda item: item[1], reverse=True):
            share = percentage(kg, row.supply_kg) if row.supply_kg else None
            amount(supply_label(kind), kg, share=share)
        if not row.supply:
            lines.append([(tr(NONE_HERE), "hint", "")])
        amount(SUPPLY, row.supply_kg, "strong")
        amount(DEMAND, row.demand_kg, "strong")
        left = row.surplus_kg
        is_short = left is not None and left < 0
        state = "" if left is None else "error" if is_short else "ok"
        amount(SHORT if is_short else LEFT, abs(left) if left is not None else None, "strong", state)
        return titled(SUPPLY_TITLE, grid(lines, right=(1, 2), stretch=3))

    # --- the years

    def _ask_years(self) -> None:
        """Have the years before computed; the chart comes when they are there."""
        row, table = self.row, self._table
        if row is None or table is None:
            return
        years = range(table.year - YEARS + 1, table.year + 1)

        self.session.ask(
            self,
            lambda context: balance.balance_years(context.reader, row.level, row.key, years, occasion=table.occasion),
            on_done=self.show_years,
        )

    def show_years(self, found: Sequence[tuple[int, BalanceRow]]) -> None:
        rows = dict(sorted(found))
        series = [Series(STOCK, [row.stock_su for row in rows.values()])]
        for view in VIEWS:
            name = CAPACITY_OF.format(view=label_of("balance_view", view))
            series.append(Series(name, [row.view(view).capacity_su for row in rows.values()]))
        known = [each for each in series if any(value is not None for value in each.values)]
        whose = self.row.name if self.row is not None else ""
        self.chart.show_lines(
            TREND.format(name=whose), list(rows), [series[0], *(s for s in known if s is not series[0])], "SU"
        )
        self.chart.setVisible(bool(known))
