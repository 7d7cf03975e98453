"""Goal, actual, gap, trend, cause, measure and deadline: the tree of targets with its charts, detail and explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.calc.explanation import Result
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.services.figures import actual_ways, balance, freeze, gaps
from station_app.services.figures.gap_rows import GapCounts, GapRow, GapTable
from station_app.services.figures.references import RecordReference, parse_reference
from station_app.storage.changes import Changes
from station_app.ui import theme
from station_app.ui.charts import BarChart, LineChart
from station_app.ui.freeze_strip import FreezeStrip
from station_app.ui.grid_model import write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.targets_detail import TargetDetail
from station_app.ui.pages.targets_model import COLUMNS, GapModel, draw, name_said
from station_app.ui.parts import ElidedLabel, EmptyState, text_width
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import ALL_YEARS, Place
from station_app.ui.why_panel import WHY, WHY_KEY, WhyPanel, place_of

if TYPE_CHECKING:
    from station_app.ui.session import Session

COMPUTING, EXPLAINING = Text("正在核算目标和差距", "Working out targets and gaps"), Text("正在说明", "Explaining")
BUSY = Text("正在计算…", "Computing …")
COUNTS = Text("有目标 {with_target} 项：已达到 {reached}，未达到 {missed}，没有实际值 {unknown} · 没有目标 {without_target} 项",
              "{with_target} with a target: {reached} reached, {missed} not, {unknown} without an actual value · "
              "{without_target} without a target")  # fmt: skip
ENTERED = Text("未认可的另计 {n} 项", "not accepted, apart: {n}")
OPEN, COPY = Text("打开(Enter)", "Open (Enter)"), Text("复制整表(Ctrl+C)", "Copy the table (Ctrl+C)")
NAME = Text("目标与差距", "Targets and gaps")
NOTHING_TITLE = Text("{year} 年还没有目标", "No targets for {year} yet")
FROM_ABOVE = Text("目标由旗县下达，随回执到达本站。没有目标不等于零；到了以后，这里会列出目标、实际、差距和趋势，由本站填写原因、措施和期限。",
                  "Targets come from the county with its receipts. No target is not zero. Once here, this page sets goal, actual, gap "
                  "and trend side by side; the station adds cause, measure and deadline.")  # fmt: skip
OURS = Text("下达给苏木乡镇的目标写在这里，随包下达；上级的目标收到后也在这里，可以看到分解是否足够。",
            "Write the targets of the townships here; they go down with the next package. Those from above arrive here too, and the "
            "chain shows whether they are covered.")  # fmt: skip
TAKE_RECEIPT, NEW_TARGET, ALL = (
    Text("去导入回执", "Take a receipt"),
    Text("新增目标", "New target"),
    Text("看全部年度的目标", "Targets of all years"),
)
NO_FIGURE = Text("没有可以说明的数：{why}", "There is no figure to explain: {why}")
MOST_FINDINGS, LEAST_ROWS = 30, 7
NARROW = frozenset({"name", "target", "actual", "gap", "verdict"})
MEASURE = next(n for n, column in enumerate(COLUMNS) if column.key == "measure")
SOURCES = frozenset({
    "target", "assessment", "training_log", "parcel", "household", "compensation_line", "compensation_batch", "rodent_survey",
    "insect_survey", "herb_quadrat", "plot", "plot_new", "cover_monitoring", "livestock_count", "forage_supply", "soil_sample",
    "carbon_activity", "organisation", "calculation_scheme", "coefficient_edition", "capacity_approval", "review", "receipt",
})  # fmt: skip


class _Tree(QTreeView):
    """Enter opens a row; Ctrl+C copies the table."""

    def __init__(self, owner: GapView) -> None:
        super().__init__()
        self._owner = owner
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAllColumnsShowFocus(True)
        self.header().setStretchLastSection(False)
        self.header().setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._owner.open_current()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._owner.copy()
        else:
            super().keyPressEvent(event)


class GapView(QWidget, Retranslated):
    """The first tab of the page.

    Signals:
        write_asked(GapRow): the assessment of a target is to be written.
        loaded(): a table is in sight.
    """

    write_asked = Signal(object)
    loaded = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.table: GapTable | None = None
        self.model = GapModel(self)
        self._make_table()
        self._make_beside()
        self._make_frame()
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.why)
        theme.signals().changed.connect(self._size)
        self._size()

    # --- building

    def _make_table(self) -> None:
        self.tree = _Tree(self)
        self.say(self.tree.setAccessibleName, NAME)
        self.tree.setModel(self.model)
        self.tree.doubleClicked.connect(lambda _index: self.open_current())
        self.tree.customContextMenuRequested.connect(self._menu)
        self.tree.selectionModel().currentChanged.connect(self._picked)
        self.bars, self.lines = BarChart(), LineChart()
        self.charts = QSplitter(Qt.Orientation.Horizontal)
        self.charts.addWidget(self.bars)
        self.charts.addWidget(self.lines)
        self.charts.setChildrenCollapsible(False)
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.tree)
        self.left.addWidget(self.charts)
        self.left.setChildrenCollapsible(False)
        self.left.setStretchFactor(0, 1)

    def _make_beside(self) -> None:
        self.detail = TargetDetail(self.session)
        self.detail.closed.connect(self._detail_closed)
        self.detail.why_asked.connect(self.why)
        self.detail.freeze_asked.connect(self.ask_freeze)
        self.detail.write_asked.connect(self.write)
        self.why_panel = WhyPanel(self.session)
        self.why_panel.answer("actual", _explain_actual)
        self.why_panel.answer("balance", _explain_balance)
        self.why_panel.closed.connect(self._why_closed)
        self.beside = QStackedWidget()
        self.beside.addWidget(self.detail)
        self.beside.addWidget(self.why_panel)
        self.beside.hide()

    def _make_frame(self) -> None:
        self.summary = ElidedLabel("hint")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.left)
        self.splitter.addWidget(self.beside)
        self.splitter.setChildrenCollapsible(False)
        self.freezing = FreezeStrip(self.session)
        self.freezing.left.connect(self.focus_work)
        self.problems = ProblemList(rows=2)
        self.empty = EmptyState("targets")
        if self.session.may_author("target"):
            self.empty.offer(NEW_TARGET, lambda: self._go(Place(record_type="target", record_id="new")), primary=True)
        else:
            self.empty.offer(TAKE_RECEIPT, lambda: self._go(Place("exchange")), primary=True)
        self.empty.offer(ALL, self._all_years)
        work = QWidget()
        inner = QVBoxLayout(work)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.freezing)
        inner.addWidget(self.splitter, 1)
        inner.addWidget(self.problems)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.stack)

    def _go(self, place: Place) -> None:
        self.session.go(place)

    def _all_years(self) -> None:
        self.session.set_year(ALL_YEARS)
        self._go(Place(record_type="target"))

    def _size(self) -> None:
        scale = theme.current().font_pt / 10
        header = self.tree.header()
        metrics = self.tree.fontMetrics()
        rows = self.table.rows if self.table is not None else ()
        for number, column in enumerate(COLUMNS):
            wanted = header.fontMetrics().horizontalAdvance(tr(column.heading)) + 24
            if column.fits:  # the whole word is read here, not its beginning
                words = [metrics.horizontalAdvance(self.model.cell(row, column)) * 11 // 10 for row in rows]
                wanted = max(wanted, *words, 0) + 16
            self.tree.setColumnWidth(number, max(round(column.width * scale), wanted))
        header.setSectionResizeMode(MEASURE, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(text_width(self, 4))
        self.charts.setMinimumHeight(round(26 * theme.current().font_pt))
        self._charts_fit()

    # --- what is shown

    @property
    def year(self) -> int:
        """The year in sight; with all years in sight, this one."""
        return self.session.year or self.session.today().year

    def reload(self, changes: Changes | None = None) -> None:
        """Work out again what a change may have moved; ``None``: in any case."""
        if changes is not None and not changes.tables & SOURCES:
            return
        year = self.year
        self.summary.setText(tr(BUSY))

        def work(context: Any) -> GapTable:
            return gaps.gap_table(context.reader, year, context=context)

        def done(table: GapTable) -> None:
            self.show_table(table)

        def failed(error: BaseException) -> None:
            self._say_counts()
            self.session.show_error(error)

        self.session.ask(self, work, title=COMPUTING, on_done=done, on_error=failed)

    def show_table(self, table: GapTable) -> None:
        """Show a table; the row that was current stays so."""
        before = row.gap.code if (row := self.current()) is not None else ""
        self.table = table
        self.model.show(table)
        self.tree.expandAll()
        self._size()
        self._empty_or_not(table)
        self._say_counts()
        index = self.model.index_of(before)
        if not index.isValid():
            index = self.model.index_of(next((r.gap.code for r in table.rows if r.gap.reached is False), ""))
        self.tree.setCurrentIndex(index if index.isValid() else self.model.index(0, 0))
        QTimer.singleShot(0, lambda: self.tree.scrollTo(self.tree.currentIndex()))
        self._show_charts()
        self._show_problems(table)
        row = self.current()
        if self.beside.isVisible() and row is not None:
            self.detail.show_row(row, table)
        self.loaded.emit()

    def _empty_or_not(self, table: GapTable) -> None:
        if any(row.record_id for row in table.rows):
            self.stack.setCurrentIndex(0)
            return
        self.empty.tell(
            NOTHING_TITLE.format(year=str(table.year)), OURS if self.session.may_author("target") else FROM_ABOVE
        )
        self.stack.setCurrentIndex(0 if table.rows else 1)

    def _say_counts(self) -> None:
        table = self.table
        if table is None:
            return
        said = tr(COUNTS, **_counted(table.counts))
        entered = table.entered
        if entered is not None and entered.with_target:
            said = f"{said} · {tr(ENTERED, n=entered.with_target)}"
        if not any(row.record_id for row in table.rows):
            said = f"{tr(NOTHING_TITLE, year=str(table.year))} · {said}"
        self.summary.setText(said)

    def _show_charts(self) -> None:
        row, table = self.current(), self.table
        if row is None or table is None:
            return
        draw(self.bars, self.lines, row, table)

    def _show_problems(self, table: GapTable) -> None:
        found = [p for p in table.problems if p.severity is not Severity.INFO][:MOST_FINDINGS]
        self.problems.show_findings([Finding(p, "", self._door(p)) for p in found])

    def _door(self, found: Problem) -> Any:
        reference = parse_reference(found.place)
        if isinstance(reference, RecordReference):
            place = place_of(reference)
            return lambda: self._go(place)
        return None

    def retranslate(self) -> None:
        super().retranslate()
        self.model.retranslate()
        self._size()
        self._say_counts()
        self._show_charts()

    # --- the row in sight

    def current(self) -> GapRow | None:
        """Return the current row."""
        return self.model.row_at(self.tree.currentIndex())

    def select(self, code: str) -> bool:
        """Go to a row; ``False`` when it is not in sight."""
        index = self.model.index_of(code)
        if index.isValid():
            self.tree.setCurrentIndex(index)
        return index.isValid()

    def open_current(self) -> None:
        """Show the current row beside the table."""
        row, table = self.current(), self.table
        if row is None or table is None:
            return
        self.detail.show_row(row, table)
        self._put_beside(self.detail, 40)
        first = self.detail.write if self.detail.write.isVisible() else self.detail.why
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put_beside(self, widget: QWidget, characters: int) -> None:
        self.beside.setCurrentWidget(widget)
        widget.show()
        self.beside.show()
        self._narrow(True)
        whole = max(self.splitter.width(), 2)
        wanted = min(text_width(self, characters), whole * 3 // 5)
        self.splitter.setSizes([whole - wanted, wanted])

    def _picked(self, now: QModelIndex, before: QModelIndex) -> None:
        row, table = self.model.row_at(now), self.table
        if row is None or table is None or self.model.row_at(before) is row:
            return
        self._show_charts()
        if self.beside.isVisible():
            self.detail.show_row(row, table)

    def _menu(self, at: QPoint) -> None:
        if self.current() is None:
            return
        menu = QMenu(self.tree)
        for text, act in ((OPEN, self.open_current), (WHY, self.why), (COPY, self.copy)):
            menu.addAction(tr(text)).triggered.connect(lambda _checked=False, a=act: a())
        menu.exec(self.tree.viewport().mapToGlobal(at))

    def copy(self) -> None:
        """Put the whole table on the clipboard as a spreadsheet takes it."""
        QGuiApplication.clipboard().setText(write_block(self.model.lines()))

    def write(self) -> None:
        """Ask the page for the form of the assessment."""
        row = self.current()
        if row is not None and row.record_id:
            self.write_asked.emit(row)

    # --- why, and keeping a result

    def why(self) -> None:
        """Explain the gap of the current row, down to the records its actual value rests on."""
        row, table = self.current(), self.table
        if row is None or table is None:
            return
        main = "gap" if row.gap.gap is not None else "actual_value"
        title = Text(name_said(row, table.year), name_said(row, table.year))

        def done(found: Result[Any]) -> None:
            self.why_panel.show_result(title, found, main)
            self._put_beside(self.why_panel, 52)
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

        self._explained(row, table.year, done)

    def _explained(self, row: GapRow, year: int, then: Any) -> None:
        code = row.gap.code

        def work(context: Any) -> Result[Any]:
            found = gaps.gap_why(context.reader, year, code)
            _ = found.explanation  # made here, off the window's thread
            return found

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError):
                self.session.say(NO_FIGURE.format(why=error.text), "info")
            else:
                self.session.show_error(error)

        self.session.ask(self, work, title=EXPLAINING, on_done=then, on_error=failed, about="why")

    def ask_freeze(self) -> None:
        """Explain the row in a job, then ask whether to keep its gap."""
        row, table = self.detail.row, self.table
        if row is None or table is None or not row.record_id:
            return
        subject = freeze.Subject("target", row.name.zh, table.year, "target", row.record_id, row.number[:40])
        self._explained(row, table.year, lambda found: self.freezing.ask("gap", subject, found))

    # --- as every view

    def focus_work(self) -> None:
        """Put the keyboard where the work is."""
        if self.stack.currentWidget() is self.empty:
            self.empty.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self.freezing.isVisible():
            self.freezing.leave()
            return True
        if self.beside.isVisible() and self.beside.currentWidget() is self.why_panel:
            return self.why_panel.escape()
        if self.beside.isVisible():
            self.detail.close_panel()
            return True
        return False

    def _nothing_beside(self) -> None:
        self.beside.hide()
        self._narrow(False)

    def _charts_fit(self) -> None:
        """Show the charts below the tree where seven rows of it stay in sight; the detail has them in any case."""
        needed = self.charts.minimumHeight() + LEAST_ROWS * theme.current().row
        self.charts.setVisible(self.beside.isHidden() and self.splitter.height() >= needed)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        QTimer.singleShot(0, self._charts_fit)

    def _narrow(self, narrow: bool) -> None:
        """Beside a detail, which has its own charts, the tree keeps its height and the columns that matter most."""
        self._charts_fit()
        mode = QHeaderView.ResizeMode.Stretch if narrow else QHeaderView.ResizeMode.Interactive
        self.tree.header().setSectionResizeMode(0, mode)
        for number, column in enumerate(COLUMNS):
            self.tree.setColumnHidden(number, narrow and column.key not in NARROW)
        self._size()

    def _detail_closed(self) -> None:
        self._nothing_beside()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _why_closed(self) -> None:
        if self.detail.row is not None and self.detail.row is self.current():
            self.beside.setCurrentWidget(self.detail)
        else:
            self._nothing_beside()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)


def _counted(counts: GapCounts) -> dict[str, object]:
    return {"with_target": counts.with_target, "reached": counts.reached, "missed": counts.missed,
            "unknown": counts.unknown, "without_target": counts.without_target}  # fmt: skip


def _explain_actual(reader: Any, reference: Any) -> Result[Any]:
    return actual_ways.explain_actual(reader, reference)


def _explain_balance(reader: Any, reference: Any) -> Result[Any]:
    return balance.balance_why(
        reader, reference.year, reference.level, reference.key, occasion=reference.occasion or None
    )
