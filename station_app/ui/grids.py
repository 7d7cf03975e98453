"""The grid a person types in: digits go right in, Enter goes down, Tab right, blocks are pasted from a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from station_app.ui import theme
from station_app.ui.grid_model import Cell, GridModel, Index, read_block, write_block
from station_app.ui.grid_parts import GridDelegate, GroupedHeader, Hint
from station_app.ui.link_picker import LinkSource
from station_app.ui.pick_edit import PickEdit


class GridView(QTableView):
    """Keyboard first. The owner connects to the model's ``edited`` and to ``row_left``.

    Signals:
        row_left(row key): the cursor went to another row.
        opened(row key): Ctrl+Enter or double click on what cannot be typed in.
        pasted(cells put, cells left out).
        ended(): Tab in the blank last row: the person wants to go on.
        typing(): a key in an open editor; ``pending`` tells what stands there.
    """

    row_left = Signal(str)
    opened = Signal(str)
    pasted = Signal(int, int)
    ended = Signal()
    typing = Signal()

    def __init__(self, model: GridModel, *, links: LinkSource | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._corner: QLabel | None = None
        self.grid = model
        self.delegate = GridDelegate(links, self)
        self.delegate.moved.connect(self._step)
        self.delegate.typing.connect(self.typing)
        self.setItemDelegate(self.delegate)
        self.setHorizontalHeader(GroupedHeader(model, self))
        self.setModel(model)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )  # fmt: skip
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setHighlightSections(True)
        self.doubleClicked.connect(self._double_clicked)
        theme.signals().changed.connect(self.fit)
        model.modelReset.connect(self.fit)
        self.fit()

    def update(self, *area: Any) -> None:
        """Draw anew; the view's own ``update(index)`` hides the widget's ``update()`` that styling calls."""
        if area:
            super().update(*area)
        else:
            self.viewport().update()

    def fit(self) -> None:
        """Set row height and column widths from the tokens and the font."""
        self.ensurePolished()
        self.verticalHeader().setDefaultSectionSize(theme.current().row)
        digit = self.fontMetrics().horizontalAdvance("0")
        heading = self.horizontalHeader().fontMetrics()
        for number, column in enumerate(self.grid.columns):
            needed = heading.horizontalAdvance(column.heading()) * 11 // 10 + 2 * theme.current().m
            self.setColumnWidth(number, max(needed, digit * column.characters + 2 * theme.current().m))

    def name_rows(self, text: str) -> None:
        """Say in the corner what the rows are."""
        if self._corner is None:
            self._corner = QLabel(self)
            self._corner.setProperty("part", "strong")
            self._corner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._corner.setIndent(theme.current().s)
            self._corner.show()
        self._corner.setText(text)
        self.updateGeometries()

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if self._corner is not None:
            edge = self.frameWidth()
            self._corner.setGeometry(edge, edge, self.verticalHeader().width(), self.horizontalHeader().height())

    # --- where the cursor is -----------------------------------------------------------------------------------------

    def current_key(self) -> str:
        """Return the key of the current row, empty when there is none."""
        row = self.currentIndex().row()
        return self.grid.rows[row].key if 0 <= row < len(self.grid.rows) else ""

    def go_to(self, row_key: str, column_key: str = "") -> bool:
        """Put the cursor into a cell (the first editable one when no column is named)."""
        row = self.grid.row_of(row_key)
        column = self.grid.column_of(column_key) if column_key else self._first_editable()
        if row < 0:
            return False
        self.setCurrentIndex(self.grid.index(row, max(column, 0)))
        self.setFocus()
        return True

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if previous.isValid() and previous.row() != current.row() and previous.row() < len(self.grid.rows):
            self.row_left.emit(self.grid.rows[previous.row()].key)

    def _open_editor(self) -> QLineEdit | None:
        editor = QApplication.focusWidget()
        editing = self.state() == QAbstractItemView.State.EditingState
        return editor if editing and isinstance(editor, QLineEdit) and self.isAncestorOf(editor) else None

    def pending(self) -> tuple[str, str, str] | None:
        """Return row key, column key and text of an open editor: typed, but not in the model yet."""
        editor, index = self._open_editor(), self.currentIndex()
        if editor is None or not index.isValid():
            return None
        text = editor.value() if isinstance(editor, PickEdit) else editor.text()
        return self.grid.rows[index.row()].key, self.grid.columns[index.column()].key, text

    def commit(self) -> None:
        """Take over what stands in an open editor (before saving)."""
        editor = self._open_editor()
        if editor is not None:
            self.commitData(editor)
            self.closeEditor(editor, Hint.NoHint)

    def _first_editable(self) -> int:
        return next((i for i in range(len(self.grid.columns)) if self.grid.is_editable(i)), 0)

    def _step(self, columns: int, rows: int) -> None:
        """Move over editable columns; past the end of a row to the next row's beginning."""
        row, column = self.currentIndex().row() + rows, self.currentIndex().column()
        if columns:
            usable = [i for i in range(len(self.grid.columns)) if self.grid.is_editable(i)
                      and not self.isColumnHidden(i)]  # fmt: skip
            if not usable:
                return
            after = [i for i in usable if i > column] if columns > 0 else [i for i in usable if i < column]
            if after:
                column = after[0] if columns > 0 else after[-1]
            else:
                row += 1 if columns > 0 else -1
                column = usable[0] if columns > 0 else usable[-1]
        if 0 <= row < len(self.grid.rows):
            self.setCurrentIndex(self.grid.index(row, column))

    def closeEditor(self, editor: QWidget, hint: Hint) -> None:
        super().closeEditor(editor, Hint.NoHint)
        if hint == Hint.SubmitModelCache:
            self._step(0, 1)
        elif hint == Hint.EditNextItem:
            self._step(1, 0)
        elif hint == Hint.EditPreviousItem:
            self._step(-1, 0)

    def _double_clicked(self, index: QModelIndex) -> None:
        if not self.grid.is_editable(index.column()):
            self.opened.emit(self.grid.rows[index.row()].key)

    # --- keys --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self.state() == QAbstractItemView.State.EditingState:
            event.accept()  # what an editor leaves over: the delegate commits and moves on
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        acts: tuple[tuple[QKeySequence.StandardKey, Callable[[], object]], ...] = (
            (QKeySequence.StandardKey.Copy, self.copy), (QKeySequence.StandardKey.Cut, self.cut),
            (QKeySequence.StandardKey.Paste, self.paste), (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        )  # fmt: skip
        for sequence, act in acts:
            if event.matches(sequence):
                act()
                return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if control:
                self.opened.emit(self.current_key())
            else:
                self._step(0, -1 if shift else 1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not control:
            self.clear_cells()
        elif control and key == Qt.Key.Key_D:
            self.fill_down()
        elif control and key in (Qt.Key.Key_Delete, Qt.Key.Key_Minus) and self.grid.growing:
            self.remove_selected_rows()
        elif key == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        committed = event.commitString() if not event.preeditString() else ""
        was_editing = self.state() == QAbstractItemView.State.EditingState
        super().inputMethodEvent(event)
        editor = QApplication.focusWidget()
        if not committed or was_editing or not isinstance(editor, QLineEdit) or not self.isAncestorOf(editor):
            return
        if committed not in editor.text():
            # Qt opens the editor but loses a text that is committed without having been composed (Wubi, phrases).
            again = QInputMethodEvent()
            again.setCommitString(committed)
            QApplication.sendEvent(editor, again)

    def focusNextPrevChild(self, forward: bool) -> bool:
        at_edge = self.currentIndex().row() == (len(self.grid.rows) - 1 if forward else 0)
        if self.grid.read_only or not self.currentIndex().isValid() or not self.grid.rows:
            return super().focusNextPrevChild(forward)
        if at_edge and self._leaves_with_tab(forward):
            self.ended.emit()
            return super(QAbstractItemView, self).focusNextPrevChild(forward)
        self._step(1 if forward else -1, 0)
        return True

    def _leaves_with_tab(self, forward: bool) -> bool:
        usable = [i for i in range(len(self.grid.columns)) if self.grid.is_editable(i)]
        if not usable:
            return True
        if forward and self.grid.growing:
            return self.grid.rows[-1].is_blank()
        return self.currentIndex().column() == (usable[-1] if forward else usable[0])

    # --- blocks ------------------------------------------------------------------------------------------------------

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
        QGuiApplication.clipboard().setText(write_block(block).rstrip("\n") if len(block) == 1 else write_block(block))

    def cut(self) -> None:
        """Copy and clear."""
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

    def remove_selected_rows(self) -> None:
        """Take the selected rows away."""
        area = self._selected()
        if area is not None:
            self.grid.remove_rows(range(area[0], area[1] + 1))

    def undo(self) -> None:
        """Take back the last change of cells."""
        self.grid.undo_stack.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self.grid.undo_stack.redo()
