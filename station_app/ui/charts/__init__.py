"""Charts of the window: bars, lines, ranges, and the gauge in a table cell. pyqtgraph is loaded with the first one shown."""

from station_app.ui.charts.bars import BarChart
from station_app.ui.charts.figures import Reference, Series
from station_app.ui.charts.gauge import GAUGE_ROLE, Gauge, GaugeDelegate
from station_app.ui.charts.lines import LineChart
from station_app.ui.charts.ranges import RangeChart

__all__ = ["GAUGE_ROLE", "BarChart", "Gauge", "GaugeDelegate", "LineChart", "RangeChart", "Reference", "Series"]
