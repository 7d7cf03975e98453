"""The grid a person types in: digits go right in, Enter goes down, Tab right, blocks are pasted from a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QToolTip,
    QWidget,
)

from station_app.domain.text import Text
from station_app.ui import theme, undo_keys
from station_app.ui.cell_lines import CellLines, Typing, finish, line_value, show_cursor
from station_app.ui.grid_blocks import BlockView
from station_app.ui.grid_model import GridModel, Index, read_block
from station_app.ui.grid_parts import GridDelegate, GroupedHeader, RowNames
from station_app.ui.i18n import tr
from station_app.ui.link_picker import LinkSource
from station_app.ui.pick_edit import PickEdit

NOTHING_TO_TYPE = Text("这里不能填写。", "Nothing can be typed here.")
AT_THE_END = Text(
    "已到最后一格，没有改写它；要改请按 F2。", "This is the last cell; it was not typed over. F2 changes it."
)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
          Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)  # fmt: skip
_LEAVING = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier)
_HELD = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
_ALWAYS_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_NO_FOCUS_LOST = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_RECTANGLES = (Qt.InputMethodQuery.ImCursorRectangle, Qt.InputMethodQuery.ImAnchorRectangle,
               Qt.InputMethodQuery.ImInputItemClipRectangle)  # fmt: skip


class GridView(BlockView):
    """Keyboard first. The owner connects to the model's ``edited`` and to ``row_left``.

    The keyboard never leaves the grid: a line over the cell shows what is typed (``cell_lines``), and Enter, Tab, Esc,
    arrows, Home, End and paste put it into the cell and move on before the next key is looked at. A cell opened by
    typing is left by any arrow; F2 or a double click goes on with what stands there, and Left and Right move in it.

    Signals:
        row_left(row key): the cursor went to another row.
        opened(row key): Ctrl+Enter or double click on what cannot be typed in.
        ended(): Tab past the last cell: the person wants to go on.
        typing(): a key in an open cell; ``pending`` tells what stands there.
        accepted(row key): Enter or Tab in a row: what stands in it is meant.
        refused(Text): what was typed went nowhere, and why; it is said at the cell as well.
    """

    row_left = Signal(str)
    opened = Signal(str)
    ended = Signal()
    typing = Signal()
    accepted = Signal(str)
    refused = Signal(object)

    def __init__(
        self,
        model: GridModel,
        *,
        links: LinkSource | None = None,
        tab_leaves: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``tab_leaves``: Tab past the last cell goes on to what comes after the grid (a list inside a form)."""
        super().__init__(model, parent)
        self._corner: QLabel | None = None
        self._line: QLineEdit | None = None
        self._cell = QPersistentModelIndex()
        self._replacing = True  # the open cell was begun by typing over it
        self._stayed = False  # the last step found no further cell
        self._composing = False
        self._resting: Typing | None = None  # half typed before the program was ended; its cell may be open or not
        self._kept: tuple[Typing | None, tuple[str, str]] = (None, ("", ""))
        self.tab_leaves = tab_leaves
        self.takers: tuple[undo_keys.TakesBack, ...] = (self,)  # who takes Ctrl+Z, in this order
        self.delegate = GridDelegate(self)
        self.lines = CellLines(self, self.viewport(), links)
        self.lines.typing.connect(self.typing)
        self.setItemDelegate(self.delegate)
        self.setHorizontalHeader(GroupedHeader(model, self))
        self.setVerticalHeader(RowNames(model, self))
        model.modelAboutToBeReset.connect(self._before_reset)
        self.setModel(model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # scrolling moves pixels; see paintEvent
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setHighlightSections(True)
        theme.changed.connect(self.fit)
        model.modelReset.connect(self._after_reset)
        self.fit()

    def update(self, *area: Any) -> None:
        """Draw anew; the view's own ``update(index)`` hides the widget's ``update()`` that styling calls."""
        if area:
            super().update(*area)
        else:
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.colour("surface"))
        painter.end()
        super().paintEvent(event)

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

    def where(self) -> tuple[str, str]:
        """Return row key and column key of the cell with the cursor, empty when there is none."""
        index = self.currentIndex()
        inside = index.isValid() and index.row() < len(self.grid.rows) and index.column() < len(self.grid.columns)
        return (self.grid.rows[index.row()].key, self.grid.columns[index.column()].key) if inside else ("", "")

    def move_to(self, row_key: str, column_key: str = "") -> bool:
        """Put the cursor into a cell (the first editable one when no column is named); the keyboard stays where it is."""
        row = self.grid.row_of(row_key)
        column = self.grid.column_of(column_key) if column_key else self._first_editable()
        if row < 0:
            return False
        self.setCurrentIndex(self.grid.index(row, max(column, 0)))
        return True

    def go_to(self, row_key: str, column_key: str = "") -> bool:
        """As ``move_to``, with the keyboard."""
        if not self.move_to(row_key, column_key):
            return False
        self.setFocus()
        return True

    def currentChanged(self, current: Index, previous: Index) -> None:
        if self._line is not None and (current.row(), current.column()) != (self._cell.row(), self._cell.column()):
            self.commit()  # into the cell it was typed into, wherever the cursor went
        self._stayed = False
        super().currentChanged(current, previous)
        self._follow_input_method()
        if previous.isValid() and previous.row() != current.row() and previous.row() < len(self.grid.rows):
            self.row_left.emit(self.grid.rows[previous.row()].key)

    def dataChanged(self, first: Index, last: Index, roles: Any = ()) -> None:
        super().dataChanged(first, last, roles)
        if self.grid.growing:
            self.verticalHeader().viewport().update()  # the sign of the blank row; named rows keep their names

    def _first_editable(self) -> int:
        return next(iter(self.usable()), 0)

    def _shown_row(self, row: int, by: int) -> int:
        """Return the next row in sight from ``row`` on."""
        while 0 <= row < len(self.grid.rows) and self.isRowHidden(row):
            row += by
        return row

    def _step(self, columns: int, rows: int) -> None:
        """Move over editable columns; past the end of a row to the next row's beginning."""
        row, column = self.currentIndex().row(), self.currentIndex().column()
        if columns:
            usable = self.usable()
            if not usable:
                return
            after = [i for i in usable if i > column] if columns > 0 else [i for i in usable if i < column]
            if after:
                column = after[0] if columns > 0 else after[-1]
            else:
                rows = 1 if columns > 0 else -1
                column = usable[0] if columns > 0 else usable[-1]
        if rows:
            row = self._shown_row(row + rows, rows)
        if 0 <= row < len(self.grid.rows):
            self.setCurrentIndex(self.grid.index(row, column))
        else:
            self._stayed = bool(self.grid.rows) and bool(self._text_at(self.currentIndex()))

    def _text_at(self, index: Index) -> str:
        valid = index.isValid() and index.row() < len(self.grid.rows)
        return self.grid.rows[index.row()].text(self.grid.columns[index.column()].key) if valid else ""

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        found = super().moveCursor(action, modifiers)
        usable = self.usable()
        # Home and End go where something can be typed; what is only shown is reached by the arrows.
        if usable and found.isValid():
            if action == QAbstractItemView.CursorAction.MoveHome:
                return self.grid.index(found.row(), usable[0])
            if action == QAbstractItemView.CursorAction.MoveEnd:
                return self.grid.index(found.row(), usable[-1])
        return found

    # --- the open cell -----------------------------------------------------------------------------------------------

    def pending(self) -> Typing | None:
        """Return what stands in the open cell, or rests beside it: typed, but not in the model yet."""
        if self._line is None or not self._cell.isValid():
            return self._resting
        row, column = self.grid.rows[self._cell.row()], self.grid.columns[self._cell.column()]
        return Typing(row.key, column.key, line_value(self._line), self._line.cursorPosition(), self._replacing,
                      self._is_resting(row.key, column.key))  # fmt: skip

    @property
    def resting(self) -> Typing | None:
        """What was half typed before the program was ended, while nobody has gone on with it."""
        return self._resting

    def _is_resting(self, row_key: str, column_key: str) -> bool:
        return self._resting is not None and (row_key, column_key) == (self._resting.row, self._resting.column)

    def _go_on(self) -> None:
        """A key in the open cell: if it rested, it does no longer."""
        open_one = self.pending() if self._line is not None else None
        if open_one is not None and open_one.resting:
            self._resting = None

    def forget_resting(self) -> None:
        """Other rows are shown: what rests belongs to the ones before."""
        self._resting = None

    def _commit_and(self, move: Callable[[], object]) -> None:
        """Commit, then move on. The line goes last: what is dirty when the grid scrolls costs a whole painting."""
        line, before = self._line, self.currentIndex()
        self.commit(moving=True)
        move()
        if line is not None and line is not self._line:
            line.hide()
            # Nowhere to go: the next key must not type over what was just typed.
            self._stayed = self.currentIndex() == before and bool(self._text_at(before))

    def commit(self, *, moving: bool = False) -> None:
        """Put what stands in the open cell into it, and close it (``moving``: the caller hides the line)."""
        if self._line is not None and self._composing:
            QGuiApplication.inputMethod().commit()  # what is half composed belongs to this cell too
        line, cell = self._line, QPersistentModelIndex(self._cell)
        if line is None:
            return
        text = finish(line)
        pending = self.pending()
        rests = pending is not None and pending.resting
        self._close(hide=not moving)
        if cell.isValid() and not rests:
            self.grid.setData(cell, text)

    def discard(self) -> None:
        """Close the open cell and leave it as it was."""
        if self._line is not None:
            self._go_on()
            self._close()
            self.typing.emit()

    def _close(self, *, hide: bool = True) -> None:
        line, self._line, self._cell = self._line, None, QPersistentModelIndex()
        self._composing = False
        if line is None:
            return
        if hide:
            line.hide()
        line.clear()
        show_cursor(line, False)
        self._follow_input_method()

    def open_cell(self, text: str | None = None) -> bool:
        """Open the cell with the cursor, or the first one of its row that can be typed in.

        ``text`` replaces what stands there, ``None`` goes on with it. Says so and returns ``False`` where nothing can
        be typed.
        """
        index = self.currentIndex()
        if index.isValid() and not self.grid.is_editable(index.column()) and self.usable():
            index = self.grid.index(index.row(), self._first_editable())
            self.setCurrentIndex(index)
        if not index.isValid() or not self.grid.is_editable(index.column()):
            self._refuse(NOTHING_TO_TYPE)
            return False
        if text is not None and self._stayed and self._text_at(index):
            self._refuse(AT_THE_END)
            return False
        column, row = self.grid.columns[index.column()], self.grid.rows[index.row()]
        if self._resting is not None and self._is_resting(row.key, column.key):
            text, self._resting = (self._resting.text if text is None else text), None  # it is gone on with
        self._line, self._cell, self._replacing = (
            self.lines.line_for(column),
            QPersistentModelIndex(index),
            text is not None,
        )
        self._put(self._text_at(index) if text is None else text)
        if isinstance(self._line, PickEdit):
            self._line.selectAll()
        self.scrollTo(index)
        self._place()
        self._line.show()
        self._line.raise_()
        show_cursor(self._line, True)
        self._follow_input_method()
        return True

    def _put(self, text: str) -> None:
        if isinstance(self._line, PickEdit):
            self._line.set_value(text)
        elif self._line is not None:
            self._line.setText(text)

    def go_on_typing(self, typing: Typing) -> bool:
        """Open a cell as it was left: with its text and the text cursor in its place."""
        row, column = self.grid.row_of(typing.row), self.grid.column_of(typing.column)
        if row < 0 or column < 0 or not self.grid.is_editable(column):
            return False
        self.setCurrentIndex(self.grid.index(row, column))
        self._stayed = False
        if not self.open_cell(""):
            return False
        assert self._line is not None
        self._put(typing.text)
        self._resting = typing if typing.resting else None
        self._line.deselect()
        self._line.setCursorPosition(
            typing.cursor if 0 <= typing.cursor <= len(self._line.text()) else len(self._line.text())
        )
        self._replacing = typing.replacing
        return True

    def _place(self) -> None:
        if self._line is not None and self._cell.isValid():
            index = self.grid.index(self._cell.row(), self._cell.column())
            self._line.setGeometry(self.visualRect(index))

    def updateEditorGeometries(self) -> None:
        super().updateEditorGeometries()
        self._place()

    def _refuse(self, why: Text) -> None:
        """Let it be heard and seen that a key went nowhere."""
        QApplication.beep()
        place = self.visualRect(self.currentIndex()).bottomLeft() if self.currentIndex().isValid() else QPoint()
        QToolTip.showText(self.viewport().mapToGlobal(place), tr(why), self)
        self.refused.emit(why)

    def _before_reset(self) -> None:
        """Other rows or columns come: remember by name where the person is and what is being typed."""
        self._kept = (self.pending() if self._line is not None else None, self.where())
        self._close()

    def _after_reset(self) -> None:
        self.lines.forget()
        self.fit()
        typing, (row_key, column_key) = self._kept
        self._kept = (None, ("", ""))
        row = self.grid.row_of(row_key) if row_key else -1
        if row >= 0:
            column = self.grid.column_of(column_key)
            self.setCurrentIndex(self.grid.index(row, column if column >= 0 else self._first_editable()))
        if typing is not None and not self.go_on_typing(typing) and (number := self.grid.row_of(typing.row)) >= 0:
            self.grid.type_in([(number, typing.column, typing.text)])  # its column is no longer shown

    # --- keys --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._line is not None:
            self._line.event(event)  # Ctrl+Z, Ctrl+A and the like are the line's while it is open
            if event.isAccepted():
                return True
        if self._line is None and undo_keys.take(self, event, *self.takers):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._line is not None:
            self._key_in_cell(event, self._line)
            return
        key = event.key()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        acts: tuple[tuple[QKeySequence.StandardKey, Callable[[], object]], ...] = (
            (QKeySequence.StandardKey.Copy, self.copy), (QKeySequence.StandardKey.Cut, self.cut),
            (QKeySequence.StandardKey.Paste, self.paste),
        )  # fmt: skip
        for sequence, act in acts:
            if event.matches(sequence):
                act()
                return
        if key in _ENTER:
            if control:
                self.opened.emit(self.current_key())
            else:
                self._enter(-1 if shift else 1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not control:
            self.clear_cells()
        elif control and key == Qt.Key.Key_D:
            self.fill_down()
        elif control and key in (Qt.Key.Key_Delete, Qt.Key.Key_Minus) and self.grid.growing:
            self.remove_selected_rows()
        elif key == Qt.Key.Key_F2:
            self.open_cell()
        elif key == Qt.Key.Key_Escape:
            self._stayed = False
            event.ignore()
        elif _types(event):
            self._type_over(event)
        else:
            self._stayed = False
            super().keyPressEvent(event)

    def _type_over(self, event: QKeyEvent) -> None:
        """Begin a cell with a key. A blank begins no number: it would empty the cell."""
        if not event.text().isspace() and self.open_cell("") and self._line is not None:
            self._line.event(event)
        event.accept()

    def _key_in_cell(self, event: QKeyEvent, line: QLineEdit) -> None:
        """A key while a cell is open: what leaves the cell does so before this returns, the rest goes into the line."""
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key not in _HELD:
            self._go_on()
        picking = isinstance(line, PickEdit)
        event.accept()
        if key in _ENTER:
            if modifiers & Qt.KeyboardModifier.ControlModifier:
                self._commit_and(lambda: self.opened.emit(self.current_key()))
            else:
                self._commit_and(lambda: self._enter(-1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1))
        elif key == Qt.Key.Key_Escape and not (isinstance(line, PickEdit) and line.is_offering()):
            self.discard()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._paste_in_cell(line)
        elif key in _MOVES and not picking and modifiers in _LEAVING and (self._replacing or key in _ALWAYS_MOVES):
            self._commit_and(lambda: super(GridView, self).keyPressEvent(event))
        else:
            line.event(event)

    def _paste_in_cell(self, line: QLineEdit) -> None:
        """One value goes where the text cursor is, as if typed; a block goes into the cells from this one on."""
        block = read_block(QGuiApplication.clipboard().text())
        if len(block) == 1 and len(block[0]) == 1:
            line.insert(block[0][0])
            line.textEdited.emit(line.text())
        elif block:
            self.commit()
            self.paste()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.commit()
        self._stayed = False
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.grid.is_editable(index.column()):
            self.open_cell()
        else:
            self.opened.emit(self.grid.rows[index.row()].key)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._line is None and self._resting is not None and self._is_resting(*self.where()):
            self.go_on_typing(self._resting)
        elif self._line is not None:
            show_cursor(self._line, True)
        self._follow_input_method()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Another window in front (or a menu) interrupts a number, it does not end it.
        if event.reason() not in _NO_FOCUS_LOST:
            self.commit()
        super().focusOutEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if self._line is None and (not (event.preeditString() or event.commitString()) or not self.open_cell("")):
            return
        if self._line is not None:
            if event.preeditString() or event.commitString():
                self._go_on()
            self._composing = bool(event.preeditString())
            self._line.event(event)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:
        if self._line is None:
            if query == Qt.InputMethodQuery.ImEnabled:
                return not self.grid.read_only
            return super().inputMethodQuery(query)
        found = self._line.inputMethodQuery(query)
        if query in _RECTANGLES and isinstance(found, QRect | QRectF):
            corner = self._line.mapTo(self, QPoint())
            return found.translated(corner.x(), corner.y())
        return found

    def _follow_input_method(self) -> None:
        """Have the input method ready wherever typing leads somewhere."""
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, not self.grid.read_only)
        if self.hasFocus():
            self.updateMicroFocus()

    def focusNextPrevChild(self, forward: bool) -> bool:
        moved: list[bool] = []
        self._go_on()
        self._commit_and(lambda: moved.append(self._tab(forward)))
        return moved[0]

    def _enter(self, rows: int) -> None:
        self._accept()
        self._step(0, rows)

    def _accept(self) -> None:
        if self.current_key():
            self.accepted.emit(self.current_key())

    def _tab(self, forward: bool) -> bool:
        self._accept()
        if self.grid.read_only or not self.currentIndex().isValid() or not self.grid.rows:
            return super().focusNextPrevChild(forward)
        if self._is_last(forward):
            self.ended.emit()
            if self.tab_leaves:
                return super(QAbstractItemView, self).focusNextPrevChild(forward)
        self._step(1 if forward else -1, 0)
        return True

    def _is_last(self, forward: bool) -> bool:
        """Whether Tab has nowhere to go inside the grid: the last cell, or any of the blank row that waits."""
        row, usable = self.currentIndex().row(), self.usable()
        if row != (len(self.grid.rows) - 1 if forward else 0):
            return False
        if not usable:
            return True
        if forward and self.grid.growing and self.tab_leaves:
            return self.grid.rows[-1].is_blank()
        return self.currentIndex().column() == (usable[-1] if forward else usable[0])

    def paste(self) -> None:
        if self._stayed and self._text_at(self.currentIndex()):
            self._refuse(AT_THE_END)
        else:
            super().paste()

    # --- undo -------------------------------------------------------------------------------------------------------

    def can_step(self, way: int) -> bool:
        """Whether cells have something to take back, or to do again."""
        return self.grid.history.can_undo() if way == undo_keys.UNDO else self.grid.history.can_redo()

    def step(self, way: int) -> None:
        """Take the last change of cells back, or do it again."""
        (self.grid.history.undo if way == undo_keys.UNDO else self.grid.history.redo)()


def _types(event: QKeyEvent) -> bool:
    held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
                                | Qt.KeyboardModifier.MetaModifier)  # fmt: skip
    return bool(event.text()) and event.text().isprintable() and not held
