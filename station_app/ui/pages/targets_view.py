"""Goal, actual, gap, trend, cause, measure and deadline: the tree of targets with its charts, detail and explanation."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QSplitter, QWidget

from station_app.domain.problems import Severity
from station_app.domain.text import Text
from station_app.services.figures import freeze, gaps
from station_app.services.figures.gap_columns import gap_columns, name_said
from station_app.services.figures.gap_rows import GapRow, GapTable
from station_app.storage.changes import Changes
from station_app.ui import theme
from station_app.ui.charts import BarChart, LineChart
from station_app.ui.figure_view import FigureView
from station_app.ui.figures import Figures
from station_app.ui.i18n import tr
from station_app.ui.pages.targets_detail import TargetDetail, draw
from station_app.ui.parts import ElidedLabel, EmptyState, text_width
from station_app.ui.session import ALL_YEARS, Place

if TYPE_CHECKING:
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

COMPUTING = Text("正在核算目标和差距", "Working out targets and gaps")
BUSY = Text("正在计算…", "Computing …")
COUNTS = Text("有目标 {with_target} 项：已达到 {reached}，未达到 {missed}，没有实际值 {unknown} · 没有目标 {without_target} 项",
              "{with_target} with a target: {reached} reached, {missed} not, {unknown} without an actual value · "
              "{without_target} without a target")  # fmt: skip
ENTERED = Text("未认可的另计 {n} 项", "not accepted, apart: {n}")
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
LEAST_ROWS = 7
NARROW = frozenset({"name", "target_value", "actual_value", "gap", "verdict"})
SOURCES = frozenset({
    "target", "assessment", "training_log", "compensation_line", "compensation_batch", "rodent_survey", "insect_survey",
    "herb_quadrat", "plot", "plot_new", "cover_monitoring", "livestock_count", "forage_supply", "soil_sample",
    "carbon_activity", "capacity_approval",
})  # fmt: skip


def _compute(context: Context, year: int) -> GapTable:
    return gaps.gap_table(context.reader, year, context=context)


class GapView(FigureView):
    """The first tab of the page.

    Signals:
        write_asked(GapRow): the assessment of a target is to be written.
    """

    write_asked = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, Figures(session, COMPUTING, SOURCES, _compute), as_tree=True, parent=parent)
        self.figures.setParent(self)
        self.filter_line.hide()  # few rows: all of them are in sight
        self.summary = ElidedLabel("hint")
        self.figures.busy.connect(lambda busy: self.summary.setText(tr(BUSY)) if busy else self._say_counts())
        self.say(self.table.setAccessibleName, NAME)
        self.bars, self.lines = BarChart(), LineChart()
        self.charts = QSplitter(Qt.Orientation.Horizontal)
        self.left = QSplitter(Qt.Orientation.Vertical)
        for splitter, inner in ((self.charts, (self.bars, self.lines)), (self.left, (self.table, self.charts))):
            for widget in inner:
                splitter.addWidget(widget)
            splitter.setChildrenCollapsible(False)
        self.left.setStretchFactor(0, 1)
        self.detail = TargetDetail(session)
        self.detail.closed.connect(self._detail_closed)
        self.detail.why_asked.connect(lambda _name: self.why())
        self.detail.freeze_asked.connect(self.ask_freeze)
        self.detail.write_asked.connect(self.write)
        self.empty = EmptyState("targets")
        if session.may_author("target"):
            new = Place(record_type="target", record_id="new")
            self.empty.offer(NEW_TARGET, partial(session.go, new), primary=True)
        else:
            self.empty.offer(TAKE_RECEIPT, partial(session.go, Place("exchange")), primary=True)
        self.empty.offer(ALL, self._all_years)
        self.put_together([], self.left, self.detail, self.empty)
        theme.changed.connect(self._size)
        self._size()

    def _all_years(self) -> None:
        self.session.set_year(ALL_YEARS)
        self.session.go(Place(record_type="target"))

    def _size(self) -> None:
        self.charts.setMinimumHeight(round(26 * theme.current().font_pt))
        self.table.header.setMinimumSectionSize(text_width(self, 4))
        at = self.table.model.column_of("measure")
        if at >= 0:
            self.table.header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        self._charts_fit()

    # --- what is shown

    @property
    def ask(self) -> int:
        return self.year

    def reload(self, changes: Changes | None = None) -> None:
        """Work out again what a change may have moved; ``None``: in any case."""
        if self.figures.forget(changes):
            self.figures.want(self.ask)

    def show_table(self, table: GapTable) -> None:
        first = self.current() is None
        self.table.show_rows(gap_columns(table), table.rows)
        self._size()
        if any(row.record_id for row in table.rows) or table.rows:
            self.stack.setCurrentIndex(0)
        else:
            words = OURS if self.session.may_author("target") else FROM_ABOVE
            self.empty.tell(NOTHING_TITLE.format(year=str(table.year)), words)
            self.need()
        self._say_counts()
        if first:
            self.table.select(next((row.key for row in table.rows if row.gap.reached is False), ""))
        self.picked(self.current())
        self.show_problems(problem for problem in table.problems if problem.severity is not Severity.INFO)

    def _say_counts(self) -> None:
        table = self.current_table
        if table is None:
            return
        said = [tr(COUNTS, **dataclasses.asdict(table.counts))]
        if table.entered is not None and table.entered.with_target:
            said.append(tr(ENTERED, n=table.entered.with_target))
        if not any(row.record_id for row in table.rows):
            said.insert(0, tr(NOTHING_TITLE, year=str(table.year)))
        self.summary.setText(" · ".join(said))

    def retranslate(self) -> None:
        super().retranslate()
        self._say_counts()
        self.picked(self.current())

    # --- the row in sight

    def current(self) -> GapRow | None:
        row: GapRow | None = self.table.current()
        return row

    def select(self, code: str) -> bool:
        """Go to a row; ``False`` when it is not in sight."""
        return self.table.select(code)

    def open_current(self) -> None:
        self.open(self.current())

    def open(self, row: GapRow | None) -> None:
        if row is None:
            return
        self.put_beside(self.detail, 40)
        self.picked(row)
        first = self.detail.write if self.detail.write.isVisible() else self.detail.why
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_beside(self, widget: QWidget, characters: int) -> None:
        self._narrow(True)
        super().put_beside(widget, characters)
        self._charts_fit()

    def picked(self, row: GapRow | None) -> None:
        table = self.current_table
        if row is None or table is None:
            return
        draw(self.bars, self.lines, row, table)
        if not self.detail.isHidden():
            self.detail.show_row(row, table)

    def write(self) -> None:
        """Ask the page for the form of the assessment."""
        row = self.current()
        if row is not None and row.record_id:
            self.write_asked.emit(row)

    # --- why, and keeping a result

    def why(self, result: str = "") -> None:
        """Explain the gap of the current row, down to the records its actual value rests on."""
        row, table = self.current(), self.current_table
        if row is None or table is None:
            return
        main = result or ("gap" if row.gap.gap is not None else "actual_value")
        title = name_said(row, table.year)
        self.explain(self._how(row, table), lambda found: self.show_why(title, found, main))

    def _how(self, row: GapRow, table: GapTable) -> Any:
        return partial(gaps.gap_why, year=table.year, record_id=row.key)

    def ask_freeze(self) -> None:
        """Explain the row in a job, then ask whether to keep its gap."""
        row, table = self.detail.row, self.current_table
        if row is None or table is None or not row.record_id:
            return
        subject = freeze.Subject("target", row.name.zh, table.year, "target", row.record_id, row.number[:40])
        self.explain(self._how(row, table), lambda found: self.freezing.ask("gap", subject, found))

    # --- sizes

    def nothing_beside(self) -> None:
        super().nothing_beside()
        self._narrow(False)
        self._charts_fit()

    def _charts_fit(self) -> None:
        """Show the charts below the tree where seven rows of it stay in sight; the detail has them in any case."""
        needed = self.charts.minimumHeight() + LEAST_ROWS * theme.current().row
        self.charts.setVisible(self.beside.isHidden() and self.splitter.height() >= needed)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._charts_fit)

    def _narrow(self, narrow: bool) -> None:
        """Beside a detail, which has its own charts, the tree keeps its height and the columns that matter most."""
        mode = QHeaderView.ResizeMode.Stretch if narrow else QHeaderView.ResizeMode.Interactive
        self.table.header.setSectionResizeMode(0, mode)
        for number, column in enumerate(self.table.model.columns):
            self.table.table.setColumnHidden(number, narrow and column.key not in NARROW)
        self.table.size_columns()

    def _detail_closed(self) -> None:
        self.nothing_beside()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
