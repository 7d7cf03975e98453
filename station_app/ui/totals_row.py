"""One row of totals below a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QTableView

from station_app.ui import theme
from station_app.ui.grid_model import GridModel, Index
from station_app.ui.grids import GridView


class _TotalsModel(QAbstractTableModel):
    def __init__(self, grid: GridModel, texts: Callable[[], tuple[str, dict[str, str]]], parent: QObject) -> None:
        super().__init__(parent)
        self._grid = grid
        self._texts = texts
        self.label, self.cells = "", {}  # type: str, dict[str, str]

    def refresh(self) -> None:
        self.beginResetModel()
        self.label, self.cells = self._texts()
        self.endResetModel()

    def show_texts(self) -> bool:
        """Show the sums anew; ``False`` when the heading has changed as well, which needs room."""
        before = self.cells
        label, self.cells = self._texts()
        for number, column in enumerate(self._grid.columns):
            if self.cells.get(column.key) != before.get(column.key):
                self.dataChanged.emit(self.index(0, number), self.index(0, number))
        return label == self.label

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._grid.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self._grid.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cells.get(column.key, "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole:
            font = QApplication.font()
            font.setBold(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole:
            return self.label
        return None


class TotalsRow(QTableView):
    """One row below a grid that moves with it."""

    def __init__(self, view: GridView, texts: Callable[[], tuple[str, dict[str, str]]]) -> None:
        super().__init__()
        self._view = view
        self._model = _TotalsModel(view.grid, texts, self)
        self.setModel(self._model)
        self.horizontalHeader().hide()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        view.horizontalScrollBar().valueChanged.connect(self._follow)
        view.horizontalHeader().sectionResized.connect(
            lambda column, _before, width: self.setColumnWidth(column, width)
        )
        view.verticalHeader().geometriesChanged.connect(self.follow_widths)
        view.grid.modelReset.connect(self.refresh)
        theme.changed.connect(self.follow_widths)

    def refresh(self) -> None:
        self._model.refresh()
        self.setVisible(bool(self._model.label))
        needed = self.fontMetrics().horizontalAdvance(self._model.label) + 2 * theme.current().m
        self._view.verticalHeader().setMinimumWidth(needed)
        self.follow_widths()

    def show_texts(self) -> None:
        """Compute the figures anew; columns and heading are as they were."""
        if not self._model.show_texts():
            self.refresh()

    def follow_widths(self) -> None:
        """Take widths and scroll position from the grid."""
        row = theme.current().row
        self.setFixedHeight(row + 2)
        self.verticalHeader().setDefaultSectionSize(row)
        self.verticalHeader().setFixedWidth(max(self._view.verticalHeader().width(), 1) + self._view.frameWidth())
        for column in range(self._model.columnCount()):
            self.setColumnWidth(column, self._view.columnWidth(column))
        bar = self._view.verticalScrollBar()
        self.setViewportMargins(self.verticalHeader().width(), 0, bar.width() if bar.isVisible() else 0, 0)
        self._follow(self._view.horizontalScrollBar().value())

    def _follow(self, value: int) -> None:
        self.horizontalScrollBar().setValue(value)

    def updateGeometries(self) -> None:
        super().updateGeometries()
        bar = self._view.verticalScrollBar()
        self.setViewportMargins(self.verticalHeader().width(), 0, bar.width() if bar.isVisible() else 0, 0)
