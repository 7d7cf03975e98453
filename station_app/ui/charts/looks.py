"""How series look: Okabe–Ito colours, each with its own hatch, symbol and dash, so that print and any eye tells them apart."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from station_app.ui import theme
from station_app.ui.theme import Tokens

_HATCHES = (
    Qt.BrushStyle.SolidPattern, Qt.BrushStyle.BDiagPattern, Qt.BrushStyle.Dense5Pattern, Qt.BrushStyle.FDiagPattern,
    Qt.BrushStyle.CrossPattern, Qt.BrushStyle.HorPattern, Qt.BrushStyle.DiagCrossPattern, Qt.BrushStyle.VerPattern,
)  # fmt: skip
_DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (6, 3),
    (2, 2),
    (8, 3, 2, 3),
    (10, 3),
    (4, 2, 1, 2),
    (1, 2),
    (12, 2, 4, 2),
)
_SYMBOLS = ("o", "s", "t1", "d", "t", "x", "star", "+")
BAR, LINE, RANGE, LEVEL = "bar", "line", "range", "level"


def series_colour(number: int, tokens: Tokens) -> QColor:
    """Return the colour of a series; black gives way to the text colour, which is white on dark."""
    value = theme.SERIES[number % len(theme.SERIES)]
    return QColor(tokens.text if value == "#000000" else value)


def edge(tokens: Tokens) -> QPen:
    """Return the outline of bars and symbols: what keeps yellow visible on white."""
    pen = QPen(QColor(tokens.text), 1)
    pen.setCosmetic(True)
    return pen


def line_pen(number: int, tokens: Tokens) -> QPen:
    pen = QPen(series_colour(number, tokens), 2)
    dash = _DASHES[number % len(_DASHES)]
    if dash:
        pen.setDashPattern(list(dash))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCosmetic(True)
    return pen


def level_pen(tokens: Tokens) -> QPen:
    pen = QPen(QColor(tokens.error), 2)
    pen.setDashPattern([5, 3])
    return pen


def bar_brushes(number: int, tokens: Tokens) -> list[QBrush]:
    """Return what a bar is filled with, one over the other: its colour, or a pale one and a hatch."""
    colour = series_colour(number, tokens)
    hatch = _HATCHES[number % len(_HATCHES)]
    if hatch is Qt.BrushStyle.SolidPattern:
        return [QBrush(colour)]
    pale = QColor(colour)
    pale.setAlpha(90)
    return [
        QBrush(QColor(tokens.surface)),
        QBrush(pale),
        QBrush(colour.lighter(115) if tokens.dark else colour.darker(115), hatch),
    ]


def symbol(number: int) -> str:
    """Return the symbol of a series, as pyqtgraph names it."""
    return _SYMBOLS[number % len(_SYMBOLS)]


def _paint_symbol(painter: QPainter, at: QPointF, number: int, tokens: Tokens) -> None:
    from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol

    painter.save()
    painter.translate(at)
    drawSymbol(painter, symbol(number), 8, edge(tokens), QBrush(series_colour(number, tokens)))
    painter.restore()


def paint_sample(painter: QPainter, box: QRectF, kind: str, number: int, tokens: Tokens) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, kind != BAR)
    middle = box.center()
    ends = QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y())
    if kind == BAR:
        painter.setPen(edge(tokens))
        for brush in bar_brushes(number, tokens):
            painter.setBrush(brush)
            painter.drawRect(box.adjusted(2, 1, -2, -1))
    elif kind == LEVEL:
        painter.setPen(level_pen(tokens))
        painter.drawLine(*ends)
    elif kind == RANGE:
        painter.setPen(QPen(QColor(tokens.text), 1.6))
        painter.drawLine(*ends)
        for end in ends:
            painter.drawLine(end - QPointF(0, 4), end + QPointF(0, 4))
        _paint_symbol(painter, middle, number, tokens)
    else:
        painter.setPen(line_pen(number, tokens))
        painter.drawLine(*ends)
        _paint_symbol(painter, middle, number, tokens)


class Sample(QWidget):
    """The little picture in front of a name in a legend."""

    def __init__(self, kind: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.number = kind, number
        self.setFixedSize(QSize(30, 14))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        paint_sample(painter, QRectF(self.rect()).adjusted(1, 0, -1, 0), self.kind, self.number, theme.current())
        painter.end()
