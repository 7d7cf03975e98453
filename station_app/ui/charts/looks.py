"""How series look: Okabe–Ito colours, each with its own hatch, symbol and dash, so that print and any eye tells them apart."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
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
_SYMBOLS = ("circle", "square", "triangle", "diamond", "down", "cross", "star", "plus")
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
    """Return the pen of a line."""
    pen = QPen(series_colour(number, tokens), 2)
    dash = _DASHES[number % len(_DASHES)]
    if dash:
        pen.setDashPattern(list(dash))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def level_pen(tokens: Tokens) -> QPen:
    """Return the pen of a reference line."""
    pen = QPen(QColor(tokens.error), 2)
    pen.setDashPattern([5, 3])
    return pen


def paint_bar(painter: QPainter, box: QRectF, number: int, tokens: Tokens) -> None:
    """Paint one bar: the colour, the hatch over it, an edge around it."""
    colour = series_colour(number, tokens)
    hatch = _HATCHES[number % len(_HATCHES)]
    if hatch is Qt.BrushStyle.SolidPattern:
        painter.fillRect(box, colour)
    else:
        painter.fillRect(box, QColor(tokens.surface))
        faint = QColor(colour)
        faint.setAlpha(90)
        painter.fillRect(box, faint)
        painter.fillRect(box, QBrush(colour.darker(115) if not tokens.dark else colour.lighter(115), hatch))
    painter.setPen(edge(tokens))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)


def symbol_path(number: int, at: QPointF, size: float) -> QPainterPath:
    """Return the outline of a series' symbol."""
    kind, half = _SYMBOLS[number % len(_SYMBOLS)], size / 2
    path = QPainterPath()
    if kind == "circle":
        path.addEllipse(at, half, half)
    elif kind == "square":
        path.addRect(QRectF(at.x() - half * 0.9, at.y() - half * 0.9, half * 1.8, half * 1.8))
    elif kind in ("cross", "plus"):
        turn = math.pi / 4 if kind == "cross" else 0.0
        arm = half / 2.6
        corners = [(-arm, -half), (arm, -half), (arm, -arm), (half, -arm), (half, arm), (arm, arm),
                   (arm, half), (-arm, half), (-arm, arm), (-half, arm), (-half, -arm), (-arm, -arm)]  # fmt: skip
        turned = [
            (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)) for x, y in corners
        ]
        path.addPolygon(QPolygonF([QPointF(at.x() + 1.15 * x, at.y() + 1.15 * y) for x, y in turned]))
    else:
        count, start = {"triangle": (3, -90), "down": (3, 90), "diamond": (4, -90), "star": (10, -90)}[kind]
        points = []
        for n in range(count):
            angle = math.radians(start + 360 * n / count)
            far = half * (0.5 if kind == "star" and n % 2 else 1.25)
            points.append(QPointF(at.x() + far * math.cos(angle), at.y() + far * math.sin(angle)))
        path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return path


def paint_symbol(painter: QPainter, at: QPointF, number: int, tokens: Tokens, size: float = 9) -> None:
    """Paint the symbol of a series at a point."""
    painter.setPen(edge(tokens))
    painter.setBrush(series_colour(number, tokens))
    painter.drawPath(symbol_path(number, at, size))


def paint_whisker(painter: QPainter, start: QPointF, end: QPointF, tokens: Tokens, cap: float = 5,
                  colour: QColor | None = None) -> None:  # fmt: skip
    """Paint a range as a line with caps; it runs straight down or straight across."""
    painter.setPen(QPen(colour or QColor(tokens.text), 1.6))
    painter.drawLine(start, end)
    flat = abs(start.y() - end.y()) < abs(start.x() - end.x())
    aside = QPointF(0, cap) if flat else QPointF(cap, 0)
    for tip in (start, end):
        painter.drawLine(tip - aside, tip + aside)


def paint_sample(painter: QPainter, box: QRectF, kind: str, number: int, tokens: Tokens) -> None:
    """Paint what a legend shows of a series."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, kind != BAR)
    middle = box.center()
    ends = QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y())
    if kind == BAR:
        paint_bar(painter, box.adjusted(2, 1, -2, -1), number, tokens)
    elif kind == LEVEL:
        painter.setPen(level_pen(tokens))
        painter.drawLine(*ends)
    elif kind == RANGE:
        paint_whisker(painter, *ends, tokens, 4)
        paint_symbol(painter, middle, number, tokens, 8)
    else:
        painter.setPen(line_pen(number, tokens))
        painter.drawLine(*ends)
        paint_symbol(painter, middle, number, tokens, 8)


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
