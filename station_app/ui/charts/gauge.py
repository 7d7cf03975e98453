"""The gauge in a table cell: stock against capacity, with a sign and a figure beside the colour."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from station_app.domain.calc.numbers import percentage, shown
from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.grid_model import Index
from station_app.ui.i18n import tr

GAUGE_ROLE = int(Qt.ItemDataRole.UserRole) + 61
FULL = Decimal(200)  # percent of the capacity at the right end; the mark at 100 stands in the same place in every row
WITHIN, OVER = "✓", "▲"
ZERO_CAPACITY = Text("{sign} 载畜量为零", "{sign} capacity is zero")
NO_CAPACITY = Text("载畜量未知", "capacity unknown")
NO_STOCK = Text("存栏未知", "stock unknown")
SHARE = Text("{sign} {percent}%", "{sign} {percent}%")


@dataclass(frozen=True, slots=True)
class Gauge:
    """Stock and capacity in the same unit; ``None`` is not known."""

    stock: Decimal | None
    capacity: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """Stock in percent of the capacity, ``None`` where there is no capacity to measure by."""
        if self.stock is None or not self.capacity:
            return None
        return percentage(self.stock, self.capacity)

    @property
    def is_over(self) -> bool:
        """Whether the stock is more than the capacity carries."""
        return self.stock is not None and self.capacity is not None and self.stock > self.capacity

    def said(self) -> str:
        """Return sign and figure, or what is missing."""
        if self.stock is None:
            return tr(NO_STOCK)
        sign = OVER if self.is_over else WITHIN
        if self.percent is None:
            return tr(NO_CAPACITY) if self.capacity is None else tr(ZERO_CAPACITY, sign=sign)
        return tr(SHARE, sign=sign, percent=f"{Decimal(shown(self.percent, 0)):,f}")


class GaugeDelegate(QStyledItemDelegate):
    """Paints what the model gives for ``GAUGE_ROLE``; cells without it are painted as usual."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        if index.data(GAUGE_ROLE) is not None:
            drawn: Any = option
            drawn.text = ""  # the gauge says it

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        hint = super().sizeHint(option, index)
        return QSize(max(hint.width(), 150), hint.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        gauge = index.data(GAUGE_ROLE)
        if isinstance(gauge, Gauge):
            drawn: Any = option
            painter.save()
            painter.setFont(drawn.font)
            paint_gauge(painter, QRectF(drawn.rect), gauge)
            painter.restore()


def paint_gauge(painter: QPainter, area: QRectF, gauge: Gauge) -> None:
    """Paint bar, mark of the capacity, and sign with figure to its right."""
    made = theme.current()
    metrics = painter.fontMetrics()
    words = gauge.said()
    room = metrics.horizontalAdvance(f"{OVER} 0,000%") + made.xs
    percent = gauge.percent
    known = gauge.stock is not None and gauge.capacity is not None
    state = "soft_text" if not known else ("error" if gauge.is_over else "ok")
    if percent is not None:
        track = QRectF(
            area.left() + made.s, 0, max(area.width() - room - 2 * made.s, 20), max(metrics.height() * 0.62, 8)
        )
        track.moveTop(area.center().y() - track.height() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(track, theme.colour("hover"))
        mark = track.left() + track.width() * float(100 / FULL)
        bar = QRectF(track)
        bar.setWidth(track.width() * float(min(percent, FULL) / FULL))
        within = QRectF(bar)
        within.setRight(min(bar.right(), mark))
        painter.fillRect(within, theme.colour("accent"))
        if gauge.is_over:
            above = QRectF(mark, track.top(), bar.right() - mark, track.height())
            painter.fillRect(above, theme.colour("error"))
            painter.fillRect(above, QBrush(theme.colour("surface"), Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(theme.colour("strong_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(track)
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.drawLine(int(mark), int(track.top() - 2), int(mark), int(track.bottom() + 3))
    painter.setPen(theme.colour(state))
    text = QRectF(area.right() - room, area.top(), room - made.xs, area.height())
    if percent is None:
        text = area.adjusted(made.s, 0, -made.s, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
