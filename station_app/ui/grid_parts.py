"""How the cells and headings of a grid are drawn."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from station_app.ui import theme
from station_app.ui.grid_model import GridModel, Index
from station_app.ui.i18n import tr

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


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
    """Draws the cells, their problems and states."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.states: dict[str, tuple[Any, str]] = {}  # state -> (Text of the chip, colour)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        # By hand: what the style does for a cell asks the model nine times and costs four times as much.
        drawn: Any = option  # the stubs hide what QStyleOption holds
        model: Any = index.model()
        row, column = model.rows[index.row()], model.columns[index.column()]
        area, state, made = drawn.rect, drawn.state, theme.current()
        text, severity, row_state = model.faces(row)[index.column()]
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.colour("accent_soft"))
        elif severity is not None:
            painter.fillRect(area, theme.colour(f"{theme.state_of(severity)}_soft"))
        if text:
            inside = area.adjusted(made.s + 1, 0, -made.s - 1, 0)
            if drawn.fontMetrics.horizontalAdvance(text) > inside.width():
                text = drawn.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
            painter.setFont(drawn.font)
            painter.setPen(theme.colour("text"))
            painter.drawText(inside, _RIGHT if column.right else _LEFT, text)
        if (before := row.beside.get(column.key)) is not None:
            self._paint_beside(painter, area, drawn, text, before)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.colour("focus"), made.focus_width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap,
                                Qt.PenJoinStyle.MiterJoin))  # fmt: skip
            half = made.focus_width / 2
            painter.drawRect(QRectF(area).adjusted(half, half, -half, -half))
        if row_state in self.states:
            chip, colour = self.states[row_state]
            paint_chip(painter, area, chip(), colour, drawn.font)
        if severity is not None:  # a corner as well: not by colour alone
            size = made.s
            corner = QPointF(area.topRight()) + QPointF(1, 0)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(theme.state_of(severity)))
            painter.drawPolygon(QPolygonF([corner, corner - QPointF(size, 0), corner + QPointF(0, size)]))
            painter.restore()

    def _paint_beside(self, painter: QPainter, area: QRect, drawn: Any, text: str, before: str) -> None:
        """Draw what stood here the last time, faint on the left, where there is room beside the number."""
        made = theme.current()
        inside = area.adjusted(made.xs, 0, -made.s, 0)
        taken = drawn.fontMetrics.horizontalAdvance(text) + made.s if text else 0
        if drawn.fontMetrics.horizontalAdvance(before) + taken > inside.width():
            return
        painter.setFont(drawn.font)
        painter.setPen(theme.colour("faint_text"))
        painter.drawText(inside, _LEFT, before)


class RowNames(QHeaderView):
    """The names of the rows. The toolkit asks hundreds of them how wide they are whenever it lays out the view; here once."""

    def __init__(self, model: GridModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._width: QSize | None = None
        self.setSectionsClickable(True)
        for changed in (model.modelReset, model.headerDataChanged, self.sectionCountChanged):
            changed.connect(self._forget)

    def _forget(self, *_what: object) -> None:
        self._width = None

    def changeEvent(self, event: QEvent) -> None:
        self._forget()  # another font, another look
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        if self._width is None:
            self._width = super().sizeHint()
        return self._width


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
                place = QRect(left, 0, right - left, self._storey())
                if place.intersects(event.rect()):
                    self._paint_group(painter, place, group)
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
