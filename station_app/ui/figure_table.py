"""A table of figures on the screen: the rows of any list of columns, their sums below; keyboard first.

One read-only model serves every table of figures; rows that name a parent stand below it, as a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QMetaMethod,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QMenu, QTreeView, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.services.figures.columns import NO, SCREEN, YES, Column, on, thousands
from station_app.ui import i18n, theme
from station_app.ui.charts.gauge import GAUGE_ROLE, Gauge, GaugeDelegate
from station_app.ui.grid_model import Index, write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import label
from station_app.ui.record_table import ListTable
from station_app.ui.why_panel import WHY

OPEN = Text("打开(Enter)", "Open (Enter)")
COPY = Text("复制所选行(Ctrl+C)", "Copy the selected rows (Ctrl+C)")
NOTHING = Text("没有符合条件的行", "No row fits")
UNKNOWN = "—"
_LOOKED_AT, _WIDEST = 40, 260  # rows whose words decide the width of a column; pixels at 10 pt
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class FigureModel(QAbstractItemModel):
    """Rows by the columns of their table, in the order they came in until a heading says otherwise.

    ``labels`` name rows of sums: of each only what its column lets stand in a sum is shown.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[Column] = []
        self.rows: list[Any] = []
        self.sorting: tuple[str, bool] | None = None  # key of a column, and whether it falls
        self._given: Sequence[Any] = ()
        self._labels: Sequence[Text] = ()
        self._below: dict[int, list[int]] = {}  # numbers of the rows below a row; -1: at the top
        self._above: dict[int, tuple[int, int]] = {}  # the row above a row, and its place below that

    def show(self, columns: Sequence[Column], rows: Sequence[object], labels: Sequence[Text] = ()) -> None:
        """Show other rows, or the same by other columns."""
        self.beginResetModel()
        self.columns, self._given, self._labels = on(SCREEN, columns), rows, labels
        if self.sorting is not None and self.column_of(self.sorting[0]) < 0:
            self.sorting = None
        self._arrange()
        self.endResetModel()

    def sort_by(self, sorting: tuple[str, bool] | None) -> None:
        """Sort by a column; ``None``: as the rows came in."""
        self.beginResetModel()
        self.sorting = sorting
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        self.rows = list(self._given)
        if self.sorting is not None:
            column = self.columns[self.column_of(self.sorting[0])]
            values = [(_sortable(column.value(row)), row) for row in self.rows]
            known = sorted(
                (pair for pair in values if pair[0] is not None), key=lambda p: p[0], reverse=self.sorting[1]
            )
            self.rows = [row for _, row in known] + [row for value, row in values if value is None]
        self._below, self._above = {}, {}
        if not any(getattr(row, "parent_id", "") for row in self.rows):
            return
        numbers = {row.key: number for number, row in enumerate(self.rows)}
        for number, row in enumerate(self.rows):
            above = numbers.get(row.parent_id, -1)
            line = self._below.setdefault(above, [])
            self._above[number] = above, len(line)
            line.append(number)

    def row_at(self, index: Index) -> Any:
        """Return the row at an index, ``None`` when it is none."""
        return self.rows[index.internalId()] if index.isValid() and index.internalId() < len(self.rows) else None

    def index_of(self, key: Any, column: int = 0) -> QModelIndex:
        """Return where the row with a key stands; an invalid index when it is not in sight."""
        number = next((n for n, row in enumerate(self.rows) if row.key == key), -1)
        return self._index(number, column) if number >= 0 else QModelIndex()

    def _index(self, number: int, column: int) -> QModelIndex:
        return self.createIndex(self._above[number][1] if self._above else number, column, number)

    def column_of(self, key: str) -> int:
        """Return the number of a column, -1 when there is none."""
        return next((n for n, column in enumerate(self.columns) if column.key == key), -1)

    def heading(self, number: int) -> str:
        """Return a heading; where it stands already further to the left, with its group."""
        column = self.columns[number]
        alone = all(before.label != column.label for before in self.columns[:number])
        return column.heading(i18n.language(), grouped=alone)

    def text(self, row: object, column: Column) -> str:
        """Return what a cell says in the current language; empty where nothing is known."""
        value = column.value(row)
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return f"{'✓' if value else '○'} {tr(YES if value else NO)}"
        if column.form == "gauge":
            return Gauge(*value).said()
        if column.is_number:
            number = Decimal(value)
            places = column.places_of(row, number) if column.places_of is not None else None
            shown = thousands(number, _places(column) if places is None else places)
            sign = column.sign(row) if column.sign is not None else ""
            return f"{sign} {shown}" if sign else shown
        if isinstance(value, date):
            return value.isoformat()
        return tr(value) if isinstance(value, Text) else str(value)

    def lines(self, rows: Sequence[object], *, with_headings: bool = True) -> list[list[str]]:
        headings = [[self.heading(n) for n in range(len(self.columns))]] if with_headings else []
        return [*headings, *([self.text(row, column) for column in self.columns] for row in rows)]

    # --- as every model

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not 0 <= row < self.rowCount(parent) or not 0 <= column < len(self.columns):
            return QModelIndex()
        if not self._above:
            return self.createIndex(row, column, row)
        line = self._below[parent.internalId() if parent.isValid() else -1]
        return self.createIndex(row, column, line[row])

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        above = self._above[index.internalId()][0] if self._above and index.isValid() else -1
        return self._index(above, 0) if above >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        if not self._above:
            return 0 if parent.isValid() else len(self.rows)
        return 0 if parent.column() > 0 else len(self._below.get(parent.internalId() if parent.isValid() else -1, ()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = self.columns[index.column()]
        if self._labels:
            if column.key == "name" and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                return tr(self._labels[index.row()])
            if role not in (Qt.ItemDataRole.FontRole, Qt.ItemDataRole.TextAlignmentRole) and not column.stands_in_sum(
                row
            ):
                return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column) or (UNKNOWN if column.is_number and not self._labels else "")
        if role == GAUGE_ROLE and column.form == "gauge":
            return Gauge(*column.value(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            tip = column.tip(row) if column.tip is not None else None
            return (tr(tip) if isinstance(tip, Text) else tip) or self.text(row, column) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.ForegroundRole and column.state is not None and (state := column.state(row)):
            return theme.colour(state)
        if role == Qt.ItemDataRole.FontRole and (column.bold or self._labels):
            font = QFont(QApplication.font())
            font.setBold(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.heading(section)
        return _side(self.columns[section]) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _side(column: Column) -> Qt.AlignmentFlag:
    is_right = column.is_number or column.form == "figure"
    return (Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft) | _MIDDLE


def _places(column: Column) -> int:
    return (column.places or 0) if column.screen_places is None else column.screen_places


def _sortable(value: object) -> Any:
    if isinstance(value, tuple):
        return Gauge(*value).percent
    return tr(value) if isinstance(value, Text) else None if value == "" else value


class _Tree(QTreeView):
    """A tree of rows to look at, with the signals of a ``ListTable``."""

    open_row = Signal(int)
    letter = Signal(str)
    copy_rows = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAllColumnsShowFocus(True)
        self.header().setHighlightSections(False)
        self.doubleClicked.connect(lambda index: self.open_row.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_row.emit(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows.emit(True)
        else:
            super().keyPressEvent(event)


class _Sums(ListTable):
    """The sums of the rows above; Up leads back to the rows."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(False)
        self.setAlternatingRowColors(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.clearSelection()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FigureTable(QWidget, Retranslated):
    """Rows of figures and their sums, which move with them; as a tree where rows stand below others.

    Keys: Enter opens, arrows move (left and right choose the figure F8 asks about, Down from the last row goes to the
    sums), Ctrl+C copies, with Shift headings; a letter goes to the filter.

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

    def __init__(self, *, as_tree: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.model = FigureModel(self)
        self.table: Any = _Tree() if as_tree else _Rows(self)
        self.as_tree = as_tree
        self.table.setModel(self.model)
        view: Any = self.table
        self.header = view.header() if as_tree else view.horizontalHeader()
        self.header.setStretchLastSection(False)
        self.header.sectionResized.connect(lambda *_: self._follow_widths())
        if not as_tree:
            self.header.setSectionsClickable(True)
            self.header.sectionClicked.connect(self._sort_by)
        self._sums_model = FigureModel(self)
        self.sums = _Sums()
        self.sums.setModel(self._sums_model)
        self.sums.left.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._gauges = [GaugeDelegate(view) for view in (self.table, self.sums)]
        self._gauge = -1
        for view in (self.table, self.sums):
            view.open_row.connect(lambda _row: self._open())
            view.copy_rows.connect(self.copy)
            view.letter.connect(self.letter.emit)
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(self._menu)
            view.selectionModel().currentChanged.connect(self._current_changed)
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
        theme.changed.connect(self.size_columns)
        self._fitted = False
        self.size_columns()

    # --- what is shown

    def show_rows(
        self, columns: Sequence[Column], rows: Sequence[object], sums: Sequence[tuple[Text, Any]] = ()
    ) -> None:
        """Show rows and their sums; the row that was current stays so."""
        current, at = self.current(), max(self.table.currentIndex().column(), 0)
        before = [column.key for column in self.model.columns]
        self.model.show(columns, rows)
        self._sums_model.show(columns, [row for _, row in sums], [text for text, _ in sums])
        self._place_gauge(self.model.column_of("gauge"))
        if before != [column.key for column in self.model.columns] or not self._fitted:
            self.size_columns()
        if self.as_tree:
            self.table.expandAll()
        self._after_change(current.key if current is not None else "", at)

    def _place_gauge(self, at: int) -> None:
        for view, delegate in zip((self.table, self.sums), self._gauges, strict=True):
            if self._gauge >= 0:
                view.setItemDelegateForColumn(self._gauge, None)
            if at >= 0:
                view.setItemDelegateForColumn(at, delegate)
        self._gauge = at

    def _after_change(self, key: Any, column: int) -> None:
        """Make the row with a key the current one again, or the first."""
        if self.model.rows:
            index = self.model.index_of(key, column) if key else QModelIndex()
            self._choose(index if index.isValid() else self.model.index(0, min(column, len(self.model.columns) - 1)))
        self._nothing.setVisible(not self.model.rows)
        self._place_words()
        self._size_sums()

    def _choose(self, index: QModelIndex) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(index, flags)
        self.table.scrollTo(index.siblingAtColumn(0), QAbstractItemView.ScrollHint.EnsureVisible)
        if self.as_tree:
            QTimer.singleShot(0, self.table, lambda: self.table.scrollTo(self.table.currentIndex()))

    def select(self, key: Any) -> bool:
        """Go to a row; ``False`` when it is not in sight."""
        index = self.model.index_of(key)
        if index.isValid():
            self._choose(index)
        return index.isValid()

    def current(self) -> Any:
        """Return the current row, a sum where the keyboard is in the sums; ``None``: there is none."""
        if self.sums.hasFocus():
            return self._sums_model.row_at(self.sums.currentIndex())
        return self.model.row_at(self.table.currentIndex())

    def current_column(self) -> Column | None:
        column = (self.sums if self.sums.hasFocus() else self.table).currentIndex().column()
        return self.model.columns[column] if 0 <= column < len(self.model.columns) else None

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        if self.model.row_at(now) is not self.model.row_at(before) or now.row() != before.row():
            self.picked.emit(self.current())
        self.table.viewport().update()

    def to_sums(self) -> bool:
        """Go on from the last row to the sums; ``False`` when there are none."""
        if not self._sums_model.rows:
            return False
        self.sums.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sums.choose_row(0)
        return True

    # --- sizes

    def size_columns(self) -> None:
        """Make the columns as wide as their headings, and words, need."""
        made = theme.current()
        scale, metrics = made.font_pt / 10, self.header.fontMetrics()
        self._fitted = bool(self.model.rows)  # without rows there was nothing to fit
        if not self.as_tree:
            self.table.verticalHeader().setDefaultSectionSize(made.row)
        for number, column in enumerate(self.model.columns):
            needed = metrics.horizontalAdvance(self.model.heading(number)) * 11 // 10 + 20
            if not column.is_number and column.form == "text":
                needed = max([needed, *(self._words_width(row, column) for row in self.model.rows[:_LOOKED_AT])])
            self.header.resizeSection(number, max(round(column.width * scale), min(needed, round(_WIDEST * scale))))
        self._size_sums()

    def _words_width(self, row: object, column: Column) -> int:
        return self.fontMetrics().horizontalAdvance(self.model.text(row, column)) + 24

    def _size_sums(self) -> None:
        row, number = theme.current().row, self._sums_model.rowCount()
        self.sums.verticalHeader().setDefaultSectionSize(row)
        self.sums.setFixedHeight(row * number + 2)
        self.sums.setVisible(bool(number))
        self.sums.clearSpans()
        if self.model.column_of("village") == 1:
            for line in range(number):
                self.sums.setSpan(line, 0, 1, 2)
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

    def _open(self) -> None:
        row = self.current()
        if row is not None:
            self.opened.emit(row)

    def _sort_by(self, number: int) -> None:
        """Falling, rising, as it was again; words rise first."""
        column, before = self.model.columns[number], self.model.sorting
        if before is None or before[0] != column.key:
            sorting: tuple[str, bool] | None = (column.key, column.is_number)
        else:
            sorting = (column.key, not column.is_number) if before[1] == column.is_number else None
        current, at = self.current(), max(self.table.currentIndex().column(), 0)
        self.model.sort_by(sorting)
        self.header.setSortIndicatorShown(sorting is not None)
        if sorting is not None:
            order = Qt.SortOrder.DescendingOrder if sorting[1] else Qt.SortOrder.AscendingOrder
            self.header.setSortIndicator(number, order)
        self._after_change(current.key if current is not None else "", at)

    def copy(self, with_headings: bool = False) -> None:
        """Copy the selected rows as a spreadsheet takes them; a tree whole, since its rows need those above."""
        if self.as_tree:
            block = self.model.lines(self.model.rows)
        else:
            model, view = (self._sums_model, self.sums) if self.sums.hasFocus() else (self.model, self.table)
            rows = [model.row_at(index) for index in sorted(view.selectionModel().selectedRows())]
            block = model.lines(rows, with_headings=with_headings)
        QGuiApplication.clipboard().setText(write_block(block))

    def _menu(self, at: QPoint) -> None:
        if self.current() is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        acts: tuple[tuple[Text, Callable[[], Any], Any], ...] = (
            (WHY, self.why_asked.emit, self.why_asked),
            (OPEN, self._open, self.opened),
            (COPY, self.copy, None),
        )
        for text, act, asks in acts:  # what nobody answers here is not offered
            if asks is None or self.isSignalConnected(QMetaMethod.fromSignal(asks)):
                menu.addAction(tr(text)).triggered.connect(lambda _checked=False, do=act: do())
        menu.popup((self.sums if self.sums.hasFocus() else self.table).viewport().mapToGlobal(at))

    def retranslate(self) -> None:
        super().retranslate()
        for model in (self.model, self._sums_model):
            model.layoutChanged.emit()
            if model.columns:
                model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(model.columns) - 1)
        self.size_columns()


class _Rows(ListTable):
    """The rows above the sums; Down from the last leads to them."""

    def __init__(self, owner: FigureTable) -> None:
        super().__init__()
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        is_last = self.currentIndex().row() == self.model().rowCount() - 1
        if event.key() != Qt.Key.Key_Down or not is_last or not self._owner.to_sums():
            super().keyPressEvent(event)
