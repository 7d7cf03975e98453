"""Lines over the years; where a year is not known the line has a gap."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

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

    def _draw_marks(self, pg: Any, tokens: Tokens) -> None:
        years = list(range(len(self._labels)))
        for number, series in enumerate(self.series):
            values = [nan if (v := series.value(n)) is None else float(v) for n in years]
            self._plot.addItem(pg.PlotDataItem(years, values, connect="finite", pen=looks.line_pen(number, tokens)))
            self._add_ranges(series, looks.series_colour(number, tokens), 3 + number)
        for number, series in enumerate(self.series):
            size = 9 + 2.5 * (len(self.series) - 1 - number)  # equal values show as one inside the other
            self._add_points(series, number, min(size, 16), tokens)
