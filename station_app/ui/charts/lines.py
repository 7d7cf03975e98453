"""Lines over the years; where a year is not known the line has a gap."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPolygonF, QTransform

from station_app.domain.text import Text
from station_app.ui.charts import looks
from station_app.ui.charts.chart import Chart
from station_app.ui.charts.figures import Reference, Series
from station_app.ui.theme import Tokens


class LineChart(Chart):
    """Lines with a symbol at every known year."""

    sample_kind = looks.LINE
    along = Text("年度", "Year")
    with_zero = False

    def show_lines(self, title: Text, xs: Sequence[int], series: Sequence[Series], unit: str,
                   reference_line: Reference | None = None, *, places: int = 1) -> None:  # fmt: skip
        """Show these lines over ``xs`` (years, one step apart)."""
        self._show(title, [str(x) for x in xs], series, unit, places, reference_line)

    def _arrange(self) -> None:
        super()._arrange()
        if self._plot is not None:
            self._plot.setMinimumHeight(120)

    def _paint_marks(self, painter: QPainter, place: QTransform, tokens: Tokens) -> None:
        for number, series in enumerate(self.series):
            runs: list[list[QPointF]] = [[]]
            for index in range(len(self._labels)):
                value = series.value(index)
                if value is None:
                    runs.append([])
                    continue
                runs[-1].append(self._pixel(place, index, value))
                low, high = series.ends(index)
                if low is not None and high is not None:
                    ends = self._pixel(place, index, low), self._pixel(place, index, high)
                    looks.paint_whisker(painter, *ends, tokens, 3 + number, looks.series_colour(number, tokens))
            painter.setPen(looks.line_pen(number, tokens))
            for run in runs:
                if len(run) > 1:
                    painter.drawPolyline(QPolygonF(run))
        for number, series in enumerate(self.series):
            for index in range(len(self._labels)):
                value = series.value(index)
                if value is not None:
                    size = 9 + 2.5 * (len(self.series) - 1 - number)  # equal values show as one inside the other
                    looks.paint_symbol(painter, self._pixel(place, index, value), number, tokens, min(size, 16))
