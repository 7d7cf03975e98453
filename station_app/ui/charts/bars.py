"""Bars side by side for each category; they lie down when their names need the room."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtGui import QColor, QTransform

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

    def _draw_marks(self, pg: Any, tokens: Tokens) -> None:
        a_pixel, _ = self._pixel_size()
        share = min(_SHARE / max(len(self.series), 1), _THICKEST * a_pixel)
        for number, series in enumerate(self.series):
            shift = (number + 0.47) * share - share * len(self.series) / 2
            known = [(n + shift, float(v)) for n in range(len(self._labels)) if (v := series.value(n)) is not None]
            along, values = [each[0] for each in known], [each[1] for each in known]
            sides = ("y", "height", "x0", "x1") if self.horizontal else ("x", "width", "y0", "y1")
            ends = [min(v, 0) for v in values], [max(v, 0) for v in values]
            box = dict(zip(sides, (along, share * 0.94, *ends), strict=True))
            for brush in looks.bar_brushes(number, tokens):
                # A hatch keeps its size in pixels whatever the scale.
                brush.setTransform(QTransform.fromScale(*self._plot.getViewBox().viewPixelSize()))
                self._plot.addItem(pg.BarGraphItem(**box, brush=brush, pen=looks.edge(tokens)))
            self._add_ranges(series, QColor(tokens.text), 5, shift)
            self._add_figures(pg, series, shift, share * 0.94 / a_pixel, tokens)

    def _add_figures(self, pg: Any, series: Series, shift: float, thick: float, tokens: Tokens) -> None:
        """The figure at the end of each bar of ``thick`` pixels, where there is room: print shows no pointer."""
        metrics = self.fontMetrics()
        paper = QColor(tokens.surface)
        paper.setAlpha(200 if self.reference is not None else 0)
        for index in range(len(self._labels)):
            value = series.value(index)
            if value is None or series.ends(index)[1] is not None:
                continue
            text = figure_text(value, self.places)
            width = metrics.horizontalAdvance(text)
            if (metrics.height() if self.horizontal else width) <= thick + 4 and (self.horizontal or value >= 0):
                figure = pg.TextItem(text, QColor(tokens.text), fill=paper)
                figure.textItem.document().setDocumentMargin(0)
                figure.setFont(self.font())
                figure.setAnchor((-4 / width, 0.5) if self.horizontal else (0.5, 1))
                figure.setZValue(1)
                figure.setPos(*self._placed(index + shift, float(max(value, _ZERO))).values())
                self._plot.addItem(figure)
