"""A table of some hundred things that are no records: packages, drafts, stations, code lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import Shown, shown

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a small table. ``read(item)`` gives what is shown; numbers stand right."""

    title: Text
    read: Callable[[Any], Shown]
    right: bool = False
    width: int = 0  # 0: takes the rest
    state: Callable[[Any], str] | None = None


class _ItemsModel(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column], parent: Any = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.items: list[Any] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        item = self.items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return shown(column.read(item))
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and column.state is not None and (name := column.state(item)):
            return theme.colour(name)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(self.columns[section].title)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def set_items(self, items: Sequence[Any]) -> None:
        self.beginResetModel()
        self.items = list(items)
        self.endResetModel()


class ItemsTable(QTableView, Retranslated):
    """A table of some hundred things that are no records: packages, drafts, stations.

    Signals:
        opened(item): Enter or double click.
        picked(item or None): another row is current.
    """

    opened = Signal(object)
    picked = Signal(object)

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._model = _ItemsModel(columns, self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        for number, column in enumerate(columns):
            if column.width:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self._size()
        theme.changed.connect(self._size)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._model.items[index.row()]))
        self.selectionModel().currentRowChanged.connect(lambda *_: self.picked.emit(self.current()))

    def _size(self) -> None:
        made = theme.current()
        self.verticalHeader().setDefaultSectionSize(made.row)
        for number, column in enumerate(self._model.columns):
            if column.width:
                self.setColumnWidth(number, round(column.width * made.font_pt / 10))

    def set_items(self, items: Sequence[Any]) -> None:
        """Show other things; the current row stays where it was."""
        row = self.currentIndex().row()
        self._model.set_items(items)
        if items:
            self.selectRow(min(max(row, 0), len(items) - 1))

    def items(self) -> list[Any]:
        return list(self._model.items)

    def current(self) -> Any:
        """Return the thing of the current row, ``None`` when there is none."""
        row = self.currentIndex().row()
        return self._model.items[row] if 0 <= row < len(self._model.items) else None

    def retranslate(self) -> None:
        super().retranslate()
        self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, len(self._model.columns) - 1))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.opened.emit(self.current())
            return
        super().keyPressEvent(event)
