"""Who is over capacity, by how much, why: the table of a balance with its filters, the detail and the explanation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from station_app.domain.calc.explanation import Result
from station_app.domain.codes import code_list, label_of
from station_app.domain.problems import UserError
from station_app.domain.records.livestock import LivestockCount
from station_app.domain.text import Text
from station_app.services.figures import balance, freeze, total_lines
from station_app.services.figures.balance_columns import balance_columns, is_over
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.rows import LEVELS, SINGLE, BalanceRow
from station_app.services.figures.total_lines import BalanceTable
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui.figure_view import LEVEL, VILLAGE, FigureView
from station_app.ui.figures import Figures
from station_app.ui.pages.balance_detail import BalanceDetail
from station_app.ui.pages.balance_needs import Needs
from station_app.ui.parts import Meter, TextCombo, across, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

OCCASION, MAIN_VIEW = Text("时点", "Occasion"), Text("主要口径", "Main view")
ONLY_OVER = Text("只看超载", "Overloaded only")
COMPUTING = Text("正在计算草畜平衡", "Computing the balance")
SUMMARY = Text("{over} 户超载 / 可算 {known} / 共 {all} 户", "{over} overloaded / {known} computed / {all} households")
EXPLAINING = Text("正在说明", "Explaining")
WHAT = Text("{name}，{year} 年{occasion}", "{name}, {year}, {occasion}")
OPEN_HOUSEHOLD, OPEN_PARCEL, OPEN_COUNT, OPEN_SCHEME = (
    Text("牧户", "The household"), Text("地块", "The parcel"), Text("这次清点", "This count"),
    Text("计算方案", "The scheme"))  # fmt: skip
SEE_HOUSEHOLDS = Text("这里的牧户", "Its households")
NO_COUNT = Text("{name}没有这一时点的清点。", "{name} has no count of this occasion.")
CAPACITY_ONLY = Text("{what}：没有清点，只说明载畜量", "{what}: no count, the capacity alone")
STOCK_ONLY = Text("{what}：只说明存栏", "{what}: the stock alone")
SOURCES = frozenset({
    "household_change", "livestock_count", "forage_supply", "capacity_approval", "plot", "plot_new", "herb_quadrat",
    "shrub_quadrat",
})  # fmt: skip
Door = tuple[Text, Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Ask:
    """Which balance; an empty occasion is the scheme's, an empty village is all."""

    year: int
    level: str
    occasion: str = ""
    within: str = ""


def _compute(context: Context, ask: Ask) -> BalanceTable:
    table = balance.balance_table(context.reader, ask.year, ask.level, occasion=ask.occasion or None, within=ask.within,
                          context=context)  # fmt: skip
    table.lines  # noqa: B018  # added up here, not on the window's thread
    return table


