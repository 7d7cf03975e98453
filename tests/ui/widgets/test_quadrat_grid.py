"""Quadrats of a plot: typing in the last row adds one and proposes its number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.ui.quadrat_grid import QuadratGrid

from .conftest import TODAY, keys, press

QUADRATS = Query("herb_quadrat", sort=(("quadrat_no", False),))


@pytest.fixture
def plot_id(workspace):
    return Entry(workspace, today=lambda: TODAY).save(sample("plot", 1, plot_no="示例-007", parcel_id=None)).record_id


@pytest.fixture
def grid_of(qtbot, workspace, plot_id):
    def make(**named):
        grid = QuadratGrid(workspace, plot_id, today=lambda: TODAY, **named)
        qtbot.addWidget(grid)
        grid.resize(1100, 400)
        grid.show()
        grid.activateWindow()
        qtbot.waitUntil(grid.isActiveWindow)
        grid.view.setFocus()
        return grid

    return make


def test_quadrats_are_typed_row_by_row(qtbot, grid_of, workspace, plot_id):
    grid = grid_of()
    grid.view.go_to(grid.grid.rows[0].key, "cover_percent")
    for cover in ("45", "52"):
        for text in (cover, "18", "羊草", "羊草、冷蒿", "11", "182.5"):
            keys(qtbot, text)
            press(qtbot, Qt.Key.Key_Tab)
        press(qtbot, Qt.Key.Key_Return)
        grid.view.go_to(grid.grid.rows[-1].key, "cover_percent")
    qtbot.waitUntil(lambda: len(workspace.read.rows(QUADRATS)) == 2)
    first, second = (row.record for row in workspace.read.rows(QUADRATS))
    assert (first.quadrat_no, second.quadrat_no) == ("示例-007-01", "示例-007-02")
    assert (first.plot_id, first.cover_percent, first.fresh_g) == (plot_id, Decimal("45.0"), Decimal("182.50"))
    assert first.surveyed_on == sample("plot", 1).surveyed_on
    assert grid.progress() == (2, 2)
    assert grid.totals._model.cells["cover_percent"] == "48.5"
    assert len(grid.grid.rows) == 3  # one blank row waits


def test_a_wrong_weight_stands_at_its_cell_and_the_row_waits(qtbot, grid_of, workspace):
    grid = grid_of()
    QGuiApplication.clipboard().setText(
        "45\t18\t羊草\t羊草\t11\t182\t300\t风干\n47\t17\t羊草\t羊草\t9\t150\t70\t风干\n"
    )
    grid.view.go_to(grid.grid.rows[0].key, "cover_percent")
    press(qtbot, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    grid.view.go_to(grid.grid.rows[-1].key, "cover_percent")
    qtbot.waitUntil(lambda: len(workspace.read.rows(QUADRATS)) == 1)
    wrong = grid.grid.rows[0]
    assert wrong.state == "wrong"
    assert {p.code for p in wrong.problems["dry_g"]} == {"REC-003"}
    assert workspace.read.rows(QUADRATS)[0].record.drying_method == "air"


def test_drafts_of_new_rows_come_back(qtbot, grid_of, workspace):
    grid = grid_of()
    grid.view.go_to(grid.grid.rows[0].key, "cover_percent")
    keys(qtbot, "145")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: workspace.drafts.get(grid.draft_key()) is not None, timeout=1500)
    again = grid_of()
    assert again.grid.rows[0].text("cover_percent") == "145"
    assert again.grid.rows[0].text("quadrat_no") == "示例-007-01"
    assert again.grid.rows[0].state == "wrong"
    assert again.grid.rows[1].state == ""
    assert len(again.grid.rows) == 2


def test_species_lists_survive_and_new_form_plots_work(qtbot, workspace):
    entry = Entry(workspace, today=lambda: TODAY)
    plot = entry.save(sample("plot_new", 2, parcel_id=None)).record_id
    record = sample("herb_quadrat", 2, plot_id=None, plot_new_id=plot, shrub_quadrat_id=None, note="已核")
    entry.save(record)
    grid = QuadratGrid(workspace, plot, today=lambda: TODAY)
    qtbot.addWidget(grid)
    grid.show()
    row = grid.grid.rows[0]
    grid.grid.type_in([(0, "height_cm", "21.5")])
    grid.save_pending()
    after = workspace.read.rows(QUADRATS)[0].record
    assert after.height_cm == Decimal("21.5")
    assert after.species == record.species
    assert row.state == "complete"


def test_tab_at_the_end_stays_in_the_work(qtbot, grid_of):
    grid = grid_of()
    grid.view.go_to(grid.grid.rows[-1].key, "note")
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Tab)
    assert grid.view.hasFocus() and grid.view.currentIndex().row() == len(grid.grid.rows) - 1
    keys(qtbot, "5")
    press(qtbot, Qt.Key.Key_Return)
    assert grid.grid.rows[0].text("note") == "5"


def test_model_is_sound(grid_of, qtmodeltester):
    qtmodeltester.check(grid_of().grid)
