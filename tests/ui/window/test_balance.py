"""Balance: the worst household first, F8 leads from its figure to its records, Esc returns; villages, filters, needs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import CTRL, choose_scheme, keys, settle, type_text

from station_app.domain.text import ENGLISH
from station_app.services.figures.balance import balance_table, balance_why
from station_app.storage.reader import Query
from station_app.ui import i18n, theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.balance import BalancePage
from station_app.ui.why_model import VALUE

YEAR = 2026
RATE = "views.natural.rate_percent"


@pytest.fixture
def page(station: MainWindow) -> BalancePage:
    choose_scheme(station)
    made = station.open_page("balance")
    assert isinstance(made, BalancePage)
    settle(station)
    return made


def window_of(page: BalancePage) -> MainWindow:
    found = page.window()
    assert isinstance(found, MainWindow)
    return found


def down_to_a_rate(window: MainWindow, page: BalancePage) -> int:
    """Go by keys to the first household that has a rate; those with no capacity at all stand before it."""
    table = page.overview.table
    for _ in table.model.rows:
        row = table.current()
        if row is not None and row.view("natural").rate_percent is not None:
            return table.table.currentIndex().row()
        keys(window, Qt.Key.Key_Down)
    raise AssertionError("no household has a rate")


def test_the_worst_stand_first_and_the_sum_is_pooled(page: BalancePage) -> None:
    view = page.overview
    table = balance_table(page.session.read, YEAR)
    shown = [row.key for row in view.table.model.rows]
    assert shown == [row.key for row in table.rows]
    rates = [r for row in view.table.model.rows if (r := row.view("natural").rate_percent) is not None]
    assert rates == sorted(rates, reverse=True) and len(rates) > 5
    column = view.table.model.column_of(RATE)
    pooled = table.total.view("natural")
    of_which = next(n for n, line in enumerate(table.lines) if line.row.view("natural").rate_percent is not None)
    assert table.lines[of_which].row.households == pooled.households
    assert view.table._sums_model.index(of_which, column).data() == figure_text(pooled.rate_percent, 2)
    if of_which:  # stock and capacity of other households give no rate in one line
        assert not view.table._sums_model.index(0, column).data()
    assert pooled.rate_percent != sum(rates) / len(rates)


def test_f8_explains_the_cell_enter_leads_to_the_record_escape_returns(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    number = down_to_a_rate(window, page)
    row = view.table.model.rows[number]
    cell = view.table.model.index(number, view.table.model.column_of(RATE)).data()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    panel = view.why_panel
    assert panel.isVisible() and panel.tree.hasFocus()
    assert panel.model.index(0, 0).siblingAtColumn(VALUE).data() == cell
    assert panel.explanation is not None
    assert panel.explanation.value("natural_rate_percent") == row.view("natural").rate_percent

    for _ in range(200):  # down the tree until a line comes from a record
        node = panel.model.node(panel.tree.currentIndex())
        if node is not None and node.origin is not None and node.origin.reference.startswith("record:livestock_count/"):
            break
        keys(window, Qt.Key.Key_Right)
        keys(window, Qt.Key.Key_Down)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert window.current_key == "livestock"
    livestock: Any = window.pages["livestock"]
    opened = livestock.section.detail.row
    assert opened is not None and opened.record.household_id == row.key

    keys(window, Qt.Key.Key_Escape)
    settle(window)
    assert window.current_key == "balance" and panel.isVisible() and panel.tree.hasFocus()
    keys(window, Qt.Key.Key_Escape)
    assert not panel.isVisible() and view.table.table.hasFocus()
    assert view.table.current() == row


def test_the_explanation_is_saved_as_a_sheet(page: BalancePage, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    window, view = window_of(page), page.overview
    number = down_to_a_rate(window, page)
    cell = view.table.model.index(number, view.table.model.column_of(RATE)).data()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    target = tmp_path / "why.xlsx"
    view.why_panel.save_sheet(target)
    settle(window)
    values = [str(c.value) for sheet in load_workbook(target) for row in sheet for c in row if c.value is not None]
    assert any("超载率" in value for value in values)
    rate = Decimal(cell.replace(",", ""))
    numbers = [Decimal(value) for value in values if re.fullmatch(r"-?\d+(\.\d+)?", value)]
    assert any(abs(number - rate) < Decimal("0.006") for number in numbers)


def test_the_cell_f8_is_pressed_in_is_the_one_explained(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    number = down_to_a_rate(window, page)
    row = view.table.model.rows[number]
    for key, name, figure in (
        ("views.natural.overloaded_su", "overloaded_su", row.view("natural").overloaded_su),
        ("views.natural.capacity_su", "capacity_su", row.view("natural").capacity_su),
        ("views.all.capacity_su", "all_capacity_su", row.view("all").capacity_su),
        ("supply_kg", "supply_kg", row.supply_kg),
    ):
        column = view.table.model.column_of(key)
        while view.table.table.currentIndex().column() < column:
            keys(window, Qt.Key.Key_Right)
        keys(window, Qt.Key.Key_F8)
        settle(window)
        main = view.why_panel.model.main
        assert main is not None and main.value == figure, name
        keys(window, Qt.Key.Key_Escape)


def test_enter_opens_the_row_with_every_view_and_the_years(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    down_to_a_rate(window, page)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    row = view.table.current()
    assert row is not None and view.detail.isVisible() and view.detail.row is row
    texts = {label.text() for label in view.detail.findChildren(type(view.detail.chip)) if label.isVisible()}
    for name in ("natural", "all"):
        assert figure_text(row.view(name).capacity_su, 1) in texts
    assert "2026" in view.detail.chart.categories
    at = view.detail.chart.categories.index("2026")
    assert view.detail.chart.series[0].values[at] == row.stock_su
    keys(window, Qt.Key.Key_Escape)
    assert not view.detail.isVisible() and view.table.table.hasFocus()


def test_filters_by_key_and_only_overloaded(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    every = len(view.table.model.rows)
    name = view.table.model.rows[3].name
    keys(window, Qt.Key.Key_F, CTRL)
    assert view.filter_line.hasFocus()
    type_text(name)
    keys(window, Qt.Key.Key_Return)
    assert [row.name for row in view.table.model.rows] == [name] and view.table.table.hasFocus()
    keys(window, Qt.Key.Key_F, CTRL)
    keys(window, Qt.Key.Key_Escape)
    view._keep()
    assert len(view.table.model.rows) == every
    view.only_over.setFocus()
    keys(window, Qt.Key.Key_Space)
    over = view.table.model.rows
    assert 0 < len(over) < every and all(row.view("natural").overloaded_su for row in over)


def test_a_problem_is_one_click_from_its_record(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    found = next(f for f in view.problems.findings if f.problem.place.startswith("record:household/"))
    assert found.act is not None
    found.act()
    settle(window)
    assert window.current_key == "households"
    keys(window, Qt.Key.Key_Escape)
    assert window.current_key == "balance"


def test_villages_side_by_side_lead_to_their_households(page: BalancePage, qtbot: QtBot) -> None:
    window = window_of(page)
    page.choose("villages")
    settle(window)
    charts: Any = page.views["villages"]
    table = balance_table(page.session.read, YEAR, "village")
    assert charts.stock.categories == [row.name for row in table.rows]
    charts.stock.setFocus()
    qtbot.waitUntil(lambda: charts.stock._plot is not None)
    keys(window, Qt.Key.Key_Right)
    assert charts.stock.readout.text().startswith(f"{table.rows[0].name}：")
    assert figure_text(table.rows[0].stock_su, 0) in charts.stock.readout.text()
    keys(window, Qt.Key.Key_C, CTRL)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:2] == ["嘎查村", "存栏(羊单位)"] and len(lines) == len(table.rows) + 1
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert page.current == "balance"
    assert {row.village_code for row in page.overview.table.model.rows} == {table.rows[0].key}


def test_levels_and_other_views(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    for level in ("parcel", "village", "township", "station"):
        view.level.choose(level)
        view._choose()
        settle(window)
        table = view.current_table
        assert table is not None and table.level == level
        assert len(view.table.model.rows) == len(table.rows) > 0
    view.level.choose("household")
    view._choose()
    view.view.choose("all")
    view._view_chosen("all")
    rates = [r for row in view.table.model.rows if (r := row.view("all").rate_percent) is not None]
    assert rates == sorted(rates, reverse=True)
    assert view.table.model.column_of(RATE) > view.table.model.column_of("views.all.rate_percent") > 0


def test_language_and_theme_redraw(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    i18n.set_language(ENGLISH)
    heading = view.table.model.headerData(view.table.model.column_of(RATE), Qt.Orientation.Horizontal)
    assert heading == "Overload (%)"
    light = view.table.grab().toImage()
    theme.apply("dark")
    QApplication.processEvents()
    assert view.table.grab().toImage().pixelColor(300, 300) != light.pixelColor(300, 300)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert "stock and capacity" in view.detail.chart.title


def test_a_corrected_count_moves_the_figure(page: BalancePage) -> None:
    window, view, session = window_of(page), page.overview, page.session
    number = down_to_a_rate(window, page)
    row = view.table.model.rows[number]
    count = next(r for r in session.read.rows(Query("livestock_count")) if r.record.household_id == row.key)
    first = count.record.class_counts[0]
    lines = (dataclasses.replace(first, head=first.head + 10), *count.record.class_counts[1:])
    session.entry.save(dataclasses.replace(count.record, class_counts=lines), record_id=count.record_id, reason="漏记")
    settle(window)
    now = next(each for each in view.table.model.rows if each.key == row.key)
    assert now.stock_su is not None and row.stock_su is not None and now.stock_su > row.stock_su


def test_freezing_asks_for_what_nobody_verified(page: BalancePage) -> None:
    window, view = window_of(page), page.overview
    down_to_a_rate(window, page)
    keys(window, Qt.Key.Key_Return)
    view.ask_freeze()
    settle(window)
    strip = view.freezing
    assert strip.isVisible() and strip.boxes and not strip.do.isEnabled()
    for _ in strip.boxes:
        keys(window, Qt.Key.Key_Space)
        keys(window, Qt.Key.Key_Tab)
    assert strip.do.isEnabled()
    strip.do.click()
    settle(window)
    frozen = page.session.read.rows(Query("calculation_result"))
    row = view.table.current()
    assert row is not None and any(r.record.subject_id == row.key for r in frozen) and not strip.isVisible()
    found = next(r.record for r in frozen if r.record.subject_id == row.key)
    rate = next(v for v in found.values if v.name == "natural_rate_percent")
    why = balance_why(page.session.read, YEAR, "household", row.key)
    assert Decimal(rate.exact) == why.explanation.value("natural_rate_percent")


def test_without_a_scheme_the_page_says_what_is_needed(open_window: Callable[..., MainWindow]) -> None:
    window = open_window("station")
    session = window.session
    for row in session.read.rows(Query("calculation_scheme")):
        session.entry.void(row.record_id, "试验")
    page = window.open_page("balance")
    assert isinstance(page, BalancePage)
    settle(window)
    view = page.overview
    assert view.stack.currentWidget() is view.needs and view.needs.isVisible()
    assert view.needs.doors[0].hasFocus() and view.needs.doors[0].text() == "选定方案"
    keys(window, Qt.Key.Key_Space)
    settle(window)
    assert window.pages[window.current_key].entry.types.count("calculation_scheme") == 1


def test_county_keeps_accepted_and_entered_apart(open_window: Callable[..., MainWindow]) -> None:
    window = open_window("county")
    choose_scheme(window)
    page = window.open_page("balance")
    assert isinstance(page, BalancePage)
    settle(window)
    table = page.overview.current_table
    assert table is not None
    labels = [label.zh for label in page.overview.table._sums_model._labels]
    assert labels[0].startswith("已认可")
    if table.entered_only is not None:
        assert any(label.startswith("未认可") for label in labels)
        assert table.total.households + table.entered_only.households == len(table.rows)
