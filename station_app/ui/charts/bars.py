"""Bars side by side for each category; they lie down when their names need the room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform

from station_app.domain.text import Text
from station_app.ui.charts import looks
from station_app.ui.charts.chart import Chart
from station_app.ui.charts.figures import Reference, Series, figure_text
from station_app.ui.parts import Shown
from station_app.ui.theme import Tokens

_SHARE = 0.78  # of a category's room that its bars take
_THICKEST = 64  # pixels of one bar
_ZERO = Decimal(0)


class BarChart(Chart):
    """Bars from zero. With names too long to stand side by side the chart lies down, one row a category."""

    sample_kind = looks.BAR

    def show_bars(self, title: Text, categories: Sequence[Shown], series: Sequence[Series], unit: str,
                  reference_line: Reference | None = None, *, places: int = 1, along: Text | None = None
                  ) -> None:  # fmt: skip
        """Show these bars.

        Args:
            unit: Of all values, as ``calc`` writes it (``SU``, ``kg``); said in the current language.
            along: Heading of the categories when the data are copied.
        """
        self.along = along or type(self).along
        self._show(title, categories, series, unit, places, reference_line)

    def _thickness(self) -> int:
        return max(self.fontMetrics().height() + 2, 14)

    def _orient(self) -> None:
        metrics = self.fontMetrics()
        needed = sum(metrics.horizontalAdvance(name) + 14 for name in self.categories)
        self.horizontal = needed > self.width() - 90
        rows = len(self._labels) * (len(self.series) * self._thickness() + 12) if self.horizontal else 0
        self._plot.setMinimumHeight(max(150, rows + 3 * metrics.height() if self.horizontal else 0))

    def _label_room(self, span: float) -> float:
        if not self.horizontal:
            height = max(self._room().height() - 2 * self.fontMetrics().height() - 10, 1)
            highest = max((v for each in self.series for v in each.values if v is not None), default=_ZERO)
            slack = float(self._steps[-1] - highest)
            return max(0.0, span * (self.fontMetrics().height() + 4) / height - slack)
        longest = max((self.fontMetrics().horizontalAdvance(figure_text(v, self.places))
                       for each in self.series for v in each.values if v is not None), default=0)  # fmt: skip
        room = max(self._room().width() * 0.6, 1.0)
        return span * (longest + 10) / room

    def _share(self, place: QTransform) -> float:
        """Return the room of one bar, of a category's 1."""
        apart = self._pixel(place, 1, _ZERO) - self._pixel(place, 0, _ZERO)
        slot = max(abs(apart.x()), abs(apart.y()), 1.0)
        return min(_SHARE / max(len(self.series), 1), _THICKEST / slot)

    def _boxes(self, place: QTransform) -> Iterator[tuple[int, int, Decimal, QRectF]]:
        share = self._share(place)
        first = share * len(self.series) / 2
        for number, series in enumerate(self.series):
            for index in range(len(self._labels)):
                value = series.value(index)
                if value is None:
                    continue
                start = index - first + number * share
                low = self._pixel(place, start, min(value, _ZERO))
                high = self._pixel(place, start + share * 0.94, max(value, _ZERO))
                yield number, index, value, QRectF(low, high).normalized()

    def _paint_marks(self, painter: QPainter, place: QTransform, tokens: Tokens) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for number, index, _, box in self._boxes(place):
            looks.paint_bar(painter, box, number, tokens)
            share = self._share(place)
            middle = index - share * len(self.series) / 2 + (number + 0.47) * share
            self._paint_range(painter, place, self.series[number], index, middle, tokens)

    def _paint_words(self, painter: QPainter, place: QTransform, tokens: Tokens) -> None:
        """The figure at the end of each bar, where there is room: print shows no pointer."""
        metrics, paper = painter.fontMetrics(), QColor(tokens.surface)
        paper.setAlpha(200)
        for number, index, value, box in self._boxes(place):
            text = figure_text(value, self.places)
            width, height = metrics.horizontalAdvance(text) + 4, metrics.height()
            if self.series[number].ends(index)[1] is not None:
                continue
            if self.horizontal:
                beside = QRectF(box.right() + 3, box.center().y() - height / 2, width, height)
                fits = height <= box.height() + 4
            else:
                beside = QRectF(box.center().x() - width / 2, box.top() - height - 1, width, height)
                fits = width <= box.width() + 4 and beside.top() > 0 and value >= 0
            if fits:
                if self.reference is not None:
                    painter.fillRect(beside, paper)
                painter.setPen(QColor(tokens.text))
                painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_range(self, painter: QPainter, place: QTransform, series: Series, index: int, along: float,
                     tokens: Tokens) -> None:  # fmt: skip
        low, high = series.ends(index)
        if low is None or high is None:
            return
        ends: tuple[QPointF, QPointF] = self._pixel(place, along, low), self._pixel(place, along, high)
        looks.paint_whisker(painter, *ends, tokens)
