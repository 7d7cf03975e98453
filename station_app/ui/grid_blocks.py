"""Blocks of cells of a grid: copied as a spreadsheet takes them, pasted from one, cleared, filled down."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView, QWidget

from station_app.ui.grid_model import Cell, GridModel, read_block, write_block

COLUMNS_COPIED = "application/x-grassland-columns"


class BlockView(QTableView):
    """A view of a grid that takes and gives blocks; each change is one step of undo.

    Signals:
        pasted(cells put, cells left out).
    """

    pasted = Signal(int, int)

    def __init__(self, model: GridModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = model

    def usable(self) -> list[int]:
        return [i for i in range(len(self.grid.columns)) if self.grid.is_editable(i) and not self.isColumnHidden(i)]

    def _selected(self) -> tuple[int, int, int, int] | None:
        """Return first and last row and column of the selection."""
        chosen = self.selectedIndexes()
        if not chosen and self.currentIndex().isValid():
            chosen = [self.currentIndex()]
        if not chosen:
            return None
        rows, columns = [i.row() for i in chosen], [i.column() for i in chosen]
        return min(rows), max(rows), min(columns), max(columns)

    def copy(self) -> None:
        """Copy the selected cells as a spreadsheet takes them."""
        area = self._selected()
        if area is None:
            return
        top, bottom, left, right = area
        block = [
            [str(self.grid.index(r, c).data() or "") for c in range(left, right + 1)] for r in range(top, bottom + 1)
        ]
        taken = QMimeData()
        taken.setText(write_block(block).rstrip("\n") if len(block) == 1 else write_block(block))
        taken.setData(COLUMNS_COPIED, self.grid.columns[left].key.encode())
        QGuiApplication.clipboard().setMimeData(taken)

    def cut(self) -> None:
        self.copy()
        self.clear_cells()

    def clear_cells(self) -> None:
        """Empty the selected cells, as one step of undo."""
        self._put_in_selection(lambda _row, _column: "")

    def fill_down(self) -> None:
        """Repeat what stands above: the first selected row below itself, or the row above in a single row."""
        area = self._selected()
        if area is None:
            return
        source = area[0] if area[1] > area[0] else area[0] - 1
        if source >= 0:
            texts = self.grid.rows[source].texts
            self._put_in_selection(lambda _row, column: texts.get(self.grid.columns[column].key, ""))

    def _put_in_selection(self, text: Callable[[int, int], str]) -> None:
        area = self._selected()
        if area is None or self.grid.read_only:
            return
        top, bottom, left, right = area
        self.grid.type_in([
            (r, self.grid.columns[c].key, text(r, c))
            for r in range(top, bottom + 1) for c in range(left, right + 1) if self.grid.is_editable(c)
        ])  # fmt: skip

    def paste(self) -> None:
        """Put in the block of the clipboard from the current cell on; one value fills the whole selection."""
        area = self._selected()
        block = read_block(QGuiApplication.clipboard().text())
        if area is None or not block or self.grid.read_only:
            return
        top, bottom, left, right = area
        if not self.grid.is_editable(left) and not self._copied_here(left):
            left = next((c for c in self.usable() if c > left), left)  # as digits go there when they are typed
            right = max(left, right)
        if len(block) == 1 and len(block[0]) == 1 and (top, left) != (bottom, right):
            self._put_in_selection(lambda _row, _column: block[0][0])
            self.pasted.emit((bottom - top + 1) * (right - left + 1), 0)
            return
        shown = [c for c in range(left, len(self.grid.columns)) if not self.isColumnHidden(c)]
        cells: list[Cell] = []
        skipped = 0
        for down, row in enumerate(block):
            for across, text in enumerate(row):
                fits = across < len(shown) and self.grid.is_editable(shown[across])
                if fits and (top + down < len(self.grid.rows) or self.grid.growing):
                    cells.append((top + down, self.grid.columns[shown[across]].key, text))
                elif text:
                    skipped += 1
        self.grid.type_in(cells)
        self.pasted.emit(len(cells), skipped)

    def _copied_here(self, column: int) -> bool:
        """Whether the clipboard holds cells of a grid from this column on, so that they stand where they stood."""
        taken = QGuiApplication.clipboard().mimeData()
        return bytes(taken.data(COLUMNS_COPIED).data()).decode() == self.grid.columns[column].key

    def remove_selected_rows(self) -> None:
        area = self._selected()
        if area is not None:
            self.grid.remove_rows(range(area[0], area[1] + 1))