class BalanceView(FigureView):
    """The first tab of the page.

    Signals:
        choice_changed(): level, occasion, view or village was chosen.
    """

    choice_changed = Signal()
    needing = frozenset({BalanceProblem.NO_SCHEME.code})

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, Figures(session, COMPUTING, SOURCES, _compute), parent=parent)
        self.figures.setParent(self)
        self.figures.busy.connect(self._busy)
        self.main_view = ""
        self._explained: tuple[str, str, str] | None = None  # level, key, result
        self._occasion = ""  # the scheme's, until somebody chooses
        self._year = self.year
        self.detail = BalanceDetail(session)
        self.detail.closed.connect(self.focus_work)
        self.detail.why_asked.connect(lambda name: self.why(name))
        self.detail.freeze_asked.connect(self.ask_freeze)
        self.needs = Needs(session)
        self.put_together([self._make_filters()], self.table, self.detail, self.needs)

    def _make_filters(self) -> QWidget:
        self.level = TextCombo([(label_of("figure_level", name), name) for name in LEVELS])
        self.occasion = TextCombo([(item.label, item.code) for item in code_list("occasion").items])
        self.view = TextCombo([(item.label, item.code) for item in code_list("balance_view").items])
        self.village = TextCombo(self.villages()[:1])
        for combo, name in (
            (self.level, LEVEL),
            (self.occasion, OCCASION),
            (self.view, MAIN_VIEW),
            (self.village, VILLAGE),
        ):
            self.say(combo.setAccessibleName, name)
            self.say(combo.setToolTip, name)
        self.level.chosen.connect(lambda _value: self._choose())
        self.village.chosen.connect(lambda _value: self._choose())
        self.view.chosen.connect(self._view_chosen)
        self.occasion.chosen.connect(self._occasion_chosen)
        self.only_over = QCheckBox()
        self.say(self.only_over.setText, ONLY_OVER)
        self.only_over.toggled.connect(lambda _on: self._keep())
        self._progress_text = label("hint")
        self._progress = Meter()
        self.summary = QWidget(self)  # stands in the row of the tabs
        self.summary.setLayout(across(self._progress_text, self._progress))
        row = across(self.level, self.occasion, self.view, self.village, self.filter_line, self.only_over)
        row.setStretchFactor(self.filter_line, 1)
        filters = QWidget()
        filters.setLayout(row)
        return filters

    # --- what is shown

    def ask_of(self, level: str) -> Ask:
        """Return what is chosen, at a level."""
        return Ask(self.year, level, self._occasion, self.village.value() or "" if level in SINGLE else "")

    @property
    def ask(self) -> Ask:
        return self.ask_of(self.level.value())

    def reload(self, changes: Changes | None = None) -> None:
        """Compute again when something changed that a balance is made from; ``None``: in any case."""
        if not self.figures.forget(changes):
            return
        self.village.set_items(self.villages())
        if self.year != self._year:
            self._year, self._occasion = self.year, ""
        self.figures.want(self.ask)

    def _choose(self) -> None:
        self.village.setEnabled(self.level.value() in SINGLE)
        self.figures.want(self.ask)
        self.choice_changed.emit()

    def _occasion_chosen(self, code: str) -> None:
        self._occasion = code
        self._choose()

    def _view_chosen(self, name: str) -> None:
        self.main_view = name
        self._keep()
        self.choice_changed.emit()

    def show_village(self, code: str) -> None:
        self.level.choose("household")
        self.village.choose(code)
        self._choose()

    def _busy(self, busy: bool) -> None:
        table = self.current_table
        self._progress.setVisible(busy or table is not None)
        if busy:
            self.say(self._progress_text.setText, COMPUTING)
            self._progress.setRange(0, 0)
        elif table is not None:
            self._show_progress(table)
        else:
            self.say(self._progress_text.setText, Text("", ""))

    def need(self) -> None:
        self._shown = None
        self._busy(False)
        self.needs.reload(self.year)
        super().need()

    def show_table(self, table: BalanceTable) -> None:
        self.occasion.choose(table.occasion)
        self.main_view = self.main_view or table.main_view
        self.view.choose(self.main_view)
        if not table.rows:
            self.need()
            return
        fits, only, view = self.words_fit(), self.only_over.isChecked(), self.main_view
        rows = [row for row in balance.worst_first(table.rows, view) if fits(row) and (not only or is_over(row, view))]
        lines = table.lines if len(rows) == len(table.rows) else total_lines.total_lines(table, rows)
        sums = [(line.label, line.row) for line in lines if line.row.households]
        self.table.show_rows(balance_columns(table, view), rows, sums)
        self._show_progress(table)
        self.show_problems(table.problems, table.rows)
        if self.detail.isVisible():
            self.picked(self.table.current())
        if self.why_panel.isVisible() and self._explained is not None:
            self._explain(*self._explained, again=True)

    def _show_progress(self, table: BalanceTable) -> None:
        both = [table.total]
        if table.entered_only is not None and self.session.is_county:
            both.append(table.entered_only)
        every = sum(row.households for row in both)
        known = sum(row.view(self.main_view).households for row in both)
        over = sum(row.view(self.main_view).overloaded for row in both)
        self.say(self._progress_text.setText, SUMMARY.format(over=f"{over:,}", known=f"{known:,}", all=f"{every:,}"))
        self._progress.show()
        self._progress.tell(known, every)

    # --- the row in sight

    def open(self, row: BalanceRow) -> None:
        """Show a row beside the table; a sum is explained."""
        if row.key or row.level == "station":
            self.detail.show()
            self.put_beside(self.detail, 40)
            self.picked(row)
            self.detail.why.setFocus(Qt.FocusReason.OtherFocusReason)

    def picked(self, row: BalanceRow | None) -> None:
        table = self.current_table
        if row is not None and table is not None and self.detail.isVisible():
            self.detail.show_row(row, table, self.main_view, self._doors(row))

    def _doors(self, row: BalanceRow) -> list[Door]:
        def record(text: Text, type_name: str, record_id: str) -> Door:
            return text, partial(self.session.go, Place(record_type=type_name, record_id=record_id, back=True))

        doors: list[Door] = []
        if row.level == "household":
            doors += [record(OPEN_HOUSEHOLD, "household", row.key), (OPEN_COUNT, partial(self._open_count, row))]
        elif row.level == "parcel":
            doors += [record(OPEN_PARCEL, "parcel", row.key), record(OPEN_HOUSEHOLD, "household", row.household_id)]
        elif row.level == "village":
            doors.append((SEE_HOUSEHOLDS, partial(self.show_village, row.key)))
        table = self.current_table
        if table is not None and table.scheme.record_id:
            doors.append(record(OPEN_SCHEME, "calculation_scheme", table.scheme.record_id))
        return doors

    def _open_count(self, row: BalanceRow) -> None:
        table = self.current_table
        if table is None:
            return
        filters = (Filter("household_id", "eq", row.key), Filter("year", "eq", table.year),
                   Filter("occasion", "eq", table.occasion))  # fmt: skip
        found = self.session.read.rows(Query(LivestockCount, filters, (("counted_on", True),)), 1)
        if found:
            self.session.go(Place(record_type="livestock_count", record_id=found[0].record_id, back=True))
        else:
            self.session.say(NO_COUNT.format(name=row.name), "info")

    # --- why

    def why(self, result: str = "") -> None:
        row, column = self.table.current(), self.table.current_column()
        if row is None or self.why_panel.isVisible():
            return
        if not result:
            result = column.why if column is not None and column.why else f"{self.main_view}_rate_percent"
        self._explain("station" if not row.key else row.level, row.key, result)  # a sum is one of the whole station

    def _explain(self, level: str, key: str, result: str, *, again: bool = False) -> None:
        """Explain a figure; ``again``: the data changed, the person stays where they are in the tree."""
        table = self.current_table
        if table is None:
            return
        row = next((each for each in table.rows if each.key == key), table.total)
        occasion = label_of("occasion", table.occasion)
        title = WHAT.format(name=row.name or key, year=str(table.year), occasion=occasion)

        def done(answer: tuple[Result, Text]) -> None:
            found, said = answer
            self._explained = (level, key, result)
            names = {each.name for each in found.explanation.results}
            asked = next((name for name in _names_of(result) if name in names), result)
            self.show_why(said.format(what=title), found, asked, again=again)

        year, at = table.year, table.occasion
        self.explain(lambda reader: _why_or_less(reader, year, level, key, at, result), done)

    def _why_closed(self) -> None:
        self._explained = None
        super()._why_closed()

    def ask_freeze(self) -> None:
        """Explain the row in a job, then ask whether to keep it."""
        row, table = self.detail.row, self.current_table
        if row is None or table is None:
            return
        subject = freeze.subject_of(row, table.year, table.scheme.record_id, table.occasion)
        how = partial(balance.balance_why, year=table.year, level=row.level, key=row.key, occasion=table.occasion)
        self.explain(how, lambda found: self.freezing.ask("balance", subject, found))


def _names_of(result: str) -> tuple[str, ...]:
    """Return the names a result goes by: without a rate the overloaded units; a capacity alone has names of its own."""
    alone = {"natural_capacity_su": "capacity_su", "approved_capacity_su": "approved_su"}
    return result, result.replace("_rate_percent", "_overloaded_su"), alone.get(result, result)


def _why_or_less(reader: Any, year: int, level: str, key: str, occasion: str, result: str) -> tuple[Result, Text]:
    """Return why a row is what it is; where stock or capacity is missing, why the other one is what it is.

    Raises:
        UserError: there is neither.
    """
    try:
        return balance.balance_why(reader, year, level, key, occasion=occasion), Text("{what}", "{what}")
    except UserError as error:
        ways = [(balance.capacity_why, (level, key), CAPACITY_ONLY)] if level in SINGLE else []
        herd: list[Any] = [(balance.herd_why, (key,), STOCK_ONLY)] if level == "household" else []
        for how, asked, said in [*herd, *ways] if result == "stock_su" else [*ways, *herd]:
            try:
                return how(reader, year, *asked, occasion=occasion), said
            except UserError:
                continue
        raise error from None
