"""Charts: the value under pointer and keys, data to copy, pictures on light paper, gaps, language and theme."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem, QTableWidget, QTableWidgetItem

from station_app.domain.text import ENGLISH, Text
from station_app.ui import i18n, theme
from station_app.ui.charts import (
    GAUGE_ROLE,
    BarChart,
    Gauge,
    GaugeDelegate,
    LineChart,
    RangeChart,
    Reference,
    Series,
)
from station_app.ui.charts.figures import extent, figure_text, steps

from .conftest import press

STOCK = Series(Text("存栏", "Stock"), [D(1200), D("3400.25"), None])
CAPACITY = Series(
    Text("载畜量", "Capacity"), [D(1500), D(2210), D(900)], low=[D(1400), None, D(800)], high=[D(1600), None, D(1000)]
)
VILLAGES = ["示例一嘎查", "示例二嘎查", "示例三嘎查"]


@pytest.fixture(autouse=True)
def _look(qapp):
    theme.apply("light")
    yield
    theme.apply("light")


def shown(qtbot, chart, width=560, height=380):
    chart.resize(width, height)
    qtbot.addWidget(chart)
    chart.show()
    with qtbot.waitActive(chart):
        chart.activateWindow()
    qtbot.waitUntil(lambda: chart._plot is not None and chart._plot.isVisible())
    QTest.qWait(30)
    return chart


@pytest.fixture
def bars(qtbot):
    chart = BarChart()
    chart.show_bars(
        Text("各嘎查村", "By village"), VILLAGES, [STOCK, CAPACITY], "SU", Reference(Text("上限", "Ceiling"), D(3000))
    )
    return shown(qtbot, chart)


def test_pointer_shows_every_value_of_the_category(bars):
    QTest.mouseMove(bars._plot.viewport(), bars.place_of(1).toPoint())
    assert bars.index == 1
    assert bars.readout.text() == "示例二嘎查：存栏 3,400.3 · 载畜量 2,210.0 · 上限 3,000.0 羊单位"
    QTest.mouseMove(bars._plot.viewport(), bars.place_of(0).toPoint())
    assert "1,500.0 [1,400.0 … 1,600.0]" in bars.readout.text()
    QTest.mouseMove(bars._plot.viewport(), QPoint(1, 1))
    assert bars.index == -1


def test_arrow_keys_read_values_and_enter_opens(qtbot, bars):
    bars.setFocus()
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Right)
    assert bars.readout.text().startswith("示例二嘎查：")
    press(qtbot, Qt.Key.Key_End)
    assert "存栏 —" in bars.readout.text()  # not known is no zero
    with qtbot.waitSignal(bars.opened) as opened:
        press(qtbot, Qt.Key.Key_Return)
    assert opened.args == [2]
    press(qtbot, Qt.Key.Key_Home)
    assert bars.index == 0


def test_data_are_copied_with_headings_and_units(qtbot, bars):
    bars.setFocus()
    press(qtbot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["项目", "存栏(羊单位)", "载畜量(羊单位)", "载畜量下限", "载畜量上限", "上限"]
    assert lines[1].split("\t") == ["示例一嘎查", "1200.0", "1500.0", "1400.0", "1600.0", "3000.0"]
    assert lines[3].split("\t") == ["示例三嘎查", "", "900.0", "800.0", "1000.0", "3000.0"]


def test_the_picture_is_on_light_paper_whatever_the_window_looks_like(qtbot, bars):
    theme.apply("dark")
    bars.setFocus()
    press(qtbot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    image = QGuiApplication.clipboard().image()
    assert image.width() > 900
    assert image.pixelColor(2, 2) == QColor(theme.tokens_for(theme.ThemeName.LIGHT).surface)
    assert bars._plot.backgroundBrush().color() == QColor(theme.current().surface)  # the window stays dark


def test_series_are_told_apart_without_colour(bars):
    """In grey the bars of two series differ by their hatch."""
    image = bars.picture()

    def greys(series):
        x, y = _bar(bars, series, 0)
        return {image.pixelColor(x + dx, y + dy).lightness() // 24 for dx in range(14) for dy in range(14)}

    assert len(greys(0)) == 1 and len(greys(1)) > 1


def _bar(chart, series, index):
    """A pixel of the picture inside a bar, near its foot."""
    from PySide6.QtCore import QPointF

    image, view = chart.picture(), chart._plot.getViewBox()
    share = 0.78 / 2
    at = chart._plot.mapFromScene(view.mapViewToScene(QPointF(index - 0.39 + (series + 0.3) * share, 300.0)))
    head = image.height() // 2 - 8 - chart._plot.height()
    return int(at.x() * 2), int((at.y() + head) * 2)


def test_long_names_lay_the_bars_down(qtbot):
    chart = BarChart()
    names = [f"名字很长的示例嘎查村第{n}号" for n in range(9)]
    chart.show_bars(
        Text("超载率", "Overload"), names, [Series(Text("超载率", "Overload"), [D(n * 7 - 9) for n in range(9)])], "%"
    )
    shown(qtbot, chart, 500, 420)
    assert chart.horizontal
    chart.setFocus()
    press(qtbot, Qt.Key.Key_Down)
    assert chart.readout.text() == f"{names[0]}：-9.0 %"
    QTest.mouseMove(chart._plot.viewport(), chart.place_of(4).toPoint())
    assert chart.index == 4


def test_a_line_has_a_gap_where_a_year_is_not_known(qtbot):
    chart = LineChart()
    chart.show_lines(
        Text("历年", "Years"), range(2022, 2027), [Series(Text("存栏", "Stock"), [D(5), D(6), None, D(8), D(9)])], "SU"
    )
    shown(qtbot, chart)
    chart.point_at(2)
    assert chart.readout.text() == "2024：— 羊单位"
    assert chart.rows()[3] == ["2024", ""]


def test_ranges_name_their_ends(qtbot):
    chart = RangeChart()
    chart.show_ranges(
        Text("碳变化", "Change"), [(Text("甲", "A"), D(-20), D(10), D(45)), ("乙", None, D(3), None)], "tC/a"
    )
    shown(qtbot, chart)
    chart.point_at(0)
    assert chart.readout.text() == "甲：10.0 [-20.0 … 45.0] tC/年"
    assert chart.rows() == [
        ["项目", "数值(tC/年)", "数值下限", "数值上限"],
        ["甲", "10.0", "-20.0", "45.0"],
        ["乙", "3.0", "", ""],
    ]


def test_a_drawing_that_fails_leaves_the_next_one_free(bars, monkeypatch):
    with monkeypatch.context() as broken, pytest.raises(ValueError, match="示例"):
        broken.setattr(bars, "_draw", lambda _tokens: (_ for _ in ()).throw(ValueError("示例")))
        bars._arrange()
    drawn = []
    monkeypatch.setattr(bars, "_draw", drawn.append)
    bars._plot.resize(bars._plot.width() - 40, bars._plot.height())  # its axes follow the room again
    QTest.qWait(0)
    assert drawn


def test_language_and_theme_redraw(bars):
    bars.point_at(0)
    i18n.set_language(ENGLISH)
    assert bars.title == "By village"
    assert bars.readout.text().startswith("示例一嘎查: Stock 1,200.0")
    assert bars.rows()[0][1] == "Stock (SU)"
    light = bars.grab().toImage()
    theme.apply("dark")
    QTest.qWait(30)
    assert bars.grab().toImage().pixelColor(5, 5) != light.pixelColor(5, 5)
    assert bars._plot.backgroundBrush().color() == QColor(theme.current().surface)


def test_without_values_it_says_so(qtbot):
    chart = BarChart()
    chart.show_bars(Text("空", "Empty"), VILLAGES, [Series(Text("存栏", "Stock"), [None, None, None])], "SU")
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.show()
    assert chart._nothing.isVisible() and chart._plot is None
    assert chart.picture().height() > 20


@pytest.mark.parametrize(
    ("low", "high"), [("0", "1"), ("-3.2", "7.9"), ("0.002", "0.0071"), ("90000", "1250000"), ("5", "5.01")]
)
def test_steps_are_round_and_hold_the_whole_range(low, high):
    made = steps(D(low), D(high), 5)
    assert made[0] <= D(low) and made[-1] >= D(high) and 2 <= len(made) <= 12
    assert len({b - a for a, b in zip(made, made[1:], strict=False)}) == 1
    assert str(made[1] - made[0]).strip("0.E+-")[0] in "125"


def test_zero_is_in_sight_under_bars():
    assert extent([D(40), D(50)], with_zero=True) == (0, 50)
    assert extent([D(40), D(50)], with_zero=False) == (40, 50)
    assert extent([], with_zero=False) == (0, 1)
    assert (
        figure_text(D("-0.004"), 2) == "0.00"
        and figure_text(D("1234.565"), 2) == "1,234.57"
        and figure_text(None, 2) == ""
    )


@pytest.mark.parametrize(
    ("gauge", "said"),
    [
        (Gauge(D(120), D(100)), "▲ 120%"), (Gauge(D(80), D(100)), "✓ 80%"), (Gauge(D(100), D(100)), "✓ 100%"),
        (Gauge(D(80), D(0)), "▲ 载畜量为零"), (Gauge(D(80), None), "载畜量未知"), (Gauge(None, D(90)), "存栏未知"),
    ],
)  # fmt: skip
def test_the_gauge_says_what_it_paints(qtbot, gauge, said):
    assert gauge.said() == said
    table = QTableWidget(1, 1)
    qtbot.addWidget(table)
    table.setItemDelegate(GaugeDelegate(table))
    item = QTableWidgetItem(said)
    item.setData(GAUGE_ROLE, gauge)
    table.setItem(0, 0, item)
    table.setColumnWidth(0, 180)
    table.show()
    picture = table.viewport().grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(10, 150) for y in range(table.rowHeight(0))}
    red = {theme.current().error.lower()} & colours
    if gauge.percent is not None:
        assert bool(red) == gauge.is_over
    assert isinstance(table.itemDelegate().sizeHint(QStyleOptionViewItem(), table.model().index(0, 0)).width(), int)
