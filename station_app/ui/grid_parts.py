"""How the cells and headings of a grid are drawn, and which editor a cell has."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from station_app.domain.fields import Kind
from station_app.domain.problems import Severity
from station_app.ui import theme
from station_app.ui.grid_model import PROBLEM_ROLE, STATE_ROLE, GridModel, Index
from station_app.ui.i18n import tr
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
        elif item is not None and item.coefficients:
            from station_app.ui.set_editor import set_choices, set_name, standards_for

            sets, kind = standards_for(self._links), item.coefficients
            editor = PickEdit(lambda text: set_choices(sets, kind, text) if sets is not None else [],
                              lambda key: set_name(sets, kind, key) if sets is not None else None, parent)  # fmt: skip
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
