"""Sheep units follow what is typed in a count, in the grid and in the form; F8 says why, Esc returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_helpers import choose_scheme, keys, settle, type_text

from station_app.services.figures.balance import balance_table
from station_app.storage.reader import Query
from station_app.ui.count_grid import SU_KEY
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place
from station_app.ui.why_model import VALUE


@pytest.fixture
def livestock(station: MainWindow) -> Any:
    choose_scheme(station)
    page = station.open_page("livestock")
    settle(station)
    return page


def cell(grid: Any, row: int, key: str) -> str:
    return str(grid.grid.index(row, grid.grid.column_of(key)).data() or "")


def test_the_grid_shows_what_the_balance_counts(livestock: Any) -> None:
    grid = livestock.views["grid"].grid
    figures = {row.key: row.stock_su for row in balance_table(livestock.session.read, 2026).rows}
    shown = 0
    for number, row in enumerate(grid.grid.rows):
        expected = figures[row.key]
        assert cell(grid, number, SU_KEY) == ("" if expected is None else f"{expected:,.1f}")
        shown += expected is not None
    assert shown > 5
    assert grid.totals._model.cells[SU_KEY] == f"{sum(filter(None, (figures[r.key] for r in grid.grid.rows))):,.1f}"


def test_a_typed_head_moves_the_sheep_units_at_once(livestock: Any) -> None:
    window, grid = livestock.window(), livestock.views["grid"].grid
    column = grid.grid.column_of("sheep/adult_female")
    grid.view.setCurrentIndex(grid.grid.index(0, column))
    grid.view.setFocus()
    before = grid.sheep_units(grid.grid.rows[0])
    head = int(grid.grid.rows[0].text("sheep/adult_female"))
    assert isinstance(before, Decimal)
    for letter in str(head + 7):  # the first opens the editor that takes the rest
        type_text(letter)
    keys(window, Qt.Key.Key_Tab)
    after = grid.sheep_units(grid.grid.rows[0])
    assert after == before + 7  # one adult sheep is one sheep unit
    assert cell(grid, 0, SU_KEY) == f"{after:,.1f}"
    assert grid.grid.flags(grid.grid.index(0, grid.grid.column_of(SU_KEY))) & Qt.ItemFlag.ItemIsEditable == Qt.ItemFlag(
        0
    )


def test_f8_in_the_grid_says_why_and_escape_returns(livestock: Any) -> None:
    window, view = livestock.window(), livestock.views["grid"]
    view.grid.view.setFocus()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    panel = view.why_panel
    assert panel.isVisible() and panel.tree.hasFocus()
    number = view.grid.view.currentIndex().row()
    shown = panel.model.index(0, 0).siblingAtColumn(VALUE).data()
    assert Decimal(shown.replace(",", "")) == view.grid.sheep_units(view.grid.grid.rows[number])
    for _ in range(30):
        node = panel.model.node(panel.tree.currentIndex())
        if node is not None and node.origin is not None and node.origin.reference.startswith("record:"):
            break
        keys(window, Qt.Key.Key_Right)
        keys(window, Qt.Key.Key_Down)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert livestock.current == "livestock_count"
    assert livestock.section.detail.row.record.household_id == view.grid.grid.rows[number].key
    keys(window, Qt.Key.Key_Escape)
    settle(window)
    assert livestock.current == "grid" and panel.tree.hasFocus()
    keys(window, Qt.Key.Key_Escape)
    assert not panel.isVisible() and view.grid.view.hasFocus()


def test_the_form_says_the_sheep_units_as_they_are_typed(livestock: Any) -> None:
    window, session = livestock.window(), livestock.session
    row = session.read.rows(Query("livestock_count"))[0]
    figures = {each.key: each.stock_su for each in balance_table(session.read, 2026).rows}
    window.go(Place(record_type="livestock_count", record_id=row.record_id))
    settle(window)
    detail = livestock.section.detail
    su = figures[row.record.household_id]
    assert su is not None and f"折合 {su:,.1f} 羊单位" in detail.footer.words.text()
    lines = detail.form.typed()["class_counts"]
    at = next(
        n for n, each in enumerate(lines) if each["species_code"] == "sheep" and each["class_code"].startswith("adult")
    )
    editor = detail.form.blocks["class_counts"].editor
    grid = editor.grid
    grid.setData(grid.index(at, grid.column_of("head")), str(int(lines[at]["head"]) + 10))
    QApplication.processEvents()
    assert f"折合 {su + 10:,.1f} 羊单位" in detail.footer.words.text()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    assert detail.why.isVisible() and detail.why.model.main.value == su + 10
    keys(window, Qt.Key.Key_Escape)
    assert detail.isVisible() and not detail.why.isVisible() and detail.footer.isVisible()


def test_without_a_scheme_there_is_no_figure(station: MainWindow) -> None:
    session = station.session
    for row in session.read.rows(Query("calculation_scheme")):
        session.entry.void(row.record_id, "试验")
    page: Any = station.open_page("livestock")
    settle(station)
    grid = page.views["grid"].grid
    assert grid.grid.column_of(SU_KEY) < 0
    grid.view.setFocus()
    keys(station, Qt.Key.Key_F8)
    assert not page.views["grid"].why_panel.isVisible()
    choose_scheme(station)
    settle(station)
    assert grid.grid.column_of(SU_KEY) > 0  # as soon as there is one
