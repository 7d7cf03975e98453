"""The grid a person types in: digits go right in, Enter goes down, Tab right, blocks are pasted from a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from station_app.domain.fields import Kind
from station_app.domain.problems import Severity
from station_app.ui import theme
from station_app.ui.grid_model import PROBLEM_ROLE, STATE_ROLE, Cell, GridModel, Index, read_block, write_block
from station_app.ui.link_picker import LinkSource
from station_app.ui.pick_edit import Choice, PickEdit, code_name, find_codes, find_yes_no, yes_no_name

Hint = QAbstractItemDelegate.EndEditHint
SOFT = {
    Severity.ERROR: "error_soft",
    Severity.HOLD: "warn_soft",
    Severity.WARN: "warn_soft",
    Severity.INFO: "info_soft",
}
STRONG = {Severity.ERROR: "error", Severity.HOLD: "warn", Severity.WARN: "warn", Severity.INFO: "info"}


def paint_chip(painter: QPainter, area: QRect, text: str, state: str, font: QFont) -> None:
    """Paint a sign-and-word chip in the colours of ``state`` (ok, warn, error, info, muted)."""
    made = theme.current()
    soft = theme.colour(f"{state}_soft") if state in ("ok", "warn", "error", "info") else theme.colour("hover")
    strong = theme.colour(state) if state in ("ok", "warn", "error", "info") else theme.colour("soft_text")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    height = min(area.height() - made.xs, metrics.height() + made.xs)
    width = min(metrics.horizontalAdvance(text) + 2 * made.s, area.width() - made.xs)
    place = QRect(area.left() + made.xs, area.center().y() - height // 2, width, height)
    painter.setBrush(soft)
    painter.setPen(QPen(strong if made.focus_width > 2 else soft, 1))  # high contrast draws the edge
    painter.drawRoundedRect(place, height / 2, height / 2)
    painter.setPen(strong)
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), metrics.elidedText(
        text, Qt.TextElideMode.ElideRight, width - made.s))  # fmt: skip
    painter.restore()


class GridDelegate(QStyledItemDelegate):
    """Draws problems into the cells and makes the editor of a cell.

    Signals:
        moved(columns, rows): the editor was left with an arrow key.
        typing(): a key in an open editor; nothing is committed yet.
    """

    moved = Signal(int, int)
    typing = Signal()

    def __init__(self, links: LinkSource | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._links = links
        self.states: dict[str, tuple[Any, str]] = {}  # state -> (Text of the chip, colour)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        drawn: Any = option
        severity = index.data(PROBLEM_ROLE)
        if severity is not None:
            painter.fillRect(drawn.rect, theme.colour(SOFT[severity]))
        super().paint(painter, option, index)
        state = index.data(STATE_ROLE)
        if state in self.states:
            text, colour = self.states[state]
            paint_chip(painter, drawn.rect, text(), colour, drawn.font)
        if severity is not None:  # a corner as well: not by colour alone
            size = theme.current().s
            corner = QPointF(drawn.rect.topRight()) + QPointF(1, 0)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(STRONG[severity]))
            painter.drawPolygon(QPolygonF([corner, corner - QPointF(size, 0), corner + QPointF(0, size)]))
            painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model: Any = index.model()
        column = model.columns[index.column()]
        item = column.field
        editor: QLineEdit
        if item is not None and item.kind is Kind.CODE:
            editor = PickEdit(lambda text: find_codes(item.codes, text), lambda key: code_name(item.codes, key), parent)
        elif item is not None and item.kind is Kind.BOOL:
            editor = PickEdit(find_yes_no, yes_no_name, parent)
        elif item is not None and item.kind is Kind.LINK and self._links is not None:
            links = self._links
            editor = PickEdit(
                lambda text: [Choice(h.record_id, h.title, h.subtitle) for h in links.find(item.target, text)],
                lambda key: links.title(item.target, key), parent)  # fmt: skip
        else:
            editor = QLineEdit(parent)
            if column.right:
                editor.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        editor.textEdited.connect(lambda _text: self.typing.emit())
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if editor.property("filled"):
            return  # cells are drawn anew while somebody types; what is typed must stay
        editor.setProperty("filled", True)
        text = str(index.data(Qt.ItemDataRole.EditRole) or "")
        if isinstance(editor, PickEdit):
            editor.set_value(text)
            editor.selectAll()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:
        if isinstance(editor, PickEdit):
            if editor.is_offering() and editor.text().strip():
                editor.take_marked()
            else:
                editor.resolve()
            model.setData(index, editor.value())
        elif isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(editor, QLineEdit):
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
            picking = isinstance(editor, PickEdit)
            if event.key() in steps and not picking and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                self.commitData.emit(editor)
                self.closeEditor.emit(editor, Hint.NoHint)
                self.moved.emit(0, steps[Qt.Key(event.key())])
                return True
            if event.key() == Qt.Key.Key_Escape and isinstance(editor, PickEdit) and editor.is_offering():
                return False  # closes the list first
        return super().eventFilter(editor, event)


class GroupedHeader(QHeaderView):
    """A heading in two storeys: columns of one group share the upper."""

    def __init__(self, model: GridModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.sectionResized.connect(lambda *_: self.viewport().update())

    def _is_grouped(self) -> bool:
        return any(c.group is not None for c in self._model.columns)

    def _storey(self) -> int:
        return self.fontMetrics().height() + theme.current().s

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(size.width(), self._storey() * 2) if self._is_grouped() else size

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        column = self._model.columns[logical] if logical < len(self._model.columns) else None
        if column is None or column.group is None:
            super().paintSection(painter, rect, logical)
            return
        painter.save()
        super().paintSection(painter, rect.adjusted(0, self._storey(), 0, 0), logical)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_grouped():
            return
        painter = QPainter(self.viewport())
        columns = self._model.columns
        start = 0
        while start < len(columns):
            group = columns[start].group
            end = start
            while end + 1 < len(columns) and columns[end + 1].group == group:
                end += 1
            if group is not None:
                left = self.sectionViewportPosition(start)
                right = self.sectionViewportPosition(end) + self.sectionSize(end)
                self._paint_group(painter, QRect(left, 0, right - left, self._storey()), group)
            start = end + 1
        painter.end()

    def _paint_group(self, painter: QPainter, area: QRect, group: Any) -> None:
        from station_app.ui.i18n import tr

        made = theme.current()
        painter.fillRect(area, theme.colour("nav"))
        painter.setPen(theme.colour("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(theme.colour("strong_border"))
        painter.drawLine(area.topRight(), area.bottomRight())
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        # The name stays in sight while its columns are scrolled.
        seen = area.intersected(self.viewport().rect()).adjusted(made.s, 0, -made.s, 0)
        painter.drawText(seen, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), tr(group))


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
            self.setColumnWidth(number, max(needed, digit * column.characters + 2 * theme.current().s))

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
