"""Keys that wait while a form or a grid opens reach it; bursts in the grid of a coefficient edition."""

from __future__ import annotations

import random
from typing import Any

import pytest
from burst_helpers import Sheet, differences, random_burst, send_burst
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_helpers import keys, settle

from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place

STUDY = "utilization/xilingol-study@1"
BURSTS = 50


def test_the_first_keys_of_a_new_record_reach_its_form(station: MainWindow) -> None:
    page: Any = station.open_page("households")
    settle(station)
    page.new()
    form = page.section.detail.form
    focus = QApplication.focusWidget()
    assert focus is not None and form.isAncestorOf(focus)  # without a turn of the loop in between
    send_burst(station, ["q", "7"])
    assert "q7" in form.values().values()


@pytest.mark.parametrize("part", range(2))
def test_bursts_in_a_coefficient_edition(county: MainWindow, part: int) -> None:
    chance = random.Random(part)
    county.session.go(Place("standards"))
    settle(county)
    view: Any = county.pages["standards"].sets
    assert view.open(STUDY)
    settle(county)
    view.panel.new_button.click()
    settle(county)
    editor = view.panel.editor
    assert editor.isVisible()

    def text_for(key: str, chance: random.Random) -> str:
        if key == "mark":
            return chance.choice("ABC")
        return f"{chance.randrange(10, 99)}" if key in ("value", "low", "high") else f"t{chance.randrange(99)}"

    for number in range(BURSTS // 2):
        sheet = Sheet.of(
            editor.grid, frozenset(c.key for c in editor.grid.columns if c.field is not None and c.field.codes)
        )
        sheet.row, sheet.column = chance.randrange(sheet.rows), chance.choice(sheet.usable)
        editor.view.setFocus()
        editor.view.setCurrentIndex(editor.grid.index(sheet.row, 0))
        editor.view.setCurrentIndex(editor.grid.index(sheet.row, sheet.column))
        start = (sheet.row, sheet.columns[sheet.column], [sheet.columns[c] for c in sheet.usable], sheet.rows)
        sent = random_burst(sheet, chance, text_for, chance.choice((5, 10, 25)), bare_escape=False)
        send_burst(county, sent)
        editor.view.commit()
        wrong = differences(sheet, editor.grid, sent)
        assert not wrong, f"{number}: {wrong} {start}"
    keys(county, Qt.Key.Key_Escape)
