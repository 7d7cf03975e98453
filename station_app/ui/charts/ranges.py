"""Values with their ranges, one row each: where ranges overlap, one sees that nothing ranks them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from station_app.domain.text import Text
from station_app.ui.charts import looks
from station_app.ui.charts.chart import Chart
from station_app.ui.charts.figures import Reference, Series, Value
from station_app.ui.parts import Shown
from station_app.ui.theme import Tokens

VALUE = Text("数值", "Value")


class RangeChart(Chart):
    """A point with its range for each row."""

    sample_kind = looks.RANGE
    with_zero = False

    def show_ranges(self, title: Text, rows: Sequence[tuple[Shown, Value, Value, Value]], unit: str,
                    reference_line: Reference | None = None, *, places: int = 1, name: Text = VALUE,
                    along: Text | None = None) -> None:  # fmt: skip
        """Show rows of (label, low, value, high); ``name`` heads the value when the data are copied."""
        self.along = along or type(self).along
        self.horizontal = True
        series = Series(name, [r[2] for r in rows], low=[r[1] for r in rows], high=[r[3] for r in rows])
        self._show(title, [r[0] for r in rows], [series], unit, places, reference_line)

    def _orient(self) -> None:
        line = self.fontMetrics().height()
        self._plot.setMinimumHeight(max(90, len(self._labels) * (line + 10) + 3 * line))

    def _draw_marks(self, pg: object, tokens: Tokens) -> None:
        for series in self.series:
            self._add_ranges(series, QColor(tokens.text), 6)
            self._add_points(series, 0, 10, tokens)
