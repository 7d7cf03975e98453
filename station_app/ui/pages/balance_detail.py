"""One row of the balance beside the table: its figures in every view, supply by kind, the years, what is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from station_app.domain.calc.balance import VIEWS
from station_app.domain.calc.numbers import percentage
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.services.figures.balance import balance_years
from station_app.services.figures.rows import BalanceRow, BalanceTable, supply_label
from station_app.ui import theme
from station_app.ui.charts import LineChart, Series
from station_app.ui.charts.figures import Value, figure_text, unit_said
from station_app.ui.freeze_strip import FREEZE
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.balance_model import (
    CAPACITY,
    DOUBTFUL,
    GRADE,
    OVER_SU,
    RATE,
    STOCK,
    grade_text,
    is_over,
)
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import ElidedLabel, LinkLine, MenuButton, across, button, card, clear, down, give_icon, label
from station_app.ui.why_panel import WHY

if TYPE_CHECKING:
    from station_app.ui.session import Session

CLOSE = Text("关闭(Esc)", "Close (Esc)")
GO = Text("打开", "Open")
FIGURES, SUPPLY_TITLE, PROBLEMS = (
    Text("存栏与载畜量", "Stock and capacity"),
    Text("饲草供需", "Forage"),
    Text("请注意", "Mind"),
)
VIEW = Text("口径", "View")
STOCK_LINE = Text("存栏 {su} 羊单位{more}", "Stock {su} SU{more}")
HEADS = Text("({head} 头只，{day} 清点)", " ({head} head, counted {day})")
ONLY_HEADS = Text("({head} 头只)", " ({head} head)")
NO_STOCK = Text("存栏未知", "Stock not known")
LAND_LINE = Text("草场 {mu} 亩", "Land {mu} mu")
BANNED = Text("，另有禁牧 {mu} 亩", ", and {mu} mu under a ban")
COVERED = Text("{n} 户中 {known} 户可算，{over} 户超载", "{known} of {n} households computed, {over} overloaded")
SUPPLY, DEMAND, SURPLUS, SHORT = (
    Text("供草合计", "Supply"), Text("需草", "Demand"), Text("余", "Surplus"), Text("缺", "Shortage"))  # fmt: skip
PERCENT = Text("{n}%", "{n}%")
TREND = Text("{name}：历年存栏与载畜量", "{name}: stock and capacity over the years")
CAPACITY_OF = Text("载畜量({view})", "Capacity: {view}")
NONE_HERE = Text("没有登记饲草料", "No forage on record")
MISSING = Text("—", "—")
YEARS = 5
MOST_PROBLEMS = 12

Door = Callable[[Problem], "Callable[[], None] | None"]


class BalanceDetail(QFrame, Retranslated):
    """The row in sight.

    Signals:
        closed(): the person is done with it.
        why_asked(name): why a result is what it is.
        freeze_asked(): the person wants to keep this result.
    """

    closed = Signal()
    why_asked = Signal(str)
    freeze_asked = Signal()

    def __init__(self, session: Session, door: Door, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "panel")
        self._session, self._door = session, door
        self.row: BalanceRow | None = None
        self._table: BalanceTable | None = None
        self._view = "natural"
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(60)  # running down the table asks once
        self._later.timeout.connect(self._ask_years)
        self._title = ElidedLabel("heading")
        self._chip = label("chip")
        away = QToolButton()
        give_icon(away, "close", "soft_text")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        head = across(self._title, self._chip, None, away, spacing=8, margins=(12, 6, 6, 0))
        self.why = button("primary", lambda: self.why_asked.emit(""))
        self.freeze = button("", self.freeze_asked.emit)
        self.go = MenuButton(GO)
        self.say(self.why.setText, WHY)
        self.say(self.freeze.setText, FREEZE)
        verbs = across(self.why, self.freeze, self.go, None, margins=(12, 0, 12, 0))
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(12, 0, 8, 8)
        self._cards.setSpacing(8)
        self._made = QVBoxLayout()
        self._made.setSpacing(8)
        self.chart = LineChart()
        self._after = QVBoxLayout()
        self._after.setSpacing(8)
        self._cards.addLayout(self._made)
        self._cards.addWidget(self.chart)
        self._cards.addLayout(self._after)
        self._cards.addStretch(1)
        outer = down(head, verbs, scrolled(self._cards), spacing=6)
        outer.setStretch(2, 1)
        self.setLayout(outer)
        theme.signals().changed.connect(self._size)
        self._size()
        self.hide()

    def _size(self) -> None:
        self.chart.setMinimumHeight(round(27 * theme.current().font_pt))

    # --- what is shown

    def show_row(self, row: BalanceRow, table: BalanceTable, view: str,
                 doors: Sequence[tuple[Text, Callable[[], None]]]) -> None:  # fmt: skip
        """Show a row of a balance in its main view; ``doors`` are what can be opened from it."""
        before = self.row
        self.row, self._table, self._view = row, table, view
        self.go.empty()
        for text, act in doors:
            self.go.offer(text, act)
        self.go.setVisible(bool(doors))
        self.retranslate()
        if before is None or (before.key, before.level) != (row.key, row.level):
            self.chart.hide()
        self._later.start()

    def close_panel(self) -> None:
        """Hide and tell."""
        self.hide()
        self.closed.emit()

    def retranslate(self) -> None:
        super().retranslate()
        if self.row is not None:
            self._fill(self.row)

    def _fill(self, row: BalanceRow) -> None:
        self._title.setText(row.name or row.code)
        grade = grade_text(row, self._view)
        self._chip.setText(grade)
        self._chip.setVisible(bool(grade))
        theme.mark(self._chip, state="error" if is_over(row, self._view) else "ok")
        clear(self._made)
        clear(self._after)
        self._made.addWidget(self._views_card(row))
        self._made.addWidget(self._forage_card(row))
        if row.problems:
            self._after.addWidget(self._problems_card(row))

    def _views_card(self, row: BalanceRow) -> QFrame:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        su = unit_said("SU")
        for number, (text, unit) in enumerate(((VIEW, ""), (CAPACITY, su), (RATE, "%"), (OVER_SU, su), (GRADE, ""))):
            _put(grid, 0, number, tr(text), "hint", right=bool(unit))
            _put(grid, 1, number, unit, "hint", right=True)
        for line, view in enumerate(VIEWS, 2):
            if view not in row.views:
                continue
            figures, main = row.view(view), view == self._view
            part = "strong" if main else ""
            _put(grid, line, 0, tr(label_of("balance_view", view)), part)
            _put(grid, line, 1, figure_text(figures.capacity_su, 1) or tr(MISSING), part, right=True)
            _put(grid, line, 2, figure_text(figures.rate_percent, 2) or tr(MISSING), part, right=True)
            _put(grid, line, 3, figure_text(figures.overloaded_su, 1) or tr(MISSING), part, right=True)
            made = _put(grid, line, 4, grade_text(row, view), part)
            if figures.overloaded_su is not None:
                theme.mark(made, state="error" if is_over(row, view) else "ok")
        grid.setColumnStretch(4, 1)
        lines = [self._stock_line(row), tr(LAND_LINE, mu=figure_text(row.area_mu, 1))]
        if row.banned_mu:
            lines[-1] += tr(BANNED, mu=figure_text(row.banned_mu, 1))
        if row.level not in ("household", "parcel"):
            shown = row.view(self._view)
            lines.append(
                tr(COVERED, n=f"{row.households:,}", known=f"{shown.households:,}", over=f"{shown.overloaded:,}")
            )
        said = label("", wrap=True)
        said.setText("\n".join(lines))
        doubt = None
        if row.doubtful:
            doubt = label("", state="warn")
            doubt.setText(tr(DOUBTFUL))
        return _titled(FIGURES, said, grid, beside=doubt)

    def _stock_line(self, row: BalanceRow) -> str:
        if row.stock_su is None:
            return tr(NO_STOCK)
        more = ""
        if row.head is not None:
            head = f"{row.head:,}"
            more = tr(HEADS, head=head, day=row.counted_on) if row.counted_on else tr(ONLY_HEADS, head=head)
        return tr(STOCK_LINE, su=figure_text(row.stock_su, 1), more=more)

    def _forage_card(self, row: BalanceRow) -> QFrame:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(3)
        line = 0
        for kind, kg in sorted(row.supply.items(), key=lambda item: item[1], reverse=True):
            share = percentage(kg, row.supply_kg) if row.supply_kg else None
            self._amount(grid, line, tr(supply_label(kind)), kg, share)
            line += 1
        if not row.supply:
            _put(grid, line, 0, tr(NONE_HERE), "hint")
            line += 1
        self._amount(grid, line, tr(SUPPLY), row.supply_kg, None, "strong")
        self._amount(grid, line + 1, tr(DEMAND), row.demand_kg, None, "strong")
        short = row.surplus_kg is not None and row.surplus_kg < 0
        left = abs(row.surplus_kg) if row.surplus_kg is not None else None
        made = self._amount(grid, line + 2, tr(SHORT if short else SURPLUS), left, None, "strong")
        if left is not None:
            for each in made:
                theme.mark(each, state="error" if short else "ok")
        grid.setColumnStretch(3, 1)
        return _titled(SUPPLY_TITLE, None, grid)

    def _amount(self, grid: QGridLayout, line: int, name: str, kg: Value, share: Value, part: str = "") -> list[QLabel]:
        said = figure_text(kg, 0)
        made = [
            _put(grid, line, 0, name, part),
            _put(grid, line, 1, f"{said} kg" if said else tr(MISSING), part, right=True),
        ]
        if share is not None:
            _put(grid, line, 2, tr(PERCENT, n=figure_text(share, 1)), "hint", right=True)
        return made

    def _problems_card(self, row: BalanceRow) -> QFrame:
        lines = QVBoxLayout()
        lines.setSpacing(2)
        order = sorted(row.problems, key=lambda p: list(Severity).index(p.severity))
        for found in order[:MOST_PROBLEMS]:
            sign = label("hint", state=theme.state_of(found.severity))
            sign.setText(tr(found.severity.label.inside))
            act = self._door(found)
            words: QWidget
            if act is None:
                words = label("", wrap=True)
                words.setText(tr(found.text))
            else:
                words = LinkLine(act)
                words.setText(tr(found.text))
            words.setToolTip(f"{tr(found.text)}\n{found.code}")
            if act is None:
                line = across(sign, words, spacing=8)
                line.setStretch(1, 1)
                line.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
            else:
                line = across(sign, words, None, spacing=4)
                line.setStretch(1, 1000)  # a link takes what it needs, as far as there is room
            lines.addLayout(line)
        return _titled(PROBLEMS, None, lines)

    # --- the years

    def _ask_years(self) -> None:
        """Have the years before computed; the chart comes when they are there."""
        row, table = self.row, self._table
        if row is None or table is None:
            return
        years = list(range(table.year - YEARS + 1, table.year + 1))
        level, key, occasion = row.level, row.key, table.occasion

        def work(context: Any) -> Any:
            return balance_years(context.reader, level, key, years, occasion=occasion)

        def done(found: Sequence[tuple[int, BalanceRow | None]]) -> None:
            if self.row is not None:
                self.show_years(found)

        self._session.ask(self, work, on_done=done)

    def show_years(self, found: Sequence[tuple[int, BalanceRow | None]]) -> None:
        """Draw stock and capacity of the years."""
        rows = dict(found)
        years = sorted(rows)

        def values(read: Callable[[BalanceRow], Value]) -> list[Value]:
            return [read(row) if (row := rows[year]) is not None else None for year in years]

        series = [Series(STOCK, values(lambda row: row.stock_su))]
        for view in VIEWS:
            known = values(partial(_capacity, view))
            if any(value is not None for value in known):
                series.append(Series(CAPACITY_OF.format(view=label_of("balance_view", view)), known))
        name = self.row.name if self.row is not None else ""
        self.chart.show_lines(TREND.format(name=name), years, series, "SU")
        self.chart.setVisible(len([1 for each in series if any(v is not None for v in each.values)]) > 0)


def _capacity(view: str, row: BalanceRow) -> Value:
    return row.view(view).capacity_su


def _put(grid: QGridLayout, line: int, column: int, text: str, part: str = "", *, right: bool = False) -> QLabel:
    made = label(part, selectable=False)
    made.setText(text)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    grid.addWidget(made, line, column, side | Qt.AlignmentFlag.AlignVCenter)
    return made


def _titled(title: Text, said: QLabel | None, inner: Any, beside: QWidget | None = None) -> QFrame:
    heading = label("strong")
    heading.setText(tr(title))
    head = across(heading, None, *([beside] if beside is not None else []))
    box = down(head, *([said] if said is not None else []), inner, spacing=4, margins=(12, 8, 12, 8))
    return card(box)
