"""Who is over capacity, by how much, why: the table of a balance with its filters, the detail and the explanation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QLineEdit, QProgressBar, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.balance import VIEWS
from station_app.domain.calc.explanation import Result
from station_app.domain.codes import code_list, word_of
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.services.figures import freeze
from station_app.services.figures.balance import balance_why, capacity_why, herd_why, yield_why
from station_app.services.figures.references import (
    CoefficientReference,
    FigureReference,
    RecordReference,
    parse_reference,
)
from station_app.services.figures.rows import LEVELS, BalanceRow, BalanceTable
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui.freeze_strip import FreezeStrip
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.balance_detail import BalanceDetail
from station_app.ui.pages.balance_figures import Ask, BalanceFigures
from station_app.ui.pages.balance_model import LEVEL_LABELS, columns_of, is_over
from station_app.ui.pages.balance_needs import Needs
from station_app.ui.pages.balance_table import BalanceTableView
from station_app.ui.parts import TextCombo, across, label, text_width
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place
from station_app.ui.titles import village_choices, village_name
from station_app.ui.why_panel import WHY_KEY, WhyPanel, place_of

if TYPE_CHECKING:
    from station_app.ui.session import Session

LEVEL, OCCASION, MAIN_VIEW, VILLAGE = (
    Text("层级", "Level"), Text("时点", "Occasion"), Text("主要口径", "Main view"), Text("嘎查村", "Village"))  # fmt: skip
ALL_VILLAGES = Text("全部嘎查村", "All villages")
FILTER = Text("筛选：名称、编码", "Filter: name, code")
ONLY_OVER = Text("只看超载", "Overloaded only")
COMPUTING = Text("正在计算…", "Computing …")
SUMMARY = Text("{over} 户超载 / 可算 {known} / 共 {all} 户", "{over} overloaded / {known} computed / {all} households")
EXPLAINING = Text("正在说明", "Explaining")
WHAT = Text("{name}，{year} 年{occasion}", "{name}, {year}, {occasion}")
OPEN_HOUSEHOLD, OPEN_PARCEL, OPEN_COUNT, OPEN_SCHEME = (
    Text("牧户", "The household"), Text("地块", "The parcel"), Text("这次清点", "This count"),
    Text("计算方案", "The scheme"))  # fmt: skip
SEE_HOUSEHOLDS = Text("这里的牧户", "Its households")
NO_COUNT = Text("{name}没有这一时点的清点。", "{name} has no count of this occasion.")
NO_FIGURE = Text("没有可以说明的数：{why}", "There is no figure to explain: {why}")
CAPACITY_ONLY = Text("{what}：没有清点，只说明载畜量", "{what}: no count, the capacity alone")
STOCK_ONLY = Text("{what}：只说明存栏", "{what}: the stock alone")
MOST_FINDINGS = 40
NO_SCHEME = "BAL-001"


class BalanceView(QWidget, Retranslated):
    """The first tab of the page.

    Signals:
        choice_changed(): level, occasion, view or village was chosen.
    """

    choice_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.figures = BalanceFigures(session, self)
        self.figures.ready.connect(self._ready)
        self.figures.failed.connect(self._failed)
        self.figures.busy.connect(self._busy)
        self.main_view = ""
        self._shown: Ask | None = None
        self._explained: tuple[str, str, str] | None = None  # level, key, result
        self._make_filters()
        self._make_work()
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    # --- building

    def _make_filters(self) -> None:
        self.level = TextCombo([(LEVEL_LABELS[name], name) for name in LEVELS])
        self.occasion = TextCombo([(item.label, item.code) for item in code_list("occasion").items])
        self.view = TextCombo([(word_of("balance_view", name), name) for name in VIEWS])
        self.village = TextCombo([(ALL_VILLAGES, "")])
        for combo, name in (
            (self.level, LEVEL),
            (self.occasion, OCCASION),
            (self.view, MAIN_VIEW),
            (self.village, VILLAGE),
        ):
            self.say(combo.setAccessibleName, name)
            self.say(combo.setToolTip, name)
        for combo in (self.level, self.occasion, self.village):
            combo.chosen.connect(lambda _value: self._choose())
        self.view.chosen.connect(self._view_chosen)
        self._occasion = ""  # the scheme's, until somebody chooses
        self._year = self.year
        self.occasion.chosen.connect(self._occasion_chosen)
        self.filter_line = QLineEdit()
        self.filter_line.setClearButtonEnabled(True)
        self.say(self.filter_line.setPlaceholderText, FILTER)
        self.say(self.filter_line.setAccessibleName, FILTER)
        self.filter_line.installEventFilter(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self._keep)
        self.filter_line.textChanged.connect(lambda _text: self._later.start())
        self.only_over = QCheckBox()
        self.say(self.only_over.setText, ONLY_OVER)
        self.only_over.toggled.connect(lambda _on: self._keep())
        self._progress_text = label("hint")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(140)
        row = across(self.level, self.occasion, self.view, self.village, self.filter_line, self.only_over)
        row.setStretchFactor(self.filter_line, 1)
        self.filter_line.setMinimumWidth(text_width(self, 9))
        self.summary = QWidget(self)  # stands in the row of the tabs
        self.summary.setLayout(across(self._progress_text, self._progress))
        self._filters = QWidget()
        self._filters.setLayout(row)

    def _make_work(self) -> None:
        self.table = BalanceTableView()
        self.table.opened.connect(self.open)
        self.table.picked.connect(self._picked)
        self.table.why_asked.connect(lambda: self.why())
        self.table.letter.connect(self._type_to_filter)
        self.detail = BalanceDetail(self.session, self.door_of)
        self.detail.closed.connect(self.focus_work)
        self.detail.why_asked.connect(lambda name: self.why(name))
        self.detail.freeze_asked.connect(self.ask_freeze)
        self.why_panel = WhyPanel(self.session)
        self.why_panel.answer("balance", _why_of)
        self.why_panel.answer("yield", _yield_of)
        self.why_panel.closed.connect(self._why_closed)
        self.why_panel.hide()
        self._beside = QStackedWidget()
        self._beside.addWidget(self.detail)
        self._beside.addWidget(self.why_panel)
        self._beside.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self._beside)
        self.splitter.setChildrenCollapsible(False)
        self.freezing = FreezeStrip(self.session)
        self.freezing.left.connect(self.focus_work)
        self.needs = Needs(self.session)
        self.problems = ProblemList(rows=2)
        work = QWidget()
        inner = QVBoxLayout(work)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self._filters)
        inner.addWidget(self.freezing)
        inner.addWidget(self.splitter, 1)
        inner.addWidget(self.problems)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.needs)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.stack)

    # --- what is shown

    @property
    def year(self) -> int:
        """The year in sight; with all years in sight, this one."""
        return self.session.year or self.session.today().year

    def ask_of(self, level: str) -> Ask:
        """Return what is chosen, at a level."""
        within = self.village.value() or "" if level in ("household", "parcel") else ""
        return Ask(self.year, level, self._occasion, within)

    @property
    def ask(self) -> Ask:
        return self.ask_of(self.level.value())

    @property
    def current_table(self) -> BalanceTable | None:
        """The balance in sight."""
        return self.figures.table(self._shown) if self._shown is not None else None

    def reload(self, changes: Changes | None = None) -> None:
        """Compute again when something changed that a balance is made from; ``None``: in any case."""
        if not self.figures.forget(changes):
            return
        self.village.set_items([(ALL_VILLAGES, ""), *((name, code) for code, name in village_choices(self.session))])
        if self.year != self._year:
            self._year, self._occasion = self.year, ""
        self.figures.want(self.ask)

    def _choose(self) -> None:
        by_village = self.level.value() in ("household", "parcel")
        self.village.setEnabled(by_village)
        self.figures.want(self.ask)
        self.choice_changed.emit()

    def _occasion_chosen(self, code: str) -> None:
        self._occasion = code
        self._choose()

    def _view_chosen(self, name: str) -> None:
        self.main_view = name
        if self.current_table is not None:
            self._show(self.current_table)
        self.choice_changed.emit()

    def show_village(self, code: str) -> None:
        """Show the households of a village."""
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

    def _ready(self, ask: Ask) -> None:
        if ask != self.ask:
            return
        table = self.figures.table(ask)
        if table is None:
            return
        self._shown = ask
        self.occasion.choose(table.occasion)
        if not self.main_view:
            self.main_view = table.main_view
            self.view.choose(table.main_view)
        if not table.rows:
            self._need()
            return
        self.stack.setCurrentIndex(0)
        self._show(table)

    def _failed(self, ask: Ask, error: BaseException) -> None:
        if ask != self.ask:
            return
        self._shown = None
        self._busy(False)
        if isinstance(error, UserError) and error.code == NO_SCHEME:
            self._need()
        else:
            self.session.show_error(error)

    def _need(self) -> None:
        self._shown = None
        self._busy(False)
        self.needs.reload(self.year)
        self.stack.setCurrentWidget(self.needs)

    def _show(self, table: BalanceTable) -> None:
        name = partial(village_name, self.session)
        others = [
            view
            for view in VIEWS
            if view != self.main_view and any(view in row.views for row in (table.total, *table.rows[:1]))
        ]
        columns = columns_of(table.level, self.main_view, name, others)
        self.table.show_table(table, columns, self.main_view, self._condition())
        self._show_progress(table)
        self._show_problems(table)
        if self.detail.isVisible():
            self._picked(self.table.current())
        if self.why_panel.isVisible() and self._explained is not None:
            self._explain(*self._explained, again=True)

    def _show_progress(self, table: BalanceTable) -> None:
        both = [table.total] + (
            [table.entered_only] if table.entered_only is not None and self.session.is_county else []
        )
        every = sum(row.households for row in both)
        known = sum(row.view(self.main_view).households for row in both)
        over = sum(row.view(self.main_view).overloaded for row in both)
        self.say(self._progress_text.setText, SUMMARY.format(over=f"{over:,}", known=f"{known:,}", all=f"{every:,}"))
        self._progress.show()
        self._progress.setRange(0, max(every, 1))
        self._progress.setValue(known)

    def _show_problems(self, table: BalanceTable) -> None:
        """Below the table: what concerns all of it, then what stops rows, each one click from its record."""
        findings = [Finding(found, "", self.door_of(found)) for found in table.problems]
        for row in table.rows:
            for found in row.problems:
                if found.severity is not Severity.INFO and len(findings) < MOST_FINDINGS:
                    findings.append(Finding(found, row.name, self.door_of(found)))
        self.problems.show_findings(findings)
        self.problems.setVisible(bool(findings) and not self.why_panel.isVisible())

    def door_of(self, found: Problem) -> Callable[[], None] | None:
        """Return what opens the record a problem stands at."""
        reference = parse_reference(found.place) if found.place else None
        if isinstance(reference, RecordReference):
            return partial(self.session.go, place_of(reference))
        if isinstance(reference, CoefficientReference):
            return partial(self.session.go, Place("standards", state=found.place, back=True))
        return None

    # --- filters

    def _condition(self) -> Callable[[BalanceRow], bool]:
        words = self.filter_line.text().strip().lower()
        only, view = self.only_over.isChecked(), self.main_view
        found = self._households_called(words)

        def fits(row: BalanceRow) -> bool:
            if only and not is_over(row, view):
                return False
            if not words:
                return True
            called = words in row.name.lower() or words in row.code.lower()
            return called or row.key in found or (bool(row.household_id) and row.household_id in found)

        return fits

    def _households_called(self, words: str) -> frozenset[str]:
        """Return the households that the search knows under these words, pinyin initials among them."""
        if not words:
            return frozenset()
        rows = self.session.read.rows(Query("household", text=words), 500)
        return frozenset(row.record_id for row in rows)

    def _keep(self) -> None:
        self._later.stop()
        self.table.keep(self._condition())

    def _type_to_filter(self, text: str) -> None:
        self.filter_line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.filter_line.setText(text)
        else:
            self.filter_line.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.filter_line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._later.isActive():
                    self._keep()
                self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.filter_line.text():
                self.filter_line.clear()
                return True
        return super().eventFilter(watched, event)

    # --- the row in sight

    def open(self, row: BalanceRow) -> None:
        """Show a row beside the table."""
        table = self.current_table
        if table is None:
            return
        self.detail.show_row(row, table, self.main_view, self._doors(row))
        self._put_beside(self.detail, 520)
        self.detail.why.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put_beside(self, widget: QWidget, width: int) -> None:
        first = not self._beside.isVisible()
        self._beside.setCurrentWidget(widget)
        widget.show()
        self._beside.show()
        wanted = text_width(self, width // 13)
        if first or self._beside.width() < wanted:
            whole = max(self.splitter.width(), 2)
            wanted = min(wanted, whole * 2 // 3)
            self.splitter.setSizes([whole - wanted, wanted])

    def _picked(self, row: BalanceRow | None) -> None:
        table = self.current_table
        if row is not None and table is not None and self._beside.isVisible() and self.detail.isVisible():
            self.detail.show_row(row, table, self.main_view, self._doors(row))

    def _doors(self, row: BalanceRow) -> list[tuple[Text, Callable[[], None]]]:
        go = self.session.go
        doors: list[tuple[Text, Callable[[], None]]] = []
        if row.level == "household":
            doors.append((OPEN_HOUSEHOLD, lambda: go(Place(record_type="household", record_id=row.key, back=True))))
            doors.append((OPEN_COUNT, lambda: self._open_count(row)))
        elif row.level == "parcel":
            doors.append((OPEN_PARCEL, lambda: go(Place(record_type="parcel", record_id=row.key, back=True))))
            household = row.household_id
            doors.append((OPEN_HOUSEHOLD, lambda: go(Place(record_type="household", record_id=household, back=True))))
        elif row.level == "village":
            doors.append((SEE_HOUSEHOLDS, lambda: self.show_village(row.key)))
        table = self.current_table
        if table is not None and table.scheme.record_id:
            scheme = table.scheme.record_id
            place = Place(record_type="calculation_scheme", record_id=scheme, back=True)
            doors.append((OPEN_SCHEME, lambda: go(place)))
        return doors

    def _open_count(self, row: BalanceRow) -> None:
        table = self.current_table
        if table is None:
            return
        filters = (Filter("household_id", "eq", row.key), Filter("year", "eq", table.year),
                   Filter("occasion", "eq", table.occasion))  # fmt: skip
        found = self.session.read.rows(Query("livestock_count", filters, (("counted_on", True),)), 1)
        if found:
            self.session.go(Place(record_type="livestock_count", record_id=found[0].record_id, back=True))
        else:
            self.session.say(NO_COUNT.format(name=row.name), "info")

    # --- why

    def why(self, result: str = "") -> None:
        """Explain the figure in the current cell, or the named result of the row."""
        row, column = self.table.current(), self.table.current_column()
        if row is None or self.why_panel.isVisible():
            return
        if not result:
            result = column.why if column is not None and column.why else f"{self.main_view}_rate_percent"
        self._explain(row.level, row.key, result)

    def _explain(self, level: str, key: str, result: str, *, again: bool = False) -> None:
        """Explain a figure in a job; ``again``: the data changed, the person stays where they are in the tree."""
        table = self.current_table
        if table is None:
            return
        row = next((each for each in table.rows if each.key == key), None)
        occasion = code_list("occasion").labels.get(table.occasion, Text(table.occasion, table.occasion))
        title = WHAT.format(name=row.name if row is not None else key, year=str(table.year), occasion=occasion)
        year, at = table.year, table.occasion

        def work(context: Any) -> tuple[Result[Any], Text]:
            found, said = _why_or_less(context.reader, year, level, key, at, result)
            _ = found.explanation  # made here, off the window's thread
            return found, said

        def done(answer: tuple[Result[Any], Text]) -> None:
            found, said = answer
            self._explained = (level, key, result)
            names = {each.name for each in found.explanation.results}
            asked = next((name for name in _names_of(result) if name in names), result)
            self.why_panel.show_result(said.format(what=title), found, asked, keep_place=again)
            if again:
                return
            self._put_beside(self.why_panel, 700)
            self.problems.hide()  # the tree needs the room
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

        self.session.ask(self, work, title=EXPLAINING, on_done=done, on_error=self._not_explained)

    def _not_explained(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.session.say(NO_FIGURE.format(why=error.text), "info")
        else:
            self.session.show_error(error)

    def _why_closed(self) -> None:
        self._explained = None
        self.problems.setVisible(bool(self.problems.findings))
        if self.detail.row is not None and not self.detail.isHidden():
            self._beside.setCurrentWidget(self.detail)
        else:
            self._beside.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- keeping a result

    def ask_freeze(self) -> None:
        """Explain the row in a job, then ask whether to keep it."""
        row, table = self.detail.row, self.current_table
        if row is None or table is None:
            return
        types = {"household": "household", "parcel": "parcel"}
        subject = freeze.Subject(
            level=row.level, name=row.name, year=table.year, record_type=types.get(row.level, ""),
            record_id=row.key if row.level in types else "", code=row.code, occasion=table.occasion,
            scheme_id=table.scheme.record_id,
        )  # fmt: skip

        def work(context: Any) -> Result[Any]:
            found = balance_why(context.reader, table.year, row.level, row.key, occasion=table.occasion)
            _ = found.explanation
            return found

        def done(found: Result[Any]) -> None:
            self.freezing.ask("balance", subject, found)

        self.session.ask(self, work, title=EXPLAINING, on_done=done, on_error=self._not_explained)

    # --- as every view

    def focus_work(self) -> None:
        """Put the keyboard where the work is."""
        if self.stack.currentWidget() is self.needs:
            self.needs.focus_first()
        elif self._beside.isVisible() and self._beside.currentWidget() is self.why_panel:
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            if not self.detail.isVisible():
                self._beside.hide()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self._type_to_filter("")

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self.freezing.isVisible():
            self.freezing.leave()
            return True
        if self.why_panel.isVisible():
            return self.why_panel.escape()
        if self.detail.isVisible():
            self.detail.close_panel()
            return True
        return False


def _names_of(result: str) -> tuple[str, ...]:
    """Return the names a result goes by: without a rate the overloaded units; a capacity alone has names of its own."""
    alone = {"natural_capacity_su": "capacity_su", "approved_capacity_su": "approved_su"}
    return result, result.replace("_rate_percent", "_overloaded_su"), alone.get(result, result)


def _why_or_less(reader: Any, year: int, level: str, key: str, occasion: str, result: str) -> tuple[Result[Any], Text]:
    """Return why a row is what it is; where stock or capacity is missing, why the other one is what it is.

    Raises:
        UserError: there is neither.
    """
    try:
        return balance_why(reader, year, level, key, occasion=occasion), Text("{what}", "{what}")
    except UserError as error:
        if level == "household" and result == "stock_su":
            return herd_why(reader, year, key, occasion=occasion), STOCK_ONLY
        if level not in ("household", "parcel"):
            raise
        try:
            return capacity_why(reader, year, level, key, occasion=occasion), CAPACITY_ONLY
        except UserError:
            if level == "household":
                try:
                    return herd_why(reader, year, key, occasion=occasion), STOCK_ONLY
                except UserError:
                    raise error from None
            raise error from None


def _why_of(reader: Any, reference: FigureReference) -> Result[Any]:
    return balance_why(reader, reference.year, reference.level, reference.key, occasion=reference.occasion or None)


def _yield_of(reader: Any, reference: FigureReference) -> Result[Any]:
    return yield_why(reader, reference.year, reference.level, reference.key)
