"""The table of a balance: worst first, gauge in the row, sums below that move with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QMenu, QTableView, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.services.figures.rows import BalanceRow, BalanceTable
from station_app.services.figures.total_lines import TotalLine, total_lines
from station_app.ui import theme
from station_app.ui.charts.gauge import GaugeDelegate
from station_app.ui.grid_model import Index, write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.balance_model import BalanceColumn, BalanceModel, cell
from station_app.ui.parts import label
from station_app.ui.record_table import ListTable
from station_app.ui.why_panel import WHY

OPEN = Text("打开(Enter)", "Open (Enter)")
COPY = Text("复制所选行(Ctrl+C)", "Copy the selected rows (Ctrl+C)")
_LOOKED_AT = 40  # rows whose words decide the width of a column
NOTHING = Text("没有符合条件的行", "No row fits")


class _SumsModel(QAbstractTableModel):
    def __init__(self, owner: BalanceModel, parent: QObject) -> None:
        super().__init__(parent)
        self._owner = owner
        self.rows: Sequence[TotalLine] = ()

    def show(self, rows: Sequence[TotalLine]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._owner.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        title, row, _ = self.rows[index.row()]
        column = self._owner.columns[index.column()]
        if role == Qt.ItemDataRole.FontRole:
            font = QApplication.font()
            font.setBold(True)
            return font
        if column.key == "name":
            return tr(title) if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None
        if column.key == "village" or not row.households:
            return None  # a sum of nobody has no figures
        if column.key in ("gauge", "grade") and row.view(self._owner.main_view).rate_percent is None:
            return None  # stock and capacity of other households are not held against each other
        return cell(row, column, self._owner.main_view, role)


class BalanceTableView(QWidget, Retranslated):
    """Rows and their sums.

    Keys: Enter opens, arrows move (left and right choose the figure F8 asks about), Ctrl+C copies, with Shift headings.

    Signals:
        opened(row): Enter or double click.
        picked(row or None): another row is current.
        why_asked(): from the menu of the table.
        letter(text): somebody types to filter.
    """

    opened = Signal(object)
    picked = Signal(object)
    why_asked = Signal()
    letter = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.model = BalanceModel(self)
        self._fitted = False
        self._shown: BalanceTable | None = None
        self.table = ListTable()
        self.table.setModel(self.model)
        self._gauge = GaugeDelegate(self.table)
        self.table.horizontalHeader().setStretchLastSection(False)
        self.table.horizontalHeader().setSectionsClickable(True)
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by)
        self.table.horizontalHeader().sectionResized.connect(lambda *_: self._follow_widths())
        self.table.open_row.connect(self._open)
        self.table.copy_rows.connect(self.copy)
        self.table.letter.connect(self.letter.emit)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.sums = QTableView()
        self._sums = _SumsModel(self.model, self)
        self.sums.setModel(self._sums)
        self._sum_gauge = GaugeDelegate(self.sums)
        self.sums.horizontalHeader().hide()
        self.sums.verticalHeader().hide()
        self.sums.setShowGrid(False)
        self.sums.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sums.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.sums.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.sums.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sums.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sums.setFrameShape(QFrame.Shape.NoFrame)
        self.table.horizontalScrollBar().valueChanged.connect(self.sums.horizontalScrollBar().setValue)
        self._nothing = label("", state="muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setParent(self.table.viewport())
        self.say(self._nothing.setText, NOTHING)
        self._nothing.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.table, 1)
        box.addWidget(self.sums)
        self.setFocusProxy(self.table)
        self._connect()
        theme.signals().changed.connect(self._size)
        self._size()

    def _connect(self) -> None:
        selection = self.table.selectionModel()
        selection.currentChanged.connect(self._current_changed)

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.row() != before.row() or now.isValid() != before.isValid():
            self.picked.emit(self.current())
        self.table.viewport().update()

    # --- what is shown

    def show_table(self, table: BalanceTable, columns: Sequence[BalanceColumn], main_view: str,
                   keep: Callable[[BalanceRow], bool]) -> None:  # fmt: skip
        """Show a balance; the row that was current stays so."""
        key = row.key if (row := self.current()) else ""
        column = self.table.currentIndex().column() if key else 0
        same = [c.key for c in columns] == [c.key for c in self.model.columns]
        self.model.show(table, columns, main_view, keep)
        gauge = self.model.column_of("gauge")
        for view, delegate in ((self.table, self._gauge), (self.sums, self._sum_gauge)):
            for column in {1, 2} - {gauge}:
                view.setItemDelegateForColumn(column, None)  # type: ignore[arg-type]  # the plain one, painted by Qt alone
            view.setItemDelegateForColumn(gauge, delegate)
        self._shown = table
        if not same or not self._fitted:
            self._fitted = bool(self.model.rows)
            self._size()
        self.after_change(key, max(column, 0))

    def keep(self, condition: Callable[[BalanceRow], bool]) -> None:
        """Show only rows that fulfil a condition."""
        key, column = (row.key if (row := self.current()) else ""), self.table.currentIndex().column()
        self.model.keep(condition)
        self.after_change(key, max(column, 0))

    def after_change(self, key: str, column: int = 0) -> None:
        """Make the row with a key the current one again, or the first; the sums are of what is in sight."""
        if self._shown is not None:
            self.sums.clearSpans()
            whole = len(self.model.rows) == len(self._shown.rows)
            self._sums.show(self._shown.lines if whole else total_lines(self._shown, self.model.rows))
        at = self.model.row_of(key) if key else -1
        if self.model.rows:
            self._choose(max(at, 0), column)
        self._nothing.setVisible(not self.model.rows)
        self._place_words()
        self._size_sums()

    def _choose(self, row: int, column: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(self.model.index(row, column), flags)
        self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.EnsureVisible)

    def select(self, key: str) -> bool:
        """Go to a row; ``False`` when it is not in sight."""
        row = self.model.row_of(key)
        if row >= 0:
            self._choose(row, 0)
        return row >= 0

    def current(self) -> BalanceRow | None:
        """Return the current row."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def current_column(self) -> BalanceColumn | None:
        """Return the column of the current cell."""
        column = self.table.currentIndex().column()
        return self.model.columns[column] if 0 <= column < len(self.model.columns) else None

    # --- sizes

    def _size(self) -> None:
        made = theme.current()
        scale = made.font_pt / 10
        self.table.verticalHeader().setDefaultSectionSize(made.row)
        header, metrics = self.table.horizontalHeader(), self.table.horizontalHeader().fontMetrics()
        for number, column in enumerate(self.model.columns):
            needed = metrics.horizontalAdvance(column.heading()) * 11 // 10 + 20
            if not column.right and column.key != "gauge":
                needed = max([needed, *(self._words_width(each, column) for each in self.model.rows[:_LOOKED_AT])])
            header.resizeSection(number, max(round(column.width * scale), min(needed, round(260 * scale))))
        self._size_sums()

    def _words_width(self, row: BalanceRow, column: BalanceColumn) -> int:
        return self.fontMetrics().horizontalAdvance(column.text(row)) + 24

    def _size_sums(self) -> None:
        row = theme.current().row
        self.sums.verticalHeader().setDefaultSectionSize(row)
        self.sums.setFixedHeight(row * self._sums.rowCount() + 2)
        self.sums.setVisible(bool(self._sums.rows))
        if self.model.column_of("village") == 1:
            for number in range(self._sums.rowCount()):
                self.sums.setSpan(number, 0, 1, 2)
        self._follow_widths()

    def _follow_widths(self) -> None:
        for column in range(len(self.model.columns)):
            self.sums.setColumnWidth(column, self.table.columnWidth(column))
        self.sums.horizontalScrollBar().setValue(self.table.horizontalScrollBar().value())

    def _place_words(self) -> None:
        area = self.table.viewport().rect()
        self._nothing.setGeometry(0, area.height() // 3, area.width(), theme.current().row)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_words()

    # --- doing

    def _open(self, _row: int) -> None:
        row = self.current()
        if row is not None:
            self.opened.emit(row)

    def _sort_by(self, column: int) -> None:
        """Falling, rising, worst first again."""
        key = self.model.columns[column].key
        before = self.model.sorting
        falling_first = self.model.columns[column].right
        if before is None or before[0] != key:
            sorting: tuple[str, bool] | None = (key, falling_first)
        else:
            sorting = (key, not falling_first) if before[1] == falling_first else None
        current, at = (row.key if (row := self.current()) else ""), self.table.currentIndex().column()
        self.model.sort_by(sorting)
        header = self.table.horizontalHeader()
        header.setSortIndicatorShown(sorting is not None)
        if sorting is not None:
            falling = Qt.SortOrder.DescendingOrder if sorting[1] else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(column, falling)
        self.after_change(current, max(at, 0))

    def copy(self, with_headings: bool = False) -> None:
        """Copy the selected rows as a spreadsheet takes them."""
        numbers = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        block = [[column.heading() for column in self.model.columns]] if with_headings else []
        for number in numbers:
            row = self.model.rows[number]
            block.append([str(cell(row, column, self.model.main_view, Qt.ItemDataRole.DisplayRole) or "")
                          for column in self.model.columns])  # fmt: skip
        QGuiApplication.clipboard().setText(write_block(block))

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in ((WHY, self.why_asked.emit), (OPEN, lambda: self._open(0)), (COPY, self.copy)):
            menu.addAction(tr(text)).triggered.connect(lambda _checked=False, do=act: do())
        menu.popup(self.table.viewport().mapToGlobal(at))

    def retranslate(self) -> None:
        super().retranslate()
        self.model.retranslate()
        self._sums.layoutChanged.emit()
        self._size()
